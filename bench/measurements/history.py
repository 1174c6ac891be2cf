"""History: the newest 50 messages of a thread over 64 connections, beside a bare aiohttp hello."""

from bench import figures, load, requests, wishes
from bench import world as world_
from bench.measurements import shares

PAGE = 50


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Each connection reads a thread of its own, whose reader has read it already."""
    town = await world.small()
    async with world.hello() as hello, world.server(town) as server:
        pages = [
            requests.get(f"/community/message-threads/{talk.id}/messages?limit={PAGE}", account_id=talk.writer_id)
            for talk in town.talks
        ]
        loaded = await load.Load.connect(server, pages)
        rounds, details = await shares.of_hello(
            hello, lambda: loaded.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds), wish
        )
        loaded.close()
    return [
        figures.Figure(
            name="history",
            title=f"history of {PAGE} messages, share of a bare hello",
            relation="at least",
            target=0.14,
            reached=figures.median(rounds),
            rounds=rounds,
            details=details,
        )
    ]
