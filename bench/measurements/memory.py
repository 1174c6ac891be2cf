"""Memory: what the server's process grows by for each socket on which nothing happens."""

import asyncio

from bench import figures, sockets, wishes
from bench import world as world_

# The first few pay for what all share: caches, prepared statements, code that runs for the first time.
FIRST_SOCKETS = 100
SETTLE_SECONDS = 3.0


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Each socket is another account's."""
    town = await world.small()
    async with world.server(town) as server:
        first = await sockets.listen(server, range(3001, 3001 + FIRST_SOCKETS))
        await asyncio.sleep(SETTLE_SECONDS)
        before = server.resident_bytes
        begin = 3001 + FIRST_SOCKETS
        ears = await sockets.listen(server, range(begin, begin + wish.idle_sockets))
        await asyncio.sleep(SETTLE_SECONDS)
        after = server.resident_bytes
        sockets.hang_up([*first, *ears])
    each = (after - before) / wish.idle_sockets / 1000
    return [
        figures.Figure(
            name="memory",
            title=f"memory per idle socket, {wish.idle_sockets:,} sockets",
            relation="at most",
            target=20.0,
            unit="kB",
            reached=each,
            details={"before_kb": round(before / 1000), "after_kb": round(after / 1000)},
        )
    ]
