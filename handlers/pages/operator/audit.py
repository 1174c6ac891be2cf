"""audit."""

from handlers.core import operators
from handlers.pages.operator import inputs, outputs
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

routes = surface.Routes()


@routes.get("/audit", "audit", answers=outputs.Entries, who=identity.Who.OPERATOR)
async def get_audit(ask: ask_.Ask) -> outputs.Entries:
    """What was done by or to `?account=` (or anybody) since `?since=` (or ever), oldest first."""
    page, since = ask.page(), ask.query("since")
    found = await operators.read_audit(
        ask.context,
        ask.visit,
        username=ask.query("account"),
        since=None if since is None else inputs.moment("since", since),
        after=page.after,
        before=page.before,
        most=page.most,
    )
    return outputs.Entries(entries=[outputs.entry(row) for row in ask.shown(page, found)])
