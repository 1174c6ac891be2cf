"""Communities API."""

from handlers.community import outputs
from handlers.core import communities
from handlers.rest import ask as ask_
from handlers.rest import identity, queries, surface

routes = surface.Routes()


@routes.get(
    "/communities", "GET /communities", query=queries.Page, answers=list[outputs.Community], who=identity.Who.NOBODY
)
async def get_communities(ask: ask_.Ask) -> list[outputs.Community]:
    """All communities, for whoever wants to join one."""
    page = ask.page()
    rows = await communities.listed(ask.context, after=page.after, before=page.before, most=page.most)
    return [outputs.Community(id=row.id, name=row.name) for row in ask.shown(page, rows)]
