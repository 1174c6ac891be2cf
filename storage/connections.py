"""The connections of one database: who waits longest is served first, and a broken one never keeps anybody waiting.

Whoever has a turn and finds no idle connection opens one, in its own time: so when PostgreSQL is down each caller
learns it at once, nobody tries in the background, and the first call after it is back is served.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from storage import connection as connection_
from storage import faults

CLOSE_PATIENCE_SECONDS = 2.0

# What a waiter is given: a connection, or None for the right to open one.
Turn = asyncio.Future[connection_.Connection | None]


class Stats(NamedTuple):
    """How many connections are idle and in use (or being opened), and how many callers wait for one."""

    idle: int
    busy: int
    waiting: int


class Connections:
    """A free list of at most `most` connections, and the queue before it."""

    def __init__(
        self, open_: Callable[[float], Awaitable[connection_.Connection]], *, most: int, acquire_timeout_seconds: float
    ) -> None:
        """`open_` opens one within that many seconds."""
        self._open_one = open_
        self._most = most
        self._timeout_seconds = acquire_timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._idle: deque[connection_.Connection] = deque()
        self._waiting: deque[Turn] = deque()
        self._all: set[connection_.Connection] = set()
        # Connections that are open or being opened. While somebody waits it is `most`, and none is idle.
        self._count = 0
        self._is_closing = False
        self._emptied = asyncio.Event()

    @property
    def stats(self) -> Stats:
        """How many are free, at work, and waited for."""
        return Stats(len(self._idle), self._count - len(self._idle), len(self._waiting))

    async def acquire(self) -> connection_.Connection:
        """A connection in no transaction, to be given back by `release`. *Refuses*: Unavailable."""
        if self._is_closing:
            raise faults.Unavailable("the database is being closed")
        while self._idle:
            # The one that was used last: PostgreSQL's process behind it, and its caches, are still warm.
            connection = self._idle.pop()
            if not connection.is_closed:
                return connection
            self._forget(connection)
        deadline = self._loop.time() + self._timeout_seconds
        if self._count < self._most:
            self._count += 1
            return await self._open(deadline)
        return await self._wait(deadline)

    async def _open(self, deadline: float) -> connection_.Connection:
        try:
            connection = await self._open_one(deadline - self._loop.time())
        except BaseException:
            self._pass_turn()
            raise
        self._all.add(connection)
        return connection

    async def _wait(self, deadline: float) -> connection_.Connection:
        turn: Turn = self._loop.create_future()
        self._waiting.append(turn)
        limit = self._loop.call_at(deadline, self._refuse, turn)
        try:
            connection = await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                # Unless it was passed over already.
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
            elif turn.exception() is None:
                # Cancelled after its turn had come: the next one's gain.
                self._give_back(turn.result())
            raise
        finally:
            limit.cancel()
        if connection is None:
            return await self._open(deadline)
        if connection.is_closed:
            # It broke on the way here.
            self._all.discard(connection)
            return await self._open(deadline)
        return connection

    def _refuse(self, turn: Turn) -> None:
        if not turn.done():
            self._waiting.remove(turn)
            turn.set_exception(faults.Unavailable("all connections to the database are in use"))

    def release(self, connection: connection_.Connection) -> None:
        """Gives a connection back. One that is broken, or in a transaction still, is closed and makes room."""
        if connection.is_idle and not self._is_closing:
            self._give_back(connection)
        else:
            connection.close()
            self._forget(connection)

    def _forget(self, connection: connection_.Connection) -> None:
        self._all.discard(connection)
        self._pass_turn()

    def _give_back(self, connection: connection_.Connection | None) -> None:
        if connection is None:
            self._pass_turn()
        elif connection.is_closed or self._is_closing:
            connection.close()
            self._forget(connection)
        elif (turn := self._next()) is not None:
            turn.set_result(connection)
        else:
            self._idle.append(connection)

    def _pass_turn(self) -> None:
        """There is room for one connection more: whoever waits longest may open it."""
        if (turn := self._next()) is not None:
            turn.set_result(None)
            return
        self._count -= 1
        if self._count == 0:
            self._emptied.set()

    def _next(self) -> Turn | None:
        while self._waiting:
            turn = self._waiting.popleft()
            # A cancelled one has yet to wake up and leave.
            if not turn.done():
                return turn
        return None

    async def close(self, *, patience_seconds: float | None = None) -> None:
        """Refuses whoever waits, lets those who have a connection finish for a moment, then closes what is left."""
        if patience_seconds is None:
            patience_seconds = CLOSE_PATIENCE_SECONDS
        self._is_closing = True
        while (turn := self._next()) is not None:
            turn.set_exception(faults.Unavailable("the database is being closed"))
        while self._idle:
            connection = self._idle.popleft()
            connection.close()
            self._forget(connection)
        if self._count:
            self._emptied.clear()
            try:
                async with asyncio.timeout(patience_seconds):
                    await self._emptied.wait()
            except TimeoutError:
                for connection in tuple(self._all):
                    connection.close()
