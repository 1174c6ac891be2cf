"""Posts: messages over 64 connections, each into a thread with five live listeners, beside a bare aiohttp hello.

A turn counts only if every listener has heard everything that was posted in it, half a second after its end at most.
"""

import asyncio

from bench import figures, load, requests, sweeping, towns, wishes
from bench import world as world_
from bench.measurements import shares

LAG_SECONDS_MAX = 0.5


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Every post is told to five, by the process that took it."""
    town = await world.small()
    async with world.hello() as hello, world.server(town) as server:
        listeners = [account_id for talk in town.talks for account_id in talk.listener_ids]
        async with sweeping.listening(server, listeners) as heard:
            loaded = await load.Load.connect(server, [post(talk) for talk in town.talks], lanes=len(town.talks))
            rounds, details = await shares.of_hello(hello, lambda: _turn(loaded, heard, wish), wish)
            loaded.close()
    return [
        figures.Figure(
            name="posts",
            title="message posts with 5 live listeners each, share of a bare hello",
            relation="at least",
            target=0.15,
            reached=figures.median(rounds),
            rounds=rounds,
            details=details,
        )
    ]


def post(talk: towns.Talk) -> bytes:
    """What the writer of a talk says."""
    path = f"/community/message-threads/{talk.id}/messages"
    return requests.post(path, {"text": towns.TEXT}, account_id=talk.writer_id)


async def _turn(loaded: load.Load, listeners: sweeping.Listeners, wish: wishes.Wishes) -> figures.Turn:
    # The first message of all makes threads unread, which is a frame as well.
    await loaded.closed(wish.warm_up_seconds)
    await asyncio.sleep(LAG_SECONDS_MAX)
    before = listeners.messages
    answered = loaded.answered
    turn = await loaded.closed(wish.seconds)
    due = (loaded.answered - answered) * towns.TALK_LISTENERS
    async with asyncio.timeout(LAG_SECONDS_MAX):
        while listeners.messages - before < due:
            await asyncio.sleep(0.005)
    return turn
