"""Tokens that clients choose: sessions whose token comes from outside, one for each account and API.

What somebody makes up may be short and easily guessed. It is kept as a keyed hash, like no token of our own, and who
tries tokens is counted like whoever tries passwords. Source: contract, 6.
"""

from datetime import timedelta
from typing import TypeGuard

from handlers.core import attempts, audit, events, refusals, sessions, tokens
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import database as database_
from storage import sessions as rows

CHARACTERS_MIN = 8
CHARACTERS_MAX = 128


def _is_fit(token: object) -> TypeGuard[str]:
    return isinstance(token, str) and CHARACTERS_MIN <= len(token) <= CHARACTERS_MAX


def require_fit(token: object) -> str:
    """Whatever was sent as a new token, as one. Refuses: Invalid."""
    if not _is_fit(token):
        raise refusals.Invalid("token", f"has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters")
    return token


def _hash_of(context: context_.Context, visit: audit.Visit, token: str) -> bytes:
    return context.keys.sign("chosen token", f"{visit.api}\n{token}".encode(errors="surrogatepass"))


async def find(context: context_.Context, lookups: sessions.Lookups, visit: audit.Visit, token: object) -> rows.Session:
    """The live session behind whatever was sent as a token.

    Refuses: NotSignedIn; Throttled where too many were tried, the right one too: it would tell which one that is.
    """
    session = None
    if _is_fit(token):
        session = await lookups.find_by_hash(_hash_of(context, visit, token), api=visit.api or "")
    if session is None:
        await attempts.count_guess(context, visit.address)
        raise refusals.NotSignedIn
    await attempts.require_address(context, visit.address)
    return session


async def sign_in(
    context: context_.Context, visit: audit.Visit, *, login: str, password: str, token: str | None
) -> sessions.Opened:
    """Opens a session of this token (None: of a new one) for whoever has the password; the API's former one ends.

    Announces: the end of the former one. Refuses: Throttled, Overloaded, WrongCredentials, Invalid (the token is
    somebody else's).
    """
    found = await sessions.check(context, visit, login=login, password=password)
    return await open_for(context, visit, found, token or tokens.make())


async def open_for(
    context: context_.Context, visit: audit.Visit, credentials: account_rows.Credentials, token: str
) -> sessions.Opened:
    """As `sign_in`, for an account whose password was checked."""
    token_hash = _hash_of(context, visit, token)
    try:
        async with context.database.transaction():
            # Of two who sign in to one account at once, the second ends the session of the first.
            if not await account_rows.lock(context.database, credentials.id):
                raise refusals.WrongCredentials
            await _take(context, token_hash)
            ended = await rows.delete_by_api(context.database, credentials.id, api=visit.api or "")
            if ended:
                await events.announce_sessions_ended(context, credentials.id, ended)
            return await sessions.open_with(context, visit, credentials, token=token, token_hash=token_hash)
    except database_.Conflict as conflict:
        raise await _taken(context, visit) from conflict


async def replace(
    context: context_.Context, visit: audit.Visit, session: rows.Session, *, former: str, token: str
) -> None:
    """Gives a session another token. It lives as long as it would have lived, and so do its sockets.

    Refuses: NotSignedIn (it ended, or has another token already), Invalid (the token is somebody else's), Throttled.
    """
    former_hash, token_hash = _hash_of(context, visit, former), _hash_of(context, visit, token)
    try:
        async with context.database.transaction():
            await _take(context, token_hash)
            if not await rows.update_token(
                context.database, session.id, former_hash=former_hash, token_hash=token_hash
            ):
                raise refusals.NotSignedIn
    except database_.Conflict as conflict:
        raise await _taken(context, visit) from conflict


async def _take(context: context_.Context, token_hash: bytes) -> None:
    """Waits until nobody else is choosing a token; one whose session expired is free again."""
    await rows.lock_chosen(context.database)
    now = context.clock.now()
    idle_since = now - timedelta(seconds=context.settings.sessions.idle_ttl_seconds)
    expired_id = await rows.find_expired(context.database, token_hash, now=now, idle_since=idle_since)
    if expired_id is not None:
        await sessions.end(context, expired_id)


async def _taken(context: context_.Context, visit: audit.Visit) -> refusals.Refusal:
    """Somebody else uses the token. Learning that is as good as a guess, and counts like one. Refuses: Throttled."""
    await attempts.count_guess(context, visit.address)
    return refusals.Invalid("token", "is in use")
