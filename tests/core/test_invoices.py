"""Invoices: numbers without a gap, and what an order costs."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from handlers.core import context as context_
from handlers.core import invoices, orders
from storage import accounts as account_rows


async def test_numbers_have_no_gap_whatever_fails(
    core: context_.Context, trader: account_rows.Account, beside: Sequence[context_.Context]
) -> None:
    class Broken(Exception):
        pass

    async def broken(one: context_.Context, order_id: int) -> None:
        async with one.database.transaction():
            await orders.place(one, trader, order_id, language="en")
            raise Broken

    ids = [await orders.draft(core, trader, units=1_000_000) for _ in range(30)]
    places: list[Callable[[context_.Context, int], Awaitable[Any]]] = [
        broken, lambda one, order_id: orders.place(one, trader, order_id, language="ja"),
    ]  # fmt: skip
    acts = [
        places[number % 2](one, order_id)
        for number, (one, order_id) in enumerate(zip(itertools.cycle(beside), ids, strict=False))
    ]
    numbers = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(number for number in numbers if isinstance(number, int)) == list(range(1, 16))
    assert sum(isinstance(number, Broken) for number in numbers) == 15


@pytest.mark.parametrize(
    ("units", "price", "cents"),
    [
        (1_000_000, 2500, 2500),
        (12_500_000, 2500, 31_250),
        (1, 2500, 1),
        (1, 1, 1),
        (200, 2500, 1),
        (600, 2500, 2),
        (599, 2500, 1),
        (333_333, 2500, 833),
        (2**53, 100_000_000, 900_719_925_474_099_200),
    ],
)
def test_what_is_due_is_to_the_nearest_cent_and_never_nothing(units: int, price: int, cents: int) -> None:
    assert invoices.due_cents(units, unit_price_cents=price) == cents
