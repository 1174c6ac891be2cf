"""Authenticated reads: `GET /community/user` over 64 connections, beside a bare aiohttp hello."""

from bench import figures, load, requests, wishes
from bench import world as world_
from bench.measurements import shares

PATH = "/community/user"


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Each connection is somebody else's."""
    town = await world.small()
    async with world.hello() as hello, world.server(town) as server:
        readers = [requests.get(PATH, account_id=n) for n in range(1, load.CONNECTIONS + 1)]
        loaded = await load.Load.connect(server, readers)
        rounds, details = await shares.of_hello(
            hello, lambda: loaded.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds), wish
        )
        loaded.close()
    return [
        figures.Figure(
            name="reads",
            title="authenticated reads, share of a bare hello",
            relation="at least",
            target=0.45,
            reached=figures.median(rounds),
            rounds=rounds,
            details=details,
        )
    ]
