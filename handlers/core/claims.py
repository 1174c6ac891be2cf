"""Signed tokens (JWT) that stand for a session, each for one use and until its own time. They die with the session.

A token carries what the session is found by; so nothing is taken from a token but that, and a token of a session that
ended is as good as none. One algorithm only, the configured one: a token that names another is none.
"""

import functools
from datetime import timedelta
from typing import Any

import jwt
import msgspec

from handlers.core import audit, refusals, sessions, tokens
from handlers.core import context as context_
from handlers.core import keys as keys_
from storage import sessions as session_rows

ID = "id"
ACCESS = "access"
REFRESH = "refresh"
# Longer than any of ours is.
CHARACTERS_MAX = 2048
# How many of those that were shown last are not looked through again.
READ_MAX = 1024
# What each algorithm takes at least is 64 bytes for the longest: two derived keys.
KEY_PARTS = ("1", "2")
UNTIMED: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


class Issued(msgspec.Struct, frozen=True):
    """What is handed out at a sign-in; at a refresh the refresh token stays the one that there is."""

    access_token: str
    id_token: str
    refresh_token: str | None = None


class _Claims(msgspec.Struct, frozen=True):
    """What a token must say. `sid` is what its session is found by, `exp` the end of its time in seconds."""

    sub: str
    sid: str
    token_use: str
    exp: int


async def sign_in(context: context_.Context, visit: audit.Visit, *, login: str, password: str) -> Issued:
    """Opens a session and hands out its tokens.

    It lives as long as its refresh token and what that gives at its last moment, however long nobody uses it.
    Refuses: Throttled, Overloaded, WrongCredentials.
    """
    wishes, database = context.settings.tokens, context.database
    lives = timedelta(seconds=wishes.refresh_ttl_seconds + wishes.ttl_seconds)
    found = await sessions.check(context, visit, login=login, password=password)
    async with database.transaction():
        opened = await sessions.open_for(context, visit, found)
        await session_rows.update_lasting(database, opened.session_id, expires_at=context.clock.now() + lives)
    issued = issue(context, opened.token, opened.account.id)
    refresh_token = _make(context, opened.token, opened.account.id, use=REFRESH, ttl_seconds=wishes.refresh_ttl_seconds)
    return msgspec.structs.replace(issued, refresh_token=refresh_token)


async def refresh(context: context_.Context, visit: audit.Visit, refresh_token: str) -> Issued:
    """New tokens for the same session, whose refresh token goes on working. Refuses: SessionTooOld."""
    token = session_token(context, refresh_token, use=REFRESH)
    session = None if token is None else await _find(context, token, api=visit.api)
    if token is None or session is None or session.account is None:
        raise refusals.SessionTooOld
    return issue(context, token, session.account.id)


async def _find(context: context_.Context, token: str, *, api: str | None) -> session_rows.Session | None:
    """The live session of this API behind a token; this is a use of it."""
    now = context.clock.now()
    idle_since = now - timedelta(seconds=context.settings.sessions.idle_ttl_seconds)
    token_hash = tokens.hash_of(token)
    found = await session_rows.find_many(context.database, [token_hash], now=now, idle_since=idle_since)
    session = found.get(token_hash)
    if session is None or session.api != api:
        return None
    await session_rows.touch(context.database, [session.id], now=now, idle_since=idle_since)
    return session


def session_token(context: context_.Context, text: str, *, use: str) -> str | None:
    """What the session of a token for this use is found by; None if it is none of ours, or its time is over."""
    if len(text) > CHARACTERS_MAX:
        return None
    try:
        claims = _read(text, _key(context), context.settings.tokens.algorithm)
    except (jwt.InvalidTokenError, ValueError):
        return None
    if claims.token_use != use or claims.exp <= context.clock.now().timestamp():
        return None
    return claims.sid


@functools.lru_cache(maxsize=READ_MAX)
def _read(text: str, key: bytes, algorithm: str) -> _Claims:
    """What a token that was signed so says; the same whenever it is read, so it is worth remembering.

    Whether its time is over is told by our own clock, each time. Refuses (jwt.InvalidTokenError, ValueError).
    """
    return msgspec.convert(jwt.decode(text, key, algorithms=[algorithm], options=UNTIMED), _Claims)


def issue(context: context_.Context, token: str, account_id: int) -> Issued:
    """The tokens of a session that is found by `token`, but for the one that refreshes them."""
    ttl_seconds = context.settings.tokens.ttl_seconds
    return Issued(
        access_token=_make(context, token, account_id, use=ACCESS, ttl_seconds=ttl_seconds),
        id_token=_make(context, token, account_id, use=ID, ttl_seconds=ttl_seconds),
    )


def _make(context: context_.Context, token: str, account_id: int, *, use: str, ttl_seconds: int) -> str:
    now = context.clock.now()
    claims = {
        "iss": context.settings.public_url,
        "sub": str(account_id),
        "sid": token,
        "token_use": use,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=ttl_seconds)).timestamp()),
    }
    return jwt.encode(claims, _key(context), algorithm=context.settings.tokens.algorithm)


def _key(context: context_.Context) -> bytes:
    return _derived(context.keys, context.settings.tokens.algorithm)


@functools.lru_cache(maxsize=8)
def _derived(keys: keys_.Keys, algorithm: str) -> bytes:
    """Of this algorithm alone: what another one signed would prove nothing, even if it were taken."""
    return b"".join(keys.derive(f"tokens {algorithm} {part}") for part in KEY_PARTS)
