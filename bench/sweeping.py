"""Listeners whose reading nobody times: their sockets are read all together, twenty times a second.

Read one by one, whenever something comes, three hundred of them would keep the core busy that PostgreSQL is on, and
wake the load at every single delivery: the figure would be that of the load. For the same reason messages are counted
without a look at the frames around them, once everybody was greeted.
"""

import asyncio
import contextlib
import select
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

from bench import processes, sockets

SWEEP_SECONDS = 0.05
READ_BYTES = 262_144
MESSAGE = b'{"type":"message"'


class Line(asyncio.Transport):
    """A socket, as much of a transport as an ear needs."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, data: Any) -> None:
        """Sends little enough to be taken at once."""
        self.socket.sendall(data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Its own address."""
        return self.socket.getsockname() if name == "sockname" else default

    def abort(self) -> None:
        """Hangs up."""
        self.socket.close()


class Listeners:
    """Live connections that are read together."""

    def __init__(self, process: processes.Process, account_ids: Sequence[int]) -> None:
        self.ears: list[sockets.Ear] = []
        self.messages = 0
        """What all of them were told since they were greeted."""
        self._is_counting = False
        self._ready = select.epoll()
        self._by_number: dict[int, tuple[socket.socket, sockets.Ear]] = {}
        # The last bytes that each has read: a message may begin in them.
        self._rest: dict[int, bytes] = {}
        for account_id in account_ids:
            ear, line = sockets.Ear(account_id), Line(process.port)
            ear.connection_made(line)
            self.ears.append(ear)
            self._by_number[line.socket.fileno()] = line.socket, ear
            self._ready.register(line.socket, select.EPOLLIN)

    def count(self) -> None:
        """From now on only counts."""
        self._is_counting = True
        self._rest = dict.fromkeys(self._by_number, b"")

    async def sweep(self) -> None:
        """Reads until it is cancelled. *Refuses*: ConnectionError."""
        while True:
            for number, _ in self._ready.poll(0):
                line, ear = self._by_number[number]
                data = line.recv(READ_BYTES)
                if not data:
                    raise ConnectionError("the connection was lost")
                if self._is_counting:
                    data = self._rest[number] + data
                    self.messages += data.count(MESSAGE)
                    self._rest[number] = data[1 - len(MESSAGE) :]
                else:
                    ear.data_received(data)
            await asyncio.sleep(SWEEP_SECONDS)

    def hang_up(self) -> None:
        """Ends them without a goodbye."""
        sockets.hang_up(self.ears)
        self._ready.close()


@contextlib.asynccontextmanager
async def listening(process: processes.Process, account_ids: Sequence[int]) -> AsyncIterator[Listeners]:
    """A live connection for each of these accounts, all greeted, for the time of a block."""
    listeners = Listeners(process, account_ids)
    sweeping = asyncio.create_task(listeners.sweep())
    try:
        await sockets.settled(listeners.ears)
        listeners.count()
        yield listeners
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        listeners.hang_up()
