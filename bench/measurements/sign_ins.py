"""Sign-ins, beside bcrypt alone on the same core: what a sign-in costs beyond the hash of its password."""

import asyncio
import itertools
import sys

from bench import figures, load, processes, requests, towns, wishes
from bench import world as world_

# More than are worked on at once, fewer than are turned away.
LANES = 8


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Nothing else is asked meanwhile. Every connection signs in to an account of its own."""
    town = await world.small()
    alone: list[float] = []
    signed_in: list[figures.Turn] = []
    async with world.server(town) as server:
        loaded = await connect(server)
        await loaded.count(LANES)
        for _ in range(wish.rounds):
            alone.append(wish.sign_ins / await _bcrypt_seconds(world, wish.sign_ins))
            signed_in.append(await loaded.count(wish.sign_ins))
        loaded.close()
    rounds = [turn.per_second / rate for turn, rate in zip(signed_in, alone, strict=True)]
    details = {"bcrypt_per_second": round(figures.median(alone), 2)} | figures.rates("signed_in", signed_in)
    return [
        figures.Figure(
            name="sign_ins",
            title="sign-ins, share of bcrypt alone",
            relation="at least",
            target=0.9,
            reached=figures.median(rounds),
            rounds=rounds,
            details=details,
        )
    ]


async def connect(server: processes.Process) -> load.Load:
    """Connections of people who sign in again and again."""
    numbers = itertools.count(5001)
    logins = [
        requests.post("/community/login", {"username": towns.username(next(numbers)), "password": towns.PASSWORD})
        for _ in range(LANES)
    ]
    return await load.Load.connect(server, logins, lanes=LANES)


async def _bcrypt_seconds(world: world_.World, count: int) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.pinned", str(world.cores.server), "bench.hashing", str(count),
        cwd=processes.ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    return float(said)
