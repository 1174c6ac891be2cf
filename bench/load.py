"""HTTP load: connections that send ready bytes and read as little of the answers as shows that they are whole.

Closed: each connection sends the next request when it has its answer, which finds the maximum. Open: so many requests a
second whatever the answers do, each timed from when it was due, which finds what a person would wait.
"""

import asyncio
import functools
import itertools
import time
import typing
from collections import deque
from collections.abc import Iterator, Sequence

from bench import figures, processes

CONNECTIONS = 64
TICK_SECONDS = 0.001
DRAIN_SECONDS = 5.0
LENGTH = b"Content-Length: "


class Refused(Exception):
    """An answer was not what the load is about. The text is its beginning."""


class Lane(asyncio.Protocol):
    """One connection that is kept. One request at a time."""

    def __init__(self, requests: Iterator[bytes], board: "Board") -> None:
        self.board = board
        self._requests = requests
        self._left = 0
        self._head = b""
        self._due = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        self.transport = typing.cast(asyncio.Transport, transport)

    def send(self, due: float) -> None:
        """Sends the next request, which was due then."""
        assert self.transport is not None
        self._due = due
        self.transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """Counts an answer when all of it is here."""
        if self._left:
            self._left -= len(data)
        else:
            if self._head:
                data = self._head + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
                return
            self._head = b""
            if data[9:12] != b"200":
                self.board.fail(data)
                return
            at = data.find(LENGTH, 0, end + 2)
            length = int(data[at + len(LENGTH) : data.find(b"\r", at)]) if at >= 0 else 0
            self._left = end + 4 + length - len(data)
        if self._left == 0:
            self.board.answered(self, self._due)

    def connection_lost(self, fault: Exception | None) -> None:
        """A connection that is kept does not end by itself."""
        if not self.board.is_over:
            self.board.fail(b"the connection was lost")


class Board:
    """What the lanes of one load have done."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.latencies_ms: list[float] = []
        self.is_over = False
        self.last = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def answered(self, lane: Lane, due: float) -> None:
        """An answer came."""
        raise NotImplementedError

    def fail(self, data: bytes) -> None:
        """The load is no good."""
        self.is_over = True
        if not self.ended.done():
            self.ended.set_exception(Refused(data[:600].decode(errors="replace")))


class Closed(Board):
    """Always one request a lane on the way. After `most` answers, if that is given, nothing more is sent."""

    def __init__(self, most: int | None = None) -> None:
        super().__init__()
        self._most = most
        self.sent = 0

    def answered(self, lane: Lane, due: float) -> None:
        """Counts, and sends the next."""
        self.count += 1
        self.total += 1
        self.last = now = time.perf_counter()
        self.latencies_ms.append((now - due) * 1000)
        if self._most is not None and self.count >= self._most:
            self.is_over = True
            if not self.ended.done():
                self.ended.set_result(None)
        if not self.is_over:
            self.sent += 1
            lane.send(now)

    def begin_again(self) -> None:
        """Forgets what was before; the lanes go on."""
        self.count = 0
        self.latencies_ms = []


class Open(Board):
    """Requests at their times, by whichever lane is free; they wait for one if none is."""

    def __init__(self, lanes: Sequence[Lane], per_second: float) -> None:
        super().__init__()
        self._free = deque(lanes)
        self._late: deque[float] = deque()
        self._per_second = per_second

    def answered(self, lane: Lane, due: float) -> None:
        """Counts, and sends what is late already."""
        self.count += 1
        self.total += 1
        self.last = now = time.perf_counter()
        self.latencies_ms.append((now - due) * 1000)
        if self._late:
            lane.send(self._late.popleft())
        else:
            self._free.append(lane)

    async def drive(self, seconds: float) -> None:
        """Sends for so long."""
        began = time.perf_counter()
        sent = 0
        while (now := time.perf_counter()) < began + seconds and not self.is_over:
            while (due := began + sent / self._per_second) <= now:
                if self._free:
                    self._free.popleft().send(due)
                else:
                    self._late.append(due)
                sent += 1
            await asyncio.sleep(TICK_SECONDS)
        deadline = time.perf_counter() + DRAIN_SECONDS
        while self.count < sent and time.perf_counter() < deadline and not self.is_over:
            await asyncio.sleep(TICK_SECONDS)
        if self.count < sent:
            self.fail(b"requests were not answered in time")


class Load:
    """Connections to one process, kept over several turns."""

    def __init__(self, process: processes.Process, lanes: list[Lane]) -> None:
        self._process = process
        self._lanes = lanes
        self.answered = 0
        """Answers so far, those of warming up too."""

    @classmethod
    async def connect(
        cls,
        process: processes.Process,
        requests: Sequence[bytes],
        *,
        lanes: int = CONNECTIONS,
        is_varied: bool = False,
    ) -> "Load":
        """So many connections. Each sends one of the requests, again and again; they are dealt out in turn.

        `is_varied`: each sends its share of them in turn.
        """
        loop = asyncio.get_running_loop()
        made: list[Lane] = []
        idle = Closed()
        idle.is_over = True
        for number in range(lanes):
            own = requests[number::lanes] if is_varied else [requests[number % len(requests)]]
            lane = Lane(itertools.cycle(own), idle)
            await loop.create_connection(functools.partial(_itself, lane), "127.0.0.1", process.port)
            made.append(lane)
        return cls(process, made)

    async def closed(self, seconds: float, *, warm_up_seconds: float = 0.0) -> figures.Turn:
        """As many as it takes. *Refuses*: Refused."""
        board = Closed()
        self._begin(board)
        await self._last(board, warm_up_seconds)
        board.begin_again()
        watch = self._process.watch()
        began = time.perf_counter()
        await self._last(board, seconds)
        count, elapsed = board.count, time.perf_counter() - began
        turn = watch.turn(count, elapsed, board.latencies_ms)
        await self._quiet(board)
        return turn

    async def count(self, most: int) -> figures.Turn:
        """Exactly so many, or a few more that were on their way, timed from the first answer to the last.

        *Refuses*: Refused.
        """
        board = Closed(most)
        watch = self._process.watch()
        began = time.perf_counter()
        self._begin(board)
        await board.ended
        turn = watch.turn(board.count, board.last - began, board.latencies_ms)
        await self._quiet(board)
        return turn

    async def open(self, per_second: float, seconds: float) -> figures.Turn:
        """At this rate. *Refuses*: Refused, also when the process does not keep up."""
        board = Open(self._lanes, per_second)
        for lane in self._lanes:
            lane.board = board
        watch = self._process.watch()
        await board.drive(seconds)
        if board.ended.done():
            board.ended.result()
        return watch.turn(board.count, seconds, board.latencies_ms)

    def _begin(self, board: Closed) -> None:
        board.sent = len(self._lanes)
        now = time.perf_counter()
        for lane in self._lanes:
            lane.board = board
            lane.send(now)

    async def _last(self, board: Board, seconds: float) -> None:
        await asyncio.wait([board.ended], timeout=seconds)
        if board.ended.done():
            board.ended.result()

    async def _quiet(self, board: Closed) -> None:
        """Lets the answers come that are on their way."""
        board.is_over = True
        while board.total < board.sent:
            await asyncio.sleep(TICK_SECONDS)
        self.answered += board.total

    def close(self) -> None:
        """Hangs up."""
        for lane in self._lanes:
            lane.board.is_over = True
            if lane.transport is not None:
                lane.transport.abort()


def _itself(lane: Lane) -> Lane:
    return lane
