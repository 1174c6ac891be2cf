"""A load as a share of the bare hello's rate, the two taking turns on the same core."""

from collections.abc import Awaitable, Callable

from bench import figures, load, processes, requests, wishes


async def of_hello(
    hello: processes.Process, turn: Callable[[], Awaitable[figures.Turn]], wish: wishes.Wishes
) -> tuple[list[float], dict[str, float]]:
    """The share in each round, and the details of both."""
    bare = await load.Load.connect(hello, [requests.get("/")])
    hellos: list[figures.Turn] = []
    turns: list[figures.Turn] = []
    try:
        for _ in range(wish.rounds):
            hellos.append(await bare.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds))
            turns.append(await turn())
    finally:
        bare.close()
    shares = [one.per_second / other.per_second for one, other in zip(turns, hellos, strict=True)]
    details = figures.rates("hello", hellos) | figures.rates("measured", turns)
    # The same share on a core that had nothing else to do, as far as work can tell.
    details["share_by_work"] = round(details["hello_work_us"] / details["measured_work_us"], 3)
    details["measured_p99_ms"] = round(figures.median([one.percentile_ms(0.99) for one in turns]), 2)
    return shares, details
