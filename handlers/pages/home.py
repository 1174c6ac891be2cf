"""The front page: what this is, and where to go."""

from aiohttp import web

from handlers.pages import layout
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

routes = surface.Routes()


@routes.get("/", "The front page", who=identity.Who.ANYBODY)
async def get_home(ask: ask_.Ask) -> web.Response:
    """A few words and the ways in."""
    return layout.page(
        "home.html",
        account=None if ask.session is None else ask.session.account,
        has_mailbox=ask.settings.has_mailbox,
    )
