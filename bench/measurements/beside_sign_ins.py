"""Reads beside sign-ins: what a reader waits at 30 % of the most reads, while passwords are checked without pause."""

import asyncio

from bench import figures, load, requests, wishes
from bench import world as world_
from bench.measurements import reads, sign_ins

SHARE_OF_MOST = 0.3
P99 = 0.99


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Quiet and beside sign-ins take turns. Latencies count from when a request was due."""
    town = await world.small()
    quiet: list[figures.Turn] = []
    beside: list[figures.Turn] = []
    async with world.server(town) as server:
        readers = [requests.get(reads.PATH, account_id=n) for n in range(1, load.CONNECTIONS + 1)]
        reading = await load.Load.connect(server, readers)
        signing = await sign_ins.connect(server)
        most = await reading.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds)
        rate = most.per_second * SHARE_OF_MOST
        for _ in range(wish.long_rounds):
            quiet.append(await reading.open(rate, wish.long_seconds))
            saturating = asyncio.create_task(signing.closed(wish.long_seconds + 2))
            # Until all who sign in are at it.
            await asyncio.sleep(1)
            beside.append(await reading.open(rate, wish.long_seconds))
            await saturating
        reading.close()
        signing.close()
    quiet_ms = figures.median([turn.percentile_ms(P99) for turn in quiet])
    beside_ms = figures.median([turn.percentile_ms(P99) for turn in beside])
    return [
        figures.Figure(
            name="beside_sign_ins",
            title="p99 of reads at 30 % of their most beside saturated sign-ins, of quiet",
            relation="at most",
            target=1.5,
            reached=beside_ms / quiet_ms,
            rounds=[one.percentile_ms(P99) / two.percentile_ms(P99) for one, two in zip(beside, quiet, strict=True)],
            details={
                "reads_per_second": round(rate),
                "quiet_p99_ms": round(quiet_ms, 2),
                "beside_p99_ms": round(beside_ms, 2),
                "quiet_p50_ms": round(figures.median([turn.percentile_ms(0.5) for turn in quiet]), 2),
                "beside_p50_ms": round(figures.median([turn.percentile_ms(0.5) for turn in beside]), 2),
                **figures.rates("quiet", quiet),
            },
        )
    ]
