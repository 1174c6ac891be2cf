"""Who may connect, what is understood, and how a connection ends. Contract, 8."""

import asyncio
import datetime

import aiohttp
import pytest

from handlers.core import accounts, audit, events, sessions, threads
from storage import sessions as session_rows
from tests import people
from tests.live.conftest import ORIGIN, Live, Serve


async def test_hello_comes_first_and_says_who_one_is(live: Live, town: people.Town):
    phone = await live.connect(await town.member("haruto"))
    assert await phone.hear() == {
        "type": "hello",
        "user": {"id": phone.account.id, "fullName": "Sato Haruto"},
        "cursor": str(live.hub.cursor),
        "heartbeatSeconds": 25,
        "resumed": False,
    }
    await phone.hear_nothing_else()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer "}])
async def test_without_a_session_there_is_no_upgrade(live: Live, headers: dict):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await live.dial(headers=headers)
    assert refused.value.status == 401
    async with live.http.get(f"{live.url}/live") as answer:
        assert answer.status == 401
        assert answer.content_type == "application/problem+json"
        assert await answer.json(content_type=None) == {
            "type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "not signed in",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        (ORIGIN, True),
        ("HTTPS://App.Example", True),
        ("https://app.example:443", True),
        ("http://localhost:8080", True),
        ("{own}", True),
        ("http://app.example", False),
        ("https://app.example:444", False),
        ("https://app.example.evil.example", False),
        ("http://localhost", False),
        ("null", False),
        ("", False),
    ],
)
async def test_a_page_of_another_site_is_refused(live: Live, town: people.Town, origin: str, is_let_in: bool):
    token = await live.sign_in(await town.member())
    headers = {"Authorization": f"Bearer {token}", "Origin": origin.format(own=live.url)}
    if is_let_in:
        await (await live.dial(headers=headers)).close()
        return
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await live.dial(headers=headers)
    assert refused.value.status == 403


async def test_a_request_that_is_no_websocket_is_refused(live: Live, town: people.Town):
    headers = {"Authorization": f"Bearer {await live.sign_in(await town.member())}"}
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    for more in ({}, upgrade, upgrade | {"Sec-WebSocket-Version": "12"}, upgrade | {"Sec-WebSocket-Version": "13"}):
        async with live.http.get(f"{live.url}/live", headers=headers | more) as answer:
            assert answer.status == 400
            assert answer.content_type == "application/problem+json"
            assert await answer.json(content_type=None) == {
                "type": "about:blank", "title": "Bad Request", "status": 400, "detail": "this is for websockets",
            }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "ref"),
    [
        (b"", None),
        (b"hello", None),
        (b"[]", None),
        (b"null", None),
        (b"{}", None),
        (b'{"type": 7}', None),
        (b'{"type": "dance", "ref": "a"}', "a"),
        (b'{"type": "hello", "ref": 7}', 7),
        (b'{"type": "post", "ref": "a"}', "a"),
        (b'{"type": "post", "ref": "a", "threadId": 1, "text": 7}', "a"),
        (b'{"type": "post", "ref": "a", "threadId": "x", "text": ""}', "a"),
        (b'{"type": "post", "ref": "a", "threadId": 9223372036854775808, "text": "x"}', "a"),
        (b'{"type": "post", "ref": "a", "threadId": 1e400, "text": "x"}', "a"),
        (b'{"type": "post", "ref": "a", "threadId": -1, "text": "x"}', "a"),
        (b'{"type": "post", "ref": "a", "threadId": 1, "text": "nul \\u0000"}', "a"),
        (b'{"type": "post", "ref": "a", "threadId": 1, "text": "half \\ud800"}', None),
        (b'{"type": "post", "ref": "a\\u0000", "threadId": 1, "text": "x"}', None),
        (b'{"type": "read", "ref": "a", "threadId": 1}', "a"),
        (b'{"type": "ping", "ref": "' + b"x" * 256 + b'"}', None),
        (b'{"type": "ping", "ref": {}}', None),
        (b'{"type": "ping", "ref": true}', None),
        (b"\xff\xfe", None),
        (b'{"type": "ping"', None),
        (b"[" * 60_000, None),
    ],
)
async def test_what_is_not_understood_is_answered_with_an_error(live: Live, town: people.Town, raw: bytes, ref):
    phone = await live.greeted(await town.member())
    for send in (phone.ws.send_bytes(raw), phone.ws.send_frame(raw, aiohttp.WSMsgType.TEXT)):
        await send
        frame = await phone.hear()
        assert frame.pop("message")
        assert frame == {"type": "error", "code": "malformed"} | ({} if ref is None else {"ref": ref})
    await phone.hear_nothing_else()


