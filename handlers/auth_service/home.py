"""What tells that the service is there: the document's home and probe."""

from handlers.auth_service import outputs, words
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

routes = surface.Routes()


@routes.get("/", "Home", answers=outputs.Told, who=identity.Who.NOBODY)
async def get_home(ask: ask_.Ask) -> outputs.Told:
    """Says welcome."""
    return outputs.Told(words.WELCOME)


@routes.get("/probeCheck", "Probe Check", answers=outputs.Told, who=identity.Who.NOBODY)
async def get_probe_check(ask: ask_.Ask) -> outputs.Told:
    """Says that it runs."""
    return outputs.Told(words.RUNNING)
