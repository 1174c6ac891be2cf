"""Tickets: how a client without headers and cookies connects live. Source: contract, 8, Who may connect."""

from datetime import timedelta

from handlers.core import context as context_
from handlers.core import refusals, tokens
from storage import database as database_
from storage import sessions as session_rows
from storage import tickets as rows


async def issue(context: context_.Context, session: session_rows.Session, *, ttl_seconds: int) -> str:
    """A ticket that opens one connection of this session, and ends with it. Refuses: NotSignedIn (it has ended)."""
    ticket = tokens.make()
    try:
        await rows.insert(
            context.database,
            secret_hash=tokens.hash_of(ticket),
            session_id=session.id,
            expires_at=context.clock.now() + timedelta(seconds=ttl_seconds),
        )
    except database_.Conflict as conflict:
        raise refusals.NotSignedIn from conflict
    return ticket


async def redeem(context: context_.Context, ticket: str) -> session_rows.Session | None:
    """Uses a ticket up: the session that made it, if both still live."""
    now = context.clock.now()
    return await rows.take(
        context.database,
        secret_hash=tokens.hash_of(ticket),
        now=now,
        idle_since=now - timedelta(seconds=context.settings.sessions.idle_ttl_seconds),
    )
