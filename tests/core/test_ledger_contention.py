"""Everything that moves money at once, between few wallets, from two processes: nobody waits in a circle."""

import asyncio
import contextlib
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import psycopg2
import pytest

from handlers.core import accounts, audit, ledger, operators, orders, payments, refusals, settlement
from storage import accounts as account_rows
from storage import payments as rows
from storage.database import Database
from tests import people

SECONDS = float(os.environ.get("CONTENTION_SECONDS", "2"))
SEED = 20260314
# Of each act at once, in each process.
HANDS = 2
CONNECTIONS = 16
REFUSED = (refusals.NotEnoughFunds, refusals.UnknownRecipient, refusals.NotEntitled, refusals.NotSignedIn)
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"

Act = Callable[[], Awaitable[object]]


class Moody:
    """An engine that lets every fifth payment fail."""

    async def submit(self, waiting: Sequence[rows.Pending]) -> Mapping[int, settlement.Outcome]:
        return {one.posting_id: settlement.Ended(is_posted=one.posting_id % 5 != 0) for one in waiting}

    async def poll(self, waiting: Sequence[rows.Pending]) -> Mapping[int, settlement.Ended]:
        return {}


class _Rehearsed(Exception):
    """Ends what was only tried."""


class Hands:
    """One process's part in it."""

    def __init__(self, town: people.Town, few: Sequence[account_rows.Account], chance: random.Random) -> None:
        self.town = town
        self.core = town.context
        self.done: Counter[str] = Counter()
        self.faults: list[Exception] = []
        self._few = few
        self._chance = chance
        self._settler = settlement.Settlement(self.core, Moody(), delay_seconds=0)

    def _two(self) -> list[account_rows.Account]:
        return self._chance.sample(list(self._few), 2)

    async def pay(self) -> None:
        """One of them another."""
        one, other = self._two()
        units = self._chance.randint(1, 50)
        await payments.pay(self.core, one, beneficiary_id=other.id, ad_id=None, units=units, description="soya")

    async def rehearse(self) -> None:
        """A payment and a transfer in a transaction that is given up."""
        one, other = self._two()
        with contextlib.suppress(_Rehearsed):
            async with self.core.database.transaction():
                await payments.pay(self.core, one, beneficiary_id=other.id, ad_id=None, units=1, description="soya")
                raise _Rehearsed

    async def settle(self) -> None:
        """All that is due, beside others who do the same."""
        await self._settler.settle()

    async def transfer(self) -> None:
        """Credits, there or back."""
        one, other = self._two()
        units = self._chance.randint(1, 50)
        await ledger.transfer_credits(self.core, one, recipient_id=other.id, units=units, description="lunch")

    async def spend(self) -> None:
        """Credits, for something."""
        await ledger.spend_credits(self.core, self._chance.choice(self._few), units=3, description="soda")

    async def mint(self) -> None:
        """Tokens for the coordinator, credits for anybody."""
        await ledger.mint_to_coordinator(self.core, audit.COMMAND_LINE, self.town.kaga, units=20, description="minted")
        one = self._chance.choice(self._few)
        await ledger.issue_credits(self.core, audit.COMMAND_LINE, one.id, units=20, description="credited")

    async def promote(self) -> None:
        """Somebody else coordinates."""
        name = self._chance.choice(self._few).username
        assert name is not None
        await operators.promote_coordinator(self.core, audit.COMMAND_LINE, name)

    async def order(self) -> None:
        """From the draft to the wallet."""
        one = self._chance.choice(self._few)
        order_id = await orders.draft(self.core, one, units=7)
        await orders.place(self.core, one, order_id, language="en")
        await orders.complete(self.core, audit.COMMAND_LINE, order_id)

    async def leave(self) -> None:
        """Somebody comes, is paid and pays, and goes while that is pending."""
        one, other = await newcomer(self.town), self._chance.choice(self._few)
        await ledger.mint(self.core, audit.COMMAND_LINE, one, units=9, description="minted")
        ended = await asyncio.gather(
            payments.pay(self.core, one, beneficiary_id=other.id, ad_id=None, units=4, description="soya"),
            payments.pay(self.core, other, beneficiary_id=one.id, ad_id=None, units=4, description="soya"),
            ledger.transfer_credits(self.core, other, recipient_id=one.id, units=1, description="lunch"),
            accounts.delete(self.core, audit.COMMAND_LINE, one.id),
            return_exceptions=True,
        )
        self.faults += [one for one in ended if isinstance(one, Exception) and not isinstance(one, REFUSED)]

    async def go_on(self, act: Act, until: float) -> None:
        """One act again and again."""
        name = act.__name__  # type: ignore[attr-defined]
        while time.monotonic() < until:
            try:
                await act()
                self.done[name] += 1
            except REFUSED as refusal:
                self.done[f"{name}: {type(refusal).__name__}"] += 1
            except Exception as fault:
                self.faults.append(fault)

    def at_work(self, until: float) -> list[Awaitable[None]]:
        """All acts, with all hands."""
        acts = [self.pay, self.rehearse, self.settle, self.transfer, self.spend, self.mint, self.promote]
        acts += [self.order, self.leave]
        return [self.go_on(act, until) for act in acts for _ in range(HANDS)]


NUMBERS = itertools.count(1)


async def newcomer(town: people.Town) -> account_rows.Account:
    """A member of Kaga who can be sent an invoice."""
    number = next(NUMBERS)
    return await accounts.register(
        town.context,
        audit.COMMAND_LINE,
        accounts.Newcomer(
            username=f"newcomer{number}",
            email=f"newcomer{number}@town.example",
            password=people.PASSWORD,
            community_id=town.kaga,
        ),
        is_confirmed=True,
    )


@pytest.fixture
async def both(town: people.Town, dsn: str) -> AsyncIterator[list[people.Town]]:
    """The same town as two processes have it."""
    opened = [
        await Database.open(dsn, connections_max=CONNECTIONS, acquire_timeout_seconds=10, statement_timeout_seconds=10)
        for _ in range(2)
    ]
    towns = [people.Town(people.core(database, town.context.clock)) for database in opened]
    for one in towns:
        one.kaga, one.shibuya = town.kaga, town.shibuya
    yield towns
    for database in opened:
        await database.close()


def deadlocks(dsn: str) -> int:
    """How many PostgreSQL has resolved in this database so far."""
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(DEADLOCKS)
        return int(cursor.fetchone()[0])


async def test_nobody_waits_in_a_circle(town: people.Town, both: list[people.Town], dsn: str) -> None:
    before = deadlocks(dsn)
    few = [await newcomer(town) for _ in range(3)]
    for one in few:
        await ledger.mint(town.context, audit.COMMAND_LINE, one, units=500, description="minted")
        await ledger.issue_credits(town.context, audit.COMMAND_LINE, one.id, units=500, description="credited")
    await operators.promote_coordinator(town.context, audit.COMMAND_LINE, few[0].username or "")
    hands = [Hands(one, few, random.Random(SEED + number)) for number, one in enumerate(both)]
    until = time.monotonic() + SECONDS
    await asyncio.gather(*(act for one in hands for act in one.at_work(until)))

    assert [fault for one in hands for fault in one.faults] == []
    done = hands[0].done + hands[1].done
    for name in ("pay", "rehearse", "settle", "transfer", "spend", "mint", "promote", "order", "leave"):
        assert done[name], done
    await hands[0].settle()
    assert await ledger.verify(town.context) is None
    # Those that ended a connection's last statement are counted when it says so, or goes.
    for one in both:
        await one.context.database.close()
    assert deadlocks(dsn) == before
