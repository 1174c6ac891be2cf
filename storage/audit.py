"""What was done by whom, and when. Rows are only ever added: the server's role cannot change or remove one."""

from datetime import datetime

import msgspec

from storage import database as database_


class Entry(msgspec.Struct, frozen=True):
    """One act. `details` is a JSON object as text."""

    id: int
    at: datetime
    act: str
    actor: str
    actor_id: int | None
    account_id: int | None
    api: str | None
    address: str | None
    details: str


async def insert(
    database: database_.Database,
    *,
    act: str,
    actor: str,
    actor_id: int | None,
    account_id: int | None,
    api: str | None,
    address: str | None,
    details: str,
    now: datetime,
) -> None:
    """Adds one act, in the act's own transaction."""
    await database.run(
        "audit.insert",
        act=act,
        actor=actor,
        actor_id=actor_id,
        account_id=account_id,
        api=api,
        address=address,
        details=details,
        now=now,
    )


async def list_entries(
    database: database_.Database,
    *,
    account_id: int | None,
    since: datetime | None,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[Entry]:
    """Acts by or on an account (or all), since a moment (or ever), oldest first."""
    return await database.all(
        Entry, "audit.list", account_id=account_id, since=since, after=after, before=before, most=most
    )


async def find_act(database: database_.Database, act: str, *, name: str) -> bool:
    """Whether this was ever done to something of this name."""
    return await database.value("audit.find_act", act=act, name=name)
