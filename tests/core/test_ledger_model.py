"""The ledger walks beside a model of it that fits on a page, through whatever hypothesis thinks of, and never differs.

`make test-long ARGS=tests/core/test_ledger_model.py` takes 10,000 steps; MODEL_SEED is where they begin.
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

import hypothesis
import psycopg2
import pytest
from hypothesis import stateful
from hypothesis import strategies as st

from handlers.core import accounts, audit, ledger, orders, payments, refusals, settlement
from handlers.core import context as context_
from storage import accounts as account_rows
from tests import databases, people
from tests.core.modelled import Model, Rehearsed, Verdicts

STEPS = int(os.environ.get("MODEL_STEPS", "300"))
SEED = int(os.environ.get("MODEL_SEED", "1"))
STEPS_A_WALK = 50
# Everything is compared and the books are proven after so many steps, and at the end; after each, what it touched.
PROVEN_EVERY = 10
PEOPLE_MAX = 7
WALLETS = """
SELECT s.kind, w.account_id, sum(w.settled), sum(w.pending_debits)
  FROM wallets w JOIN assets s ON s.id = w.asset_id
 GROUP BY s.kind, w.account_id HAVING sum(w.settled) <> 0 OR sum(w.pending_debits) <> 0
"""
WHO = st.integers(0, PEOPLE_MAX - 1)
# Or so many more than there are.
MORE = 2**60
UNITS = st.one_of(st.integers(-1, 300), st.just(2**53), st.integers(MORE - 1, MORE + 1))
FEW = st.integers(1, 300)


class Walk(stateful.RuleBasedStateMachine):
    """Both beside each other. What `test_the_ledger_does_what_its_model_does` sets is the same for all walks."""

    core: context_.Context
    loop: asyncio.AbstractEventLoop
    cleaner: databases.Cleaner
    books: psycopg2.extensions.cursor
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.cleaner.clean()
        self.town = self.do(people.Town(self.core).found())
        self.model = Model()
        self.people: list[account_rows.Account] = []
        self.gone: set[int] = set()
        self.touched: set[int] = set()
        self.taken = 0

    def do(self, act: Coroutine[Any, Any, Any]) -> Any:
        """Waits, in the thread of hypothesis, for what is done in the loop."""
        return asyncio.run_coroutine_threadsafe(act, self.loop).result(30)

    def attempt(
        self, expected: type[refusals.Refusal] | None, act: Coroutine[Any, Any, Any], *, is_preview: bool = False
    ) -> Any:
        """What the act gives, which is refused exactly if that is expected; None: it has moved nothing."""

        async def rehearsed() -> None:
            async with self.core.database.transaction():
                await act
                raise Rehearsed

        given, refused = None, None
        try:
            given = self.do(rehearsed() if is_preview else act)
        except refusals.Refusal as refusal:
            refused = type(refusal)
        except Rehearsed:
            pass
        assert refused is expected
        return given

    def person(self, who: int) -> account_rows.Account:
        """Somebody who is still there."""
        here = [one for one in self.people if one.id not in self.gone]
        hypothesis.assume(here)
        return self._touch(here[who % len(here)])

    def anybody(self, who: int) -> account_rows.Account:
        """Somebody who may be gone."""
        hypothesis.assume(self.people)
        return self._touch(self.people[who % len(self.people)])

    def amount(self, units: int, asset: str, one: account_rows.Account) -> int:
        """Units, or what there is of them and so many more."""
        return units if units < MORE - 1 else units - MORE + self.model.available(asset, one.id)

    def _touch(self, one: account_rows.Account) -> account_rows.Account:
        self.touched.add(one.id)
        return one

    @stateful.initialize(places=st.lists(st.sampled_from(["kaga", "kaga", "shibuya", None]), min_size=3, max_size=4))
    def begin(self, places: list[str | None]) -> None:
        for place in ["kaga", *places]:
            self.register(place)
        for one in self.people:
            self._mint(one, 500)
            self._credit(one, 500)

    @stateful.precondition(lambda self: len(self.people) < PEOPLE_MAX)
    @stateful.rule(place=st.sampled_from(["kaga", "shibuya", None]))
    def register(self, place: str | None) -> None:
        newcomer = accounts.Newcomer(
            username=f"person{len(self.people)}",
            email=f"person{len(self.people)}@town.example",
            password=people.PASSWORD,
            community_id=getattr(self.town, place) if place else None,
        )
        self.people.append(self.do(accounts.register(self.core, audit.COMMAND_LINE, newcomer, is_confirmed=True)))

    @stateful.rule(who=WHO, units=FEW)
    def mint(self, who: int, units: int) -> None:
        self._mint(self.person(who), units)

    def _mint(self, one: account_rows.Account, units: int) -> None:
        expected = refusals.NoCommunity if one.community_id is None else None
        self.attempt(expected, ledger.mint(self.core, audit.COMMAND_LINE, one, units=units, description="minted"))
        if expected is None:
            (newest,) = self.do(ledger.movements(self.core, one.id, "token", most=1))
            self.model.move(newest.posting_id, "token", None, one.id, units)

    @stateful.rule(who=WHO, units=FEW)
    def credit(self, who: int, units: int) -> None:
        self._credit(self.person(who), units)

    def _credit(self, one: account_rows.Account, units: int) -> None:
        act = ledger.issue_credits(self.core, audit.COMMAND_LINE, one.id, units=units, description="credited")
        self.model.move(self.attempt(None, act), "credit", None, one.id, units)

    def refused(
        self, asset: str, one: account_rows.Account, other: account_rows.Account, units: int
    ) -> type[refusals.Refusal] | None:
        """Why so much cannot go from one to the other, in the order of the checks. Tokens stay in a community."""
        if units <= 0:
            return refusals.Invalid
        if one is other:
            return refusals.WithYourself
        if asset == "token" and one.community_id is None:
            return refusals.NoCommunity
        if other.id in self.gone or (asset == "token" and other.community_id != one.community_id):
            return refusals.UnknownRecipient
        return refusals.NotEnoughFunds if units > self.model.available(asset, one.id) else None

    @stateful.rule(who=WHO, whom=WHO, units=UNITS, is_preview=st.booleans())
    def pay(self, who: int, whom: int, units: int, is_preview: bool) -> None:
        one, other = self.person(who), self.anybody(whom)
        units = self.amount(units, "token", one)
        expected = self.refused("token", one, other, units)
        act = payments.pay(self.core, one, beneficiary_id=other.id, ad_id=None, units=units, description="soya")
        posting_id = self.attempt(expected, act, is_preview=is_preview)
        if posting_id is not None:
            self.model.hold(posting_id, "token", one.id, other.id, units)

    @stateful.rule(choices=st.integers(0, 2**16 - 1))
    def settle(self, choices: int) -> None:
        verdicts = Verdicts(choices)
        self.do(settlement.Settlement(self.core, verdicts, delay_seconds=0).settle())
        for posting_id, (_, source, target, _, state) in self.model.moves.items():
            if state == "pending" and verdicts.state(posting_id) != "pending":
                self.model.end(posting_id, verdicts.state(posting_id))
                self.touched |= {source, target}

    @stateful.rule(who=WHO, whom=WHO, units=UNITS, is_preview=st.booleans())
    def transfer(self, who: int, whom: int, units: int, is_preview: bool) -> None:
        one, other = self.person(who), self.anybody(whom)
        units = self.amount(units, "credit", one)
        expected = self.refused("credit", one, other, units)
        act = ledger.transfer_credits(self.core, one, recipient_id=other.id, units=units, description="lunch")
        posting_id = self.attempt(expected, act, is_preview=is_preview)
        if posting_id is not None:
            self.model.move(posting_id, "credit", one.id, other.id, units)

    @stateful.rule(who=WHO, units=FEW, is_preview=st.booleans())
    def spend(self, who: int, units: int, is_preview: bool) -> None:
        one = self.person(who)
        expected = refusals.NotEnoughFunds if units > self.model.available("credit", one.id) else None
        act = ledger.spend_credits(self.core, one, units=units, description="soda")
        posting_id = self.attempt(expected, act, is_preview=is_preview)
        if posting_id is not None:
            self.model.move(posting_id, "credit", one.id, None, units)

    @stateful.rule(who=WHO, units=FEW)
    def draft(self, who: int, units: int) -> None:
        one = self.person(who)
        order_id = self.attempt(None, orders.draft(self.core, one, units=units))
        self.model.orders[order_id] = [one.id, units, orders.DRAFT]

    @stateful.precondition(lambda self: self.model.orders)
    @stateful.rule(which=st.integers(0, 9), move=st.sampled_from([orders.PLACE, orders.CANCEL, orders.COMPLETE]))
    def advance(self, which: int, move: orders.Move) -> None:
        order_id = sorted(self.model.orders)[-1 - which % len(self.model.orders)]
        owner_id, units, state = self.model.orders[order_id]
        (owner,) = [one for one in self.people if one.id == owner_id]
        # Nobody who is gone asks for anything; an operator may still take their money.
        hypothesis.assume(move is orders.COMPLETE or owner_id not in self.gone)
        expected = None if state == move.source else refusals.WrongState
        act = {
            orders.PLACE: lambda: orders.place(self.core, owner, order_id, language="en"),
            orders.CANCEL: lambda: orders.cancel(self.core, owner, order_id),
            orders.COMPLETE: lambda: orders.complete(self.core, audit.COMMAND_LINE, order_id),
        }[move]()
        self.attempt(expected, act)
        if expected is None:
            self.model.orders[order_id][2] = move.target
        if expected is None and move is orders.COMPLETE:
            (newest,) = self.do(ledger.movements(self.core, owner_id, "allowance", most=1))
            self.model.move(newest.posting_id, "allowance", None, owner_id, units)

    @stateful.precondition(lambda self: len(self.people) - len(self.gone) > 2)
    @stateful.rule(who=WHO, is_sure=st.integers(0, 3))
    def delete(self, who: int, is_sure: int) -> None:
        hypothesis.assume(not is_sure)
        one = self.person(who)
        self.do(accounts.delete(self.core, audit.COMMAND_LINE, one.id))
        self.gone.add(one.id)
        for order in self.model.orders.values():
            if order[0] == one.id and order[2] == orders.DRAFT:
                order[2] = orders.CANCELLED

    @stateful.invariant()
    def is_the_same(self) -> None:
        type(self).steps += 1
        self.taken += 1
        self.books.execute(WALLETS)
        found = {(asset, who): (int(settled), int(held)) for asset, who, settled, held in self.books.fetchall()}
        keys = {*self.model.holds, *self.model.held}
        assert found == {
            key: (self.model.holds[key], self.model.held[key])
            for key in keys
            if self.model.holds[key] or self.model.held[key]
        }
        is_all = self.taken % PROVEN_EVERY == 0
        for one_id in [one.id for one in self.people] if is_all else self.touched:
            self.do(self._is_the_same_for(one_id))
        self.touched.clear()
        if is_all:
            assert self.do(ledger.verify(self.core)) is None

    def teardown(self) -> None:
        assert self.do(ledger.verify(self.core)) is None

    async def _is_the_same_for(self, who: int) -> None:
        """As the acts tell it, in place of the tables."""
        model, words = self.model, {"posted": "completed"}
        found = await account_rows.find_by_id(self.core.database, who)
        assert found is not None
        assert found.balance == model.available("token", who) >= 0
        for asset in ("token", "credit", "allowance"):
            moved = await ledger.movements(self.core, who, asset, most=10_000)
            assert [
                (one.posting_id, one.from_account_id, one.to_account_id, one.units, one.state) for one in moved
            ] == model.listed(asset, who)
            if asset != "token":
                assert await ledger.available(self.core, who, asset) == model.available(asset, who) >= 0
        paid = await payments.transactions(self.core, found, most=10_000)
        assert [(one.id, one.remitter.id, one.beneficiary.id, one.units, one.state) for one in paid] == [
            (*move[:4], words.get(move[4], move[4])) for move in model.listed("token", who) if move[1] is not None
        ]


async def test_the_ledger_does_what_its_model_does(
    core: context_.Context, cleaner: databases.Cleaner, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    loop, books = asyncio.get_running_loop(), connection.cursor()
    for name, value in {"core": core, "loop": loop, "cleaner": cleaner, "books": books, "steps": 0}.items():
        monkeypatch.setattr(Walk, name, value, raising=False)
    settings = hypothesis.settings(
        max_examples=max(1, STEPS // STEPS_A_WALK),
        stateful_step_count=STEPS_A_WALK,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    seed = SEED
    while Walk.steps < STEPS:
        walk = hypothesis.seed(seed)(Walk)
        try:
            await asyncio.to_thread(stateful.run_state_machine_as_test, walk, settings=settings)
        except BaseException as fault:
            fault.add_note(f"MODEL_SEED={seed}")
            raise
        seed += 1
    connection.close()
