"""Live connections as bytes: opened by hand, read frame by frame, answered only when asked for a sign of life.

The typed client would be the slower side of every figure here.
"""

import asyncio
import functools
import struct
import typing
from collections.abc import Callable, Sequence

from bench import processes, requests

TEXT = 0x81
PING = 0x89
CLOSE = 0x88
PONG = 0x8A
NOTIFICATION = b'{"type":"notification"'
OPEN_SECONDS_MAX = 30.0

# What is done with a frame: the chunk, where its payload begins and ends.
Hear = Callable[[bytes, int, int], None]


class Ear(asyncio.Protocol):
    """One live connection. Counts text frames and hands them to `hear` if there is one.

    A notification is handed on and not counted: it comes in one write with the message that it is of.
    """

    def __init__(self, account_id: int) -> None:
        self._account_id = account_id
        self._rest = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.hear: Hear | None = None
        self.frames = 0
        self.close_code = 0
        self.transport: asyncio.Transport | None = None

    @property
    def port(self) -> int:
        """Its end of the connection, by which the server knows it too."""
        assert self.transport is not None
        name: tuple[str, int] = self.transport.get_extra_info("sockname")
        return name[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks to be upgraded."""
        self.transport = typing.cast(asyncio.Transport, transport)
        self.transport.write(requests.upgrade(self._account_id))

    def data_received(self, data: bytes) -> None:
        """Reads whole frames; what is left waits for more."""
        if self._rest:
            data = self._rest + data
        at, size = 0, len(data)
        if not self._is_open:
            at = self._opened(data)
        while size - at >= 2:
            length = data[at + 1]
            start = at + 2
            if length == 126:
                start = at + 4
                length = int.from_bytes(data[at + 2 : start], "big")
            elif length == 127:
                start = at + 10
                length = int.from_bytes(data[at + 2 : start], "big")
            end = start + length
            if end > size:
                break
            if data[at] == TEXT:
                if not data.startswith(NOTIFICATION, start):
                    self.frames += 1
                if self.hear is not None:
                    self.hear(data, start, end)
            else:
                self._control(data[at], data[start:end])
            at = end
        self._rest = data[at:]

    def _opened(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return len(data) if data.startswith(b"HTTP/1.1 101") else 0
        if data[9:12] != b"101":
            self.opened.set_exception(ConnectionError(data[:300].decode(errors="replace")))
        else:
            self._is_open = True
            self.opened.set_result(None)
        return end + 4

    def _control(self, kind: int, payload: bytes) -> None:
        if kind == PING and self.transport is not None:
            # A client's frames are masked; with zeros the payload is itself.
            self.transport.write(struct.pack("!BB", PONG, 0x80 | len(payload)) + bytes(4) + payload)
        elif kind == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big")

    def connection_lost(self, fault: Exception | None) -> None:
        """Over."""
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the connection was lost"))


async def listen(process: processes.Process, account_ids: Sequence[int]) -> list[Ear]:
    """A live connection for each of these accounts, all greeted. *Refuses*: ConnectionError."""
    loop = asyncio.get_running_loop()
    ears: list[Ear] = []
    for account_id in account_ids:
        make = functools.partial(Ear, account_id)
        _, ear = await loop.create_connection(make, "127.0.0.1", process.port)
        ears.append(ear)
    await settled(ears)
    return ears


async def settled(ears: Sequence[Ear]) -> None:
    """Waits until all are greeted. *Refuses*: ConnectionError, TimeoutError."""
    async with asyncio.timeout(OPEN_SECONDS_MAX):
        await asyncio.gather(*(ear.opened for ear in ears))
        await heard(ears, 1)
        # What a connection asks of the database after its greeting is no part of any figure.
        await asyncio.sleep(0.5)


async def heard(ears: Sequence[Ear], frames: int) -> None:
    """Waits until each has had so many frames."""
    while not all(ear.frames >= frames for ear in ears):
        await asyncio.sleep(0.002)


def hang_up(ears: Sequence[Ear]) -> None:
    """Ends them without a goodbye."""
    for ear in ears:
        if ear.transport is not None:
            ear.transport.abort()
