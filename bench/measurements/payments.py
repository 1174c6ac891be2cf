"""Payments: between random pairs of 1,000 accounts, and all with one hot account, beside pgbench on the same function.

Over HTTP each is also settled, chained and told; pgbench calls `ledger_pay` and nothing else, on a database of its own.
"""

import random
from collections.abc import Callable, Sequence

from bench import figures, load, pgbench, requests, towns, wishes
from bench import world as world_

PAYERS = 1_000
HOT_ID = 1
REQUESTS = 6_400
GROWTH_MAX = 1.2
SHARE_MIN = 0.6
P99 = 0.99

RANDOM = f"""
\\set payer random(1, {PAYERS})
\\set payee 1 + (:payer - 1 + random(1, {PAYERS} - 1)) % {PAYERS}
SELECT * FROM ledger_pay(:payer, :payee, NULL, 1, 'Lunch', now());
"""
# Half of them are paid by it, half are paid to it.
HOT = f"""
\\set other random(2, {PAYERS})
\\set pays random(0, 1)
\\set payer :pays * {HOT_ID} + (1 - :pays) * :other
\\set payee (1 - :pays) * {HOT_ID} + :pays * :other
SELECT * FROM ledger_pay(:payer, :payee, NULL, 1, 'Lunch', now());
"""

Pair = tuple[int, int]


async def measure(world: world_.World, wish: wishes.Wishes) -> list[figures.Figure]:
    """Two shares of pgbench, and what a payment costs when the ledger is long."""
    town, other = await world.purses("payments"), await world.purses("pgbench")
    found: list[figures.Figure] = []
    async with world.server(town) as server:
        for name, title, draw, script in (
            ("payments", "payments between random pairs of 1,000 accounts, share of pgbench", _any_pair, RANDOM),
            ("payments_hot", "payments with one hot account, share of pgbench", _hot_pair, HOT),
        ):
            paying = await load.Load.connect(server, _requests(draw), is_varied=True)
            turns: list[figures.Turn] = []
            bare: list[float] = []
            for _ in range(wish.rounds):
                bare.append(await pgbench.per_second(other.dsn, script, seconds=wish.seconds))
                turns.append(await paying.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds))
            paying.close()
            found.append(_share(name, title, turns, bare))
    found.append(await _growth(world, wish, town))
    return found


def _share(name: str, title: str, turns: Sequence[figures.Turn], bare: Sequence[float]) -> figures.Figure:
    rounds = [turn.per_second / rate for turn, rate in zip(turns, bare, strict=True)]
    return figures.Figure(
        name=name,
        title=title,
        relation="at least",
        target=SHARE_MIN,
        reached=figures.median(rounds),
        rounds=rounds,
        details={
            "pgbench_per_second": round(figures.median(bare), 1),
            **figures.rates("paid", turns),
            "paid_p99_ms": round(figures.median([turn.percentile_ms(P99) for turn in turns]), 2),
        },
    )


async def _growth(world: world_.World, wish: wishes.Wishes, small: towns.Town) -> figures.Figure:
    """As `growth` has it: two servers on two databases take turns."""
    large = await world.purses("long_ledger", entries=wish.large_entries)
    async with world.server(small) as of_small, world.server(large) as of_large:
        paying_small = await load.Load.connect(of_small, _requests(_any_pair), is_varied=True)
        paying_large = await load.Load.connect(of_large, _requests(_any_pair), is_varied=True)
        turns_small: list[figures.Turn] = []
        turns_large: list[figures.Turn] = []
        for _ in range(wish.rounds):
            turns_small.append(await paying_small.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds))
            turns_large.append(await paying_large.closed(wish.seconds, warm_up_seconds=wish.warm_up_seconds))
        paying_small.close()
        paying_large.close()
    rounds = [one.per_second / two.per_second for one, two in zip(turns_small, turns_large, strict=True)]
    return figures.Figure(
        name="growth_payment",
        title=f"cost of a payment at {wish.large_entries:,} entries, of that at {towns.SMALL_ENTRIES:,}",
        relation="at most",
        target=GROWTH_MAX,
        reached=figures.median(rounds),
        rounds=rounds,
        details=figures.rates("small", turns_small) | figures.rates("large", turns_large),
    )


def _any_pair() -> Pair:
    payer_id, payee_id = random.sample(range(1, PAYERS + 1), 2)
    return payer_id, payee_id


def _hot_pair() -> Pair:
    pair = HOT_ID, random.randint(2, PAYERS)
    return pair if random.random() < 0.5 else pair[::-1]


def _requests(draw: Callable[[], Pair]) -> list[bytes]:
    pairs = [draw() for _ in range(REQUESTS)]
    return [
        requests.post(
            "/community/transactions",
            {"beneficiaryId": payee_id, "amount": 0.01, "description": "Lunch"},
            account_id=payer_id,
        )
        for payer_id, payee_id in pairs
    ]
