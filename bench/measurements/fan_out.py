"""Fan-out: what is posted in one thread, delivered to 500 sockets, beside the same bytes written to the same sockets.

Bare means what is left when nothing has to be known any more: ready frames, and a write for each socket. The messages
are posted in the database, all in one transaction, as another process of the server would post them: so what is
measured is their delivery, from the log to the sockets. Both are timed from the first frame that is read to the last.
"""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable

import msgspec

from bench import figures, processes, sockets, towns, wishes
from bench import world as world_

READ_SECONDS_MAX = 60.0


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """All members of the thread listen, but for its writer."""
    town = await world.small()
    port = processes.free_port()
    async with world.server(town, str(port), module="bench.serving") as server:
        ears = await sockets.listen(server, town.crowd.listener_ids)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        frame = await _sample(town, ears)
        order = {
            "ports": [ear.port for ear in ears],
            "frame": base64.b64encode(frame).decode(),
            "count": wish.fan_out_messages,
        }

        async def write() -> None:
            writer.write(msgspec.json.encode(order) + b"\n")
            await reader.readline()

        async def post() -> None:
            await asyncio.to_thread(towns.say, town, town.crowd, wish.fan_out_messages)

        bare: list[figures.Turn] = []
        delivered: list[figures.Turn] = []
        for _ in range(wish.rounds):
            bare.append(await _turn(server, ears, write, wish.fan_out_messages))
            delivered.append(await _turn(server, ears, post, wish.fan_out_messages))
        writer.close()
        sockets.hang_up(ears)
    rounds = [one.per_second / other.per_second for one, other in zip(delivered, bare, strict=True)]
    details = figures.rates("bare", bare) | figures.rates("delivered", delivered) | {"frame_bytes": len(frame)}
    details["share_by_work"] = round(details["bare_work_us"] / details["delivered_work_us"], 3)
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


async def _sample(town: towns.Town, ears: list[sockets.Ear]) -> bytes:
    """A message as it goes over the wire, with its notification. After it every listener has something unread."""
    heard: list[bytes] = []

    def hear(data: bytes, start: int, end: int) -> None:
        heard.append(data[start - (2 if end - start < 126 else 4) : end])

    ears[0].hear = hear
    await asyncio.to_thread(towns.say, town, town.crowd, 1)
    await asyncio.sleep(1)
    ears[0].hear = None
    message, notification = (
        next(frame for frame in heard if kind in frame) for kind in (b'"type":"message"', sockets.NOTIFICATION)
    )
    return message + notification


async def _turn(
    server: processes.Process, ears: list[sockets.Ear], send: Callable[[], Awaitable[None]], count: int
) -> figures.Turn:
    due = [ear.frames + count for ear in ears]
    began: list[tuple[float, processes.Watch]] = []

    def hear(data: bytes, start: int, end: int) -> None:
        ears[0].hear = None
        began.append((time.perf_counter(), server.watch()))

    ears[0].hear = hear
    await send()
    async with asyncio.timeout(READ_SECONDS_MAX):
        while any(ear.frames < frames for ear, frames in zip(ears, due, strict=True)):
            await asyncio.sleep(0.001)
    (at, watch), *_ = began
    return watch.turn(count * len(ears), time.perf_counter() - at)
