"""What an operator, a coordinator or a security event leaves behind: one row, in the act's own transaction."""

from datetime import datetime

import msgspec

from handlers.core import context as context_
from storage import audit as rows
from storage import database as database_


class Visit(msgspec.Struct, frozen=True):
    """Who asks, from where and through which door. `actor_id` is None for somebody not signed in.

    `actor` is what kind of requester it is: 'visitor', 'account', 'operator', 'coordinator' or 'command line'.
    """

    api: str | None
    address: str
    user_agent: str = ""
    actor: str = "visitor"
    actor_id: int | None = None
    session_id: int | None = None


COMMAND_LINE = Visit(api=None, address="", actor="command line")


async def note(
    context: context_.Context, visit: Visit, act: str, *, account_id: int | None = None, **details: str | int | None
) -> None:
    """Adds one act. Details never hold a password, token, code, link or message text."""
    await rows.insert(
        context.database,
        act=act,
        actor=visit.actor,
        actor_id=visit.actor_id,
        account_id=account_id,
        api=visit.api,
        address=visit.address or None,
        details=msgspec.json.encode(details).decode(),
        now=context.clock.now(),
    )


async def entries(
    database: database_.Database,
    *,
    account_id: int | None = None,
    since: datetime | None = None,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[rows.Entry]:
    """Acts by or on an account (or all), since a moment (or ever), oldest first."""
    return await rows.list_entries(database, account_id=account_id, since=since, after=after, before=before, most=most)