async def test_numbers_may_be_written_as_text_and_unknown_fields_are_passed_over(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(one)
    await phone.say(type="post", ref=7, threadId=str(thread.id), text="Hello", colour="red")
    assert (await phone.hear_until("ack"))[-1]["ref"] == 7


async def test_a_frame_that_is_too_large_closes_with_1009(live: Live, town: people.Town):
    account = await town.member()
    phone = await live.greeted(account)
    # As large as may be: it is read, and understood to be nonsense.
    await phone.ws.send_str('"' + "x" * 65_534 + '"')
    assert (await phone.hear())["code"] == "malformed"
    await phone.ws.send_str('"' + "x" * 65_535 + '"')
    assert await phone.closing() == 1009
    huge = await live.greeted(account)
    await huge.ws.send_str("x" * 900_000)
    assert await huge.closing() == 1009


async def test_a_session_that_ends_closes_its_sockets_with_4401(live: Live, town: people.Town):
    account = await town.member()
    one, other = await live.sign_in(account), await live.sign_in(account)
    phones = [await live.connect(account, token=token) for token in (one, one, other)]
    neighbour = await live.greeted(await town.member())
    for phone in phones:
        await phone.hear_of("hello")
    yesterday = account.created_at - datetime.timedelta(days=1)
    rows = await session_rows.list_by_account(
        live.core.database, account.id, now=live.core.clock.now(), idle_since=yesterday
    )
    await sessions.end(live.core, min(row.id for row in rows))
    assert [await phone.closing() for phone in phones[:2]] == [4401, 4401]
    await phones[2].hear_nothing_else()
    await sessions.end_all(live.core, account.id)
    assert await phones[2].closing() == 4401
    await neighbour.hear_nothing_else()


async def test_a_session_that_expires_closes_its_sockets_with_4401(live: Live, town: people.Town):
    account = await town.member()
    token = await live.sign_in(account)
    now = live.core.clock.now()
    (row,) = await session_rows.list_by_account(
        live.core.database, account.id, now=now, idle_since=now - datetime.timedelta(days=1)
    )
    soon = now + datetime.timedelta(milliseconds=200)
    await session_rows.update_lasting(live.core.database, row.id, expires_at=soon)
    phone = await live.connect(account, token=token)
    await phone.hear_of("hello")
    assert await phone.closing() == 4401


async def test_what_another_process_ends_is_closed_here(live: Live, town: people.Town, core):
    account = await town.member()
    phone = await live.greeted(account)
    # A command of its own process: it has another bus, which wakes nobody here.
    command = people.core(core.database, core.clock)
    async with asyncio.timeout(1):
        await accounts.delete(command, audit.COMMAND_LINE, account.id)
        assert await phone.closing() == 4401


async def test_a_session_that_ends_while_its_socket_opens_is_closed(
    live: Live, town: people.Town, monkeypatch: pytest.MonkeyPatch
):
    account = await town.member()
    token = await live.sign_in(account)
    find_known = events.find_known

    async def too_late(*args, **more):
        """Between the look-up of the session and the greeting, it ends, and every process has heard of it."""
        before = live.hub.cursor.position
        await sessions.end_all(live.core, account.id)
        async with asyncio.timeout(5):
            while live.hub.cursor.position == before:
                await asyncio.sleep(0.001)
        return await find_known(*args, **more)

    monkeypatch.setattr(events, "find_known", too_late)
    phone = await live.connect(account, token=token, since="x")
    assert await phone.closing() == 4401


async def test_a_stop_closes_all_with_1001(serve: Serve, town: people.Town):
    live = await serve()
    phones = [await live.greeted(await town.member()) for _ in range(3)]
    hearing = [asyncio.create_task(phone.closing()) for phone in phones]
    await live.hub.close_sockets()
    assert await asyncio.gather(*hearing) == [1001] * 3


async def test_a_silent_connection_is_asked_whether_it_lives(serve: Serve, town: people.Town):
    live = await serve(heartbeat_seconds=1)
    silent = await live.connect(await town.member(), autoping=False)
    assert (await silent.hear())["heartbeatSeconds"] == 1
    async with asyncio.timeout(5):
        message = await silent.ws.receive()
        assert message.type is aiohttp.WSMsgType.PING
        # It does not answer, and is given up.
        message = await silent.ws.receive()
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR)


async def test_what_comes_too_fast_waits_its_turn(serve: Serve, town: people.Town):
    live = await serve(frames_per_second_max=20)
    phone = await live.greeted(await town.member())
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(50):
        await phone.say(type="ping", ref=number)
    assert [frame["ref"] for frame in [await phone.hear() for _ in range(50)]] == list(range(50))
    assert loop.time() - began > 1
