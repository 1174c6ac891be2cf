"""Fan-out: what is posted in one thread, delivered to 500 sockets, beside the same bytes written to the same sockets.

Bare means what is left when nothing has to be known any more: ready frames, and a write for each socket. Both are timed
from the first thing sent to the last byte read.
"""

import asyncio
import base64
import time
from typing import NamedTuple

import msgspec

from bench import figures, load, processes, sockets, wishes
from bench import world as world_
from bench.measurements import posts

POSTERS = 8
READ_SECONDS_MAX = 60.0


class Hall(NamedTuple):
    """Who listens, who posts, and the way to bare writes."""

    server: processes.Process
    ears: list[sockets.Ear]
    posting: load.Load
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """All members of the thread listen, but for its writer."""
    town = await world.small()
    door = processes.free_port()
    async with world.server(town, str(door), module="bench.serving") as server:
        ears = await sockets.listen(server, town.crowd.listener_ids)
        posting = await load.Load.connect(server, [posts.post(town.crowd)], lanes=POSTERS)
        reader, writer = await asyncio.open_connection("127.0.0.1", door)
        hall = Hall(server, ears, posting, reader, writer)
        frames: list[bytes] = []
        ears[0].hear = lambda data, start, end: frames.append(data[start - 4 : end])
        await posting.count(POSTERS)
        await asyncio.sleep(0.5)
        ears[0].hear = None
        # The last of these, for some of the first are not yet what all will be: numbers grow by a digit.
        frame = frames[-1]
        bare: list[figures.Turn] = []
        delivered: list[figures.Turn] = []
        for _ in range(wish.rounds):
            bare.append(await _bare(hall, frame, wish.fan_out_messages))
            delivered.append(await _delivered(hall, wish.fan_out_messages))
        writer.close()
        posting.close()
        sockets.hang_up(ears)
    rounds = [one.per_second / other.per_second for one, other in zip(delivered, bare, strict=True)]
    details = figures.rates("bare", bare) | figures.rates("delivered", delivered) | {"frame_bytes": len(frame)}
    return [
        figures.Figure(
            name="fan_out",
            title=f"deliveries to {len(ears)} sockets of one thread, share of bare writes",
            relation="at least",
            target=0.85,
            reached=figures.median(rounds),
            rounds=rounds,
            details=details,
        )
    ]


async def _bare(hall: Hall, frame: bytes, count: int) -> figures.Turn:
    order = {
        "ports": [ear.port for ear in hall.ears],
        "frame": base64.b64encode(frame).decode(),
        "count": count,
    }
    line = msgspec.json.encode(order) + b"\n"
    watch, began, due = hall.server.watch(), time.perf_counter(), _due(hall, count)
    hall.writer.write(line)
    await hall.reader.readline()
    await _read(hall, due)
    return watch.turn(count * len(hall.ears), time.perf_counter() - began)


async def _delivered(hall: Hall, count: int) -> figures.Turn:
    watch, began = hall.server.watch(), time.perf_counter()
    before, answered = _due(hall, 0), hall.posting.answered
    await hall.posting.count(count)
    # A few more than were asked for were on their way.
    posted = hall.posting.answered - answered
    await _read(hall, [frames + posted for frames in before])
    return watch.turn(posted * len(hall.ears), time.perf_counter() - began)


def _due(hall: Hall, count: int) -> list[int]:
    return [ear.frames + count for ear in hall.ears]


async def _read(hall: Hall, due: list[int]) -> None:
    async with asyncio.timeout(READ_SECONDS_MAX):
        while any(ear.frames < frames for ear, frames in zip(hall.ears, due, strict=True)):
            await asyncio.sleep(0.001)
