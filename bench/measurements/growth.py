"""Growth: what a read, a post and a page of history cost at 1,000,000 messages, of what they cost at 10,000.

Two servers on two databases take turns on the same core. The messages are in the threads that are measured: those have
150 in one and 15,000 in the other. A cost is the time between two answers at full load.
"""

from collections.abc import Callable

from bench import figures, load, processes, requests, towns, wishes
from bench import world as world_
from bench.measurements import history, posts, reads

TARGET = 1.2


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Three figures, one for each kind of request."""
    small, large = await world.small(), await world.large(wish.large_messages)
    kinds: dict[str, Callable[[towns.Town], list[bytes]]] = {
        "read": lambda _: [requests.get(reads.PATH, account_id=n) for n in range(1, load.CONNECTIONS + 1)],
        "history page": lambda town: [
            requests.get(
                f"/community/message-threads/{talk.id}/messages?limit={history.PAGE}", account_id=talk.writer_id
            )
            for talk in town.talks
        ],
        # Last: it writes.
        "post": lambda town: [posts.post(talk) for talk in town.talks],
    }
    async with world.server(small) as of_small, world.server(large) as of_large:
        return [
            await _figure(kind, (of_small, asked(small)), (of_large, asked(large)), large.messages, wish)
            for kind, asked in kinds.items()
        ]


async def _figure(
    kind: str,
    small: tuple[processes.Process, list[bytes]],
    large: tuple[processes.Process, list[bytes]],
    messages: int,
    wish: wishes.Wishes,
) -> figures.Figure:
    of_small, of_large = await load.Load.connect(*small), await load.Load.connect(*large)
    turns_small: list[figures.Turn] = []
    turns_large: list[figures.Turn] = []
    for _ in range(wish.rounds):
        turns_small.append(await of_small.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds))
        turns_large.append(await of_large.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds))
    of_small.close()
    of_large.close()
    rounds = [one.per_second / two.per_second for one, two in zip(turns_small, turns_large, strict=True)]
    return figures.Figure(
        name=f"growth_{kind.replace(' ', '_')}",
        title=f"cost of a {kind} at {messages:,} messages, of that at {towns.SMALL_MESSAGES:,}",
        relation="at most",
        target=TARGET,
        reached=figures.median(rounds),
        rounds=rounds,
        details=figures.rates("small", turns_small) | figures.rates("large", turns_large),
    )
