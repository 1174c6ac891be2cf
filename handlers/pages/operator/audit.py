"""audit."""

from datetime import UTC, datetime

from handlers.core import operators, refusals
from handlers.pages.operator import outputs
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

routes = surface.Routes()


def moment(name: str, text: str) -> datetime:
    """A day or a moment (ISO 8601), in UTC unless it says otherwise. Refuses: Invalid."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise refusals.Invalid(name, "is a day or a moment, as in 2026-01-31 or 2026-01-31T12:00:00Z") from fault


@routes.get("/audit", "audit", answers=outputs.Entries, who=identity.Who.OPERATOR)
async def get_audit(ask: ask_.Ask) -> outputs.Entries:
    """What was done by or to `?account=` (or anybody) since `?since=` (or ever), oldest first."""
    page, since = ask.page(), ask.query("since")
    found = await operators.read_audit(
        ask.context,
        ask.visit,
        username=ask.query("account"),
        since=None if since is None else moment("since", since),
        after=page.after,
        before=page.before,
        most=page.most,
    )
    return outputs.Entries(entries=[outputs.entry(row) for row in ask.shown(page, found)])
