"""Idempotency-Key: the same request under the same key is done once and answered again, byte for byte.

Without a key nothing of this is touched. With one the act joins the transaction that is opened here, and its answer is
written down before that commits: a crash neither loses nor doubles it. Source: contract, 2, Idempotency-Key.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
from aiohttp import web

from handlers.core import refusals
from handlers.rest import ask as ask_
from storage import answers

HEADER = "Idempotency-Key"
KEY_CHARACTERS_MAX = 255
REMEMBERED_HOURS = 24
# What belongs to one delivery of an answer and not to the answer.
PASSING = frozenset({"content-length", "date", "server", "x-request-id", "set-cookie"})


def key_of(request: web.Request) -> str | None:
    """The request's key, if it has one. Refuses: Malformed."""
    keys = request.headers.getall(HEADER, None)
    if keys is None:
        return None
    if len(keys) > 1 or not 1 <= len(keys[0]) <= KEY_CHARACTERS_MAX:
        raise refusals.Malformed(f"{HEADER} has 1 to {KEY_CHARACTERS_MAX} characters")
    return keys[0]


async def once(ask: ask_.Ask, key: str, body: bytes, act: Callable[[], Awaitable[web.Response]]) -> web.Response:
    """The answer of a signed-in account's request, by doing the act or from memory.

    Refuses: KeyReused, StillRunning; what the act refuses, which is not remembered.
    """
    context, request, account_id = ask.context, ask.request, ask.account.id
    key_hash = context.keys.sign("idempotency key", key.encode(errors="surrogateescape"))
    told = f"{request.method} {request.rel_url.raw_path_qs}\n".encode() + body
    request_hash = context.keys.sign("idempotent request", told)

    async def recall() -> web.Response | None:
        since = context.clock.now() - timedelta(hours=REMEMBERED_HOURS)
        found = await answers.find(context.database, account_id=account_id, key_hash=key_hash, since=since)
        if found is None:
            return None
        if found.request_hash != request_hash:
            raise refusals.KeyReused
        headers = msgspec.json.decode(found.headers, type=dict[str, str])
        return web.Response(status=found.status, headers=headers, body=found.body)

    remembered = await recall()
    if remembered is not None:
        return remembered
    async with context.database.transaction():
        if not await answers.lock(context.database, account_id=account_id, key_hash=key_hash):
            raise refusals.StillRunning
        # The first may have ended between the look and the lock.
        remembered = await recall()
        if remembered is not None:
            return remembered
        response = await act()
        body_said = response.body if isinstance(response.body, bytes) else b""
        kept = {name: value for name, value in response.headers.items() if name.lower() not in PASSING}
        await answers.upsert(
            context.database,
            account_id=account_id,
            key_hash=key_hash,
            answer=answers.Answer(request_hash, response.status, msgspec.json.encode(kept).decode(), body_said),
            now=context.clock.now(),
        )
    return response
