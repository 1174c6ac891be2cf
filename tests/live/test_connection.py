"""Who may connect, what is understood, and how a connection ends. Contract, 8."""

import asyncio
import datetime
import socket
import struct
from decimal import Decimal

import aiohttp
import msgspec
import pytest

from handlers.core import accounts, audit, events, messages, sessions, threads
from handlers.live import frames, words
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


class Stalled:
    """A client that connects and then reads nothing, with little room for unread bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    @classmethod
    async def connect(cls, live: Live, token: str) -> "Stalled":
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        host, port = live.url.removeprefix("http://").split(":")
        await loop.sock_connect(connection, (host, int(port)))
        request = (
            f"GET /live HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await loop.sock_sendall(connection, request.encode())
        return cls(connection)

    async def read_until(self, end: bytes) -> bytes:
        """Everything up to this, once it reads again."""
        loop = asyncio.get_running_loop()
        heard = b""
        async with asyncio.timeout(10):
            while not heard.endswith(end) and (part := await loop.sock_recv(self.connection, 1_000_000)):
                heard += part
        return heard


@pytest.mark.parametrize("reads_in_time", [True, False], ids=["reads again", "never reads"])
async def test_a_slow_reader_is_closed_with_1013_and_slows_nobody(serve: Serve, town: people.Town, reads_in_time: bool):
    live = await serve(socket_queue_bytes_max=65_536, close_grace_seconds=8 if reads_in_time else 1)
    sender, slow = await town.members(2)
    thread = await threads.open_with(live.core, sender, slow.id)
    phone = await live.greeted(sender)
    stalled = await Stalled.connect(live, await live.sign_in(slow))
    text = "x" * 10_000
    (connection,) = await until(lambda: [one for one in live.hub._open if one.account.id == slow.id])
    posted = 0
    while connection.is_open:
        await messages.post(live.core, sender, thread.id, text)
        posted += 1
        frame = (await phone.hear_of("message"))[0]
        assert frame["message"]["text"] == text
        assert posted < 1_000
    # Past its bound nothing more is queued.
    queued = connection._transport.get_write_buffer_size()
    for _ in range(3):
        await messages.post(live.core, sender, thread.id, text)
        await phone.hear_of("message")
    # What was written last may lie beyond it: a message, and what is told of it on a locked screen.
    assert connection._transport.get_write_buffer_size() <= queued < 65_536 + 2 * 12_000
    if reads_in_time:
        farewell = b"\x88\x02" + (1013).to_bytes(2, "big")
        heard = await stalled.read_until(farewell)
        assert heard.endswith(farewell)
        assert heard.count(b'"type":"message"') <= posted
    else:
        await connection.gone()
    stalled.connection.close()
    await until(lambda: not [one for one in live.hub._open if one.account.id == slow.id])
    await phone.hear_nothing_else()


async def until(look):
    """What it answers, once that is something."""
    async with asyncio.timeout(5):
        while not (found := look()):
            await asyncio.sleep(0.005)
    return found


def test_every_frame_of_a_client_is_understood():
    for frame in (
        frames.Post(ref="a", thread_id=1, text="Hello", client_id="b"),
        frames.Read(ref=7, thread_id=1, message_id=2),
        frames.Typing(thread_id=1),
        frames.Ping(),
    ):
        assert frames.decode(msgspec.json.encode(frame)) == frame


def test_every_frame_of_the_server_reads_as_it_was_written():
    decoder = msgspec.json.Decoder(frames.ToClient)
    shown = {"id": 1, "createdAt": "x", "createdBy": 2, "text": "Hello"}
    for frame in (
        frames.Hello(user=frames.Self(id=1, full_name="Sato Haruto"), cursor="c", heartbeat_seconds=25, resumed=False),
        frames.Message(thread_id=1, message=msgspec.convert(shown, frames.outputs.Message), cursor="c"),
        frames.Thread(change="left", thread=frames.raw(frames.ThreadLeft(id=1)), cursor="c"),
        frames.HasRead(thread_id=1, user_id=2, message_id=3, cursor="c"),
        frames.IsTyping(thread_id=1, user_id=2),
        frames.Order(
            order=frames.BuyOrder(id=1, value=Decimal("2.5"), time="x", status="DRAFT"),
            cursor="c",
        ),
        frames.Unread(unread_threads=0),
        frames.Notification(title="Poker", body="Sato Haruto:\n\nHello", data={"type": "new_message", "threadId": "7"}),
        frames.Ack(ref="a", result=frames.raw(frames.ReadUpTo(message_id=3))),
        frames.Ack(result=frames.raw(frames.ReadUpTo(message_id=3))),
        frames.Error(ref="a", code="malformed", message="x"),
        frames.Resync(),
        frames.Pong(),
    ):
        wire = frames.wire(frame)
        assert decoder.decode(wire[2:]) == frame
        assert b"null" not in wire
    assert set(words.TABLE.values()) == set(words.CODES)


@pytest.mark.parametrize("size", [100, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537, 200_000])
def test_a_frame_of_any_size_says_its_size(size: int):
    empty = len(frames.wire(frames.Error(code="x", message=""))) - 2
    wire = frames.wire(frames.Error(code="x", message="y" * (size - empty)))
    # Final, text, not masked; the shortest way to write the size. RFC 6455, 5.2.
    assert wire[0] == 0x81
    if size < 126:
        said, payload = wire[1], wire[2:]
    elif size < 65_536:
        assert wire[1] == 126
        (said,), payload = struct.unpack("!H", wire[2:4]), wire[4:]
    else:
        assert wire[1] == 127
        (said,), payload = struct.unpack("!Q", wire[2:10]), wire[10:]
    assert said == len(payload) == size
    assert msgspec.json.decode(payload)["type"] == "error"
