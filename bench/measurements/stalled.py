"""One stalled reader: what 199 others wait for a message while one of the thread does not read at all, of quiet.

The stalled one is filled up until it is cut off, and comes back at once to be filled up again.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

from bench import figures, processes, requests, sockets, towns, wishes
from bench import world as world_

PER_SECOND = 100
# A few seconds of these are more than may wait for a reader.
TEXT_CHARACTERS = 6000
RECEIVE_BUFFER_BYTES = 4096
MARK = b'"text":"'
DIGITS = 16
P99 = 0.99


class Stopwatch:
    """When messages were sent, and how long after it they were heard. A message's text begins with its number."""

    def __init__(self) -> None:
        self.latencies_ms: list[float] = []
        self._sent: dict[bytes, float] = {}

    def send(self, number: int) -> str:
        """The text of a message that is sent now."""
        name = f"{number:0{DIGITS}d}"
        self._sent[name.encode()] = time.perf_counter()
        return name + "x" * (TEXT_CHARACTERS - DIGITS)

    def hear(self, data: bytes, start: int, end: int) -> None:
        """A frame came."""
        at = data.find(MARK, start, end) + len(MARK)
        sent = self._sent.get(data[at : at + DIGITS])
        if sent is not None:
            self.latencies_ms.append((time.perf_counter() - sent) * 1000)


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Quiet and with one stalled take turns."""
    town = await world.small()
    quiet: list[figures.Turn] = []
    beside: list[figures.Turn] = []
    async with world.server(town) as server:
        staller_id, *listener_ids = town.hall.listener_ids
        ears = await sockets.listen(server, [*listener_ids, town.hall.writer_id])
        await _turn(server, ears, town, 1.0)
        for _ in range(wish.long_rounds):
            quiet.append(await _turn(server, ears, town, wish.long_seconds))
            async with _stalling(server, staller_id):
                beside.append(await _turn(server, ears, town, wish.long_seconds))
        sockets.hang_up(ears)
    quiet_ms = figures.median([turn.percentile_ms(P99) for turn in quiet])
    beside_ms = figures.median([turn.percentile_ms(P99) for turn in beside])
    return [
        figures.Figure(
            name="stalled",
            title=f"p99 delivery to {len(ears)} readers beside one stalled, of quiet",
            relation="at most",
            target=1.2,
            reached=beside_ms / quiet_ms,
            rounds=[one.percentile_ms(P99) / two.percentile_ms(P99) for one, two in zip(beside, quiet, strict=True)],
            details={
                "quiet_p99_ms": round(quiet_ms, 2),
                "beside_p99_ms": round(beside_ms, 2),
                "quiet_p50_ms": round(figures.median([turn.percentile_ms(0.5) for turn in quiet]), 2),
                "beside_p50_ms": round(figures.median([turn.percentile_ms(0.5) for turn in beside]), 2),
                **figures.rates("quiet", quiet),
            },
        )
    ]


async def _turn(server: processes.Process, ears: list[sockets.Ear], town: towns.Town, seconds: float) -> figures.Turn:
    """So many messages a second are posted, whatever becomes of them."""
    stopwatch = Stopwatch()
    for ear in ears:
        ear.hear = stopwatch.hear
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    path = f"/community/message-threads/{town.hall.id}/messages"
    watch = server.watch()
    began = time.perf_counter()
    count = int(PER_SECOND * seconds)
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        writer.write(requests.post(path, {"text": stopwatch.send(number)}, account_id=town.hall.writer_id))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 200"), head
    async with asyncio.timeout(10):
        while len(stopwatch.latencies_ms) < count * len(ears):
            await asyncio.sleep(0.01)
    writer.close()
    elapsed = time.perf_counter() - began
    return watch.turn(len(stopwatch.latencies_ms), elapsed, stopwatch.latencies_ms)


@contextlib.asynccontextmanager
async def _stalling(server: processes.Process, account_id: int) -> AsyncIterator[None]:
    """Somebody who connects and never reads, while the block lasts."""
    stalling = asyncio.create_task(_stall(server, account_id))
    await asyncio.sleep(0.5)
    try:
        yield
    finally:
        stalling.cancel()
        await asyncio.gather(stalling, return_exceptions=True)


async def _stall(server: processes.Process, account_id: int) -> None:
    loop = asyncio.get_running_loop()
    while True:
        with socket.socket() as line:
            line.setblocking(False)
            # What the kernel keeps for a reader is time that it does not stall.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            await loop.sock_connect(line, ("127.0.0.1", server.port))
            await loop.sock_sendall(line, requests.upgrade(account_id))
            await asyncio.sleep(STALL_SECONDS)


STALL_SECONDS = 6.0
