"""Who does not read what they are told is cut off, and slows nobody. Contract, 8."""

import asyncio
import socket
import struct

import pytest

from handlers.core import messages, threads
from tests import people
from tests.live.conftest import Live, Serve


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


async def test_who_hangs_up_while_its_pings_are_answered_is_no_defect(
    live: Live, town: people.Town, caplog: pytest.LogCaptureFixture
):
    haruto = await town.member("haruto")
    stalled = await Stalled.connect(live, await live.sign_in(haruto))
    (connection,) = await until(lambda: list(live.hub._open))
    ping = b"\x89\xfd\0\0\0\0" + b"x" * 125
    sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(stalled.connection, ping * 100_000))
    # Nobody reads the answers: the server waits with one in its hand.
    await until(lambda: connection._writer.protocol.writing_paused)
    sending.cancel()
    stalled.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stalled.connection.close()
    await until(lambda: not live.hub._open)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def until(look):
    """What it answers, once that is something."""
    async with asyncio.timeout(5):
        while not (found := look()):
            await asyncio.sleep(0.005)
    return found
