"""A body that is long on its way: what it asks for is asked by whoever is still signed in when it has come.

And of those that are at once on their way no more is kept than there is room for.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from handlers.core import audit, operators, sessions
from handlers.core import context as context_
from handlers.rest import bodies, surface
from storage import accounts as account_rows
from storage import ads
from tests import raw, serving
from tests.surfaces.towns import Phone, Town

End = Callable[[context_.Context, account_rows.Account], Awaitable[object]]


async def _sign_out(context: context_.Context, account: account_rows.Account) -> None:
    await sessions.end_all(context, account.id)


async def _disable(context: context_.Context, account: account_rows.Account) -> None:
    await operators.disable(context, audit.COMMAND_LINE, account.username or "")


async def _nothing(context: context_.Context, account: account_rows.Account) -> None:
    pass


@pytest.mark.parametrize(("end", "status"), [(_nothing, 200), (_sign_out, 401), (_disable, 401)])
async def test_who_left_meanwhile_asks_for_nothing(
    town: Town, john: Phone, monkeypatch: pytest.MonkeyPatch, end: End, status: int
) -> None:
    monkeypatch.setattr(surface, "IDENTITY_SECONDS_MAX", 0)
    looked, find = asyncio.Event(), sessions.Lookups.find

    async def find_and_tell(lookups: sessions.Lookups, token: str, *, api: str) -> object:
        found = await find(lookups, token, api=api)
        looked.set()
        return found

    monkeypatch.setattr(sessions.Lookups, "find", find_and_tell)
    (shown,) = john.client.http.cookie_jar
    cookie = b"Cookie: %s=%s\r\n" % (shown.key.encode(), shown.value.encode())
    body = msgspec.json.encode(
        {"type": "GIVE", "title": "Late", "description": "Late", "amount": 1, "location": "Kaga"}
    )
    whole = raw.request("POST", "/community/ads", headers=cookie, body=body)

    line = raw.Line(town.hiroba.url)
    first = asyncio.create_task(line.send(whole[:-5]))
    await looked.wait()
    account = await operators.find(town.hiroba.context, "john")
    await end(town.hiroba.context, account)
    assert line._writer is not None
    line._writer.write(whole[-5:])
    answer = await first
    line.hang_up()

    assert answer.status == status, answer.raw
    written = await ads.list_ads(town.hiroba.context.database, community_id=town.kaga, most=10)
    assert len(written) == (status == 200)


async def until(look: Callable[[], bool]) -> None:
    """Once that is so."""
    async with asyncio.timeout(5):
        while not look():
            await asyncio.sleep(0.005)


async def test_long_ones_are_taken_while_there_is_room(
    hiroba: serving.Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PENDING_BYTES_MAX", 300_000)
    host, port = hiroba.url.removeprefix("http://").split(":")
    long = raw.request("POST", "/whoami/signin", body=b'{"email": "' + b"x" * 400_000 + b'"}')
    short = raw.request("POST", "/whoami/signin", body=b'{"email": "' + b"x" * 60_000 + b'"}')
    line = raw.Line(hiroba.url)

    _, first = await asyncio.open_connection(host, int(port))
    first.write(long[:300_000])
    await until(lambda: bodies.ROOM.held_bytes > 200_000)
    refused = await line.send(long)
    assert (refused.status, refused.body["status"]) == (429, False)
    assert refused.headers["Retry-After"] == str(bodies.PENDING_RETRY_SECONDS)
    line.hang_up()
    assert (await line.send(short)).status == 400

    first.transport.abort()
    await until(lambda: bodies.ROOM.held_bytes == 0)
    monkeypatch.setattr(bodies, "PENDING_BYTES_MAX", 500_000)
    assert (await line.send(long)).status == 400
    line.hang_up()
