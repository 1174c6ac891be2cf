"""Tickets: each opens one live connection. Only a hash of each is kept."""

from datetime import datetime

from storage import database as database_
from storage import sessions


async def insert(database: database_.Database, *, secret_hash: bytes, session_id: int, expires_at: datetime) -> None:
    """A new ticket of a session."""
    await database.run("tickets.insert", secret_hash=secret_hash, session_id=session_id, expires_at=expires_at)


async def take(
    database: database_.Database, *, secret_hash: bytes, now: datetime, idle_since: datetime
) -> sessions.Session | None:
    """Uses a ticket up; answers the live session that made it."""
    found = await database.maybe(
        sessions.hash_and_session, "tickets.take", secret_hash=secret_hash, now=now, idle_since=idle_since
    )
    return None if found is None else found[1]
