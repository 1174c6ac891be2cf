"""Orders: the moves that there are, whoever makes them and however many at once."""

import asyncio
import itertools
from collections.abc import Awaitable, Sequence
from typing import Any

import psycopg2
import pytest

from handlers.core import accounts as accounts_
from handlers.core import audit, events, ledger, orders, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import events as event_rows
from storage import invoices as invoice_rows
from storage import orders as rows
from tests import people

STATES = (orders.DRAFT, orders.PROCESSING, orders.COMPLETED, orders.CANCELLED)
UNITS = 12_500_000


async def an_order(core: context_.Context, trader: account_rows.Account, state: str = orders.DRAFT) -> int:
    order_id = await orders.draft(core, trader, units=UNITS)
    if state == orders.CANCELLED:
        await orders.cancel(core, trader, order_id)
    elif state != orders.DRAFT:
        await orders.place(core, trader, order_id, language="en")
    if state == orders.COMPLETED:
        await orders.complete(core, audit.COMMAND_LINE, order_id)
    return order_id


async def state_of(core: context_.Context, order_id: int) -> str | None:
    found = await rows.lock(core.database, order_id)
    return None if found is None else found.state


async def all_at_once(acts: Sequence[Awaitable[Any]]) -> list[Any]:
    """What each came to; only refusals for the state are among the exceptions."""
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, refusals.WrongState):
            raise outcome
    return outcomes


def won(outcomes: list[Any]) -> int:
    return sum(not isinstance(outcome, refusals.WrongState) for outcome in outcomes)


# --- the table of moves -----------------------------------------------------------------------------------------------


def test_the_table_is_the_contract_s() -> None:
    assert set(orders.MOVES) == {
        ("DRAFT", "DRAFT"),
        ("DRAFT", "PROCESSING"),
        ("DRAFT", "CANCELLED"),
        ("PROCESSING", "COMPLETED"),
        ("CANCELLED", "DELETED"),
    }


@pytest.mark.parametrize(("source", "target"), [*itertools.product(STATES, STATES)])
async def test_the_database_holds_the_same_table(
    core: context_.Context, trader: account_rows.Account, dsn: str, source: str, target: str
) -> None:
    order_id = await an_order(core, trader, source)
    given = {
        orders.PROCESSING: "invoice_number = invoice_issue(id, 1, 1, 'USD', 'en', now())",
        orders.COMPLETED: "posting_id = coalesce(posting_id, 0)",
    }.get(target, "units = units")
    if source in (orders.PROCESSING, orders.COMPLETED):
        # They have their invoice.
        given = given.partition("invoice_number")[0] or "units = units"
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SET ROLE hiroba_server")
        statement = f"UPDATE orders SET state = '{target}', {given} WHERE id = {order_id}"
        if (source, target) == orders.COMPLETE:
            # The move is one, the credit that is none is not.
            with pytest.raises(psycopg2.errors.ForeignKeyViolation):
                cursor.execute(statement)
        elif (source, target) in orders.MOVES:
            cursor.execute(statement)
            assert cursor.rowcount == 1
        else:
            with pytest.raises(psycopg2.errors.CheckViolation) as refused:
                cursor.execute(statement)
            assert refused.value.diag.constraint_name == "orders_moves"


@pytest.mark.parametrize("state", STATES)
async def test_only_what_was_cancelled_is_deleted(
    core: context_.Context, trader: account_rows.Account, dsn: str, state: str
) -> None:
    order_id = await an_order(core, trader, state)
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SET ROLE hiroba_server")
        statement = f"DELETE FROM orders WHERE id = {order_id}"
        if state == orders.CANCELLED:
            cursor.execute(statement)
            assert cursor.rowcount == 1
        else:
            with pytest.raises(psycopg2.errors.CheckViolation):
                cursor.execute(statement)


ILLEGAL = [
    ("UPDATE orders SET state = 'PROCESSING' WHERE state = 'DRAFT'", "orders_placed_has_invoice"),
    ("UPDATE orders SET units = units + 1 WHERE state = 'PROCESSING'", "orders_moves"),
    ("UPDATE orders SET units = 0 WHERE state = 'DRAFT'", "orders_units_check"),
    (
        "UPDATE orders o SET state = 'PROCESSING', invoice_number = (SELECT max(number) FROM invoices)"
        " WHERE state = 'DRAFT'",
        "orders_invoice_fkey",
    ),
    (
        "UPDATE orders o SET state = 'COMPLETED', posting_id = (SELECT max(posting_id) FROM orders)"
        " WHERE state = 'PROCESSING'",
        "orders_posting_key",
    ),
]


@pytest.mark.parametrize(("statement", "constraint"), ILLEGAL)
async def test_what_an_order_cannot_be_is_refused_by_the_database(
    core: context_.Context, trader: account_rows.Account, dsn: str, statement: str, constraint: str
) -> None:
    for state in STATES:
        await an_order(core, trader, state)
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SET ROLE hiroba_server")
        with pytest.raises(psycopg2.IntegrityError) as refused:
            cursor.execute(statement)
        assert refused.value.diag.constraint_name == constraint


@pytest.mark.parametrize("table", ["invoices", "invoice_numbers"])
async def test_the_server_writes_no_invoice_but_the_next(
    core: context_.Context, trader: account_rows.Account, dsn: str, table: str
) -> None:
    await an_order(core, trader, orders.PROCESSING)
    for statement in (
        f"DELETE FROM {table}",
        f"INSERT INTO {table} SELECT * FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
            cursor.execute("SET ROLE hiroba_server")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)


# --- races ------------------------------------------------------------------------------------------------------------


async def test_of_many_who_place_an_order_one_does(
    core: context_.Context, trader: account_rows.Account, beside: Sequence[context_.Context]
) -> None:
    for _ in range(5):
        order_id = await an_order(core, trader)
        outcomes = await all_at_once(
            [orders.place(one, trader, order_id, language="en") for one in (core, *beside) * 4]
        )
        assert won(outcomes) == 1
        assert await state_of(core, order_id) == orders.PROCESSING
    letters = await core.database.value("letters.count_waiting")
    assert letters == 5


async def test_an_order_is_placed_or_cancelled_and_never_both(
    core: context_.Context, trader: account_rows.Account, beside: Sequence[context_.Context]
) -> None:
    for turn in range(10):
        order_id = await an_order(core, trader)
        first, second = beside if turn % 2 else reversed(beside)
        placed, cancelled = await all_at_once(
            [orders.place(first, trader, order_id, language="en"), orders.cancel(second, trader, order_id)]
        )
        assert won([placed, cancelled]) == 1
        invoice = await invoice_rows.find_by_order(core.database, order_id)
        if isinstance(placed, refusals.WrongState):
            assert (placed.state, invoice, await state_of(core, order_id)) == ("CANCELLED", None, orders.CANCELLED)
        else:
            assert cancelled.state == "PROCESSING"
            assert invoice is not None
            assert (invoice.number, await state_of(core, order_id)) == (placed, orders.PROCESSING)


async def test_of_many_who_complete_an_order_one_credits_it(
    core: context_.Context, trader: account_rows.Account, beside: Sequence[context_.Context]
) -> None:
    for turn in range(1, 6):
        order_id = await an_order(core, trader, orders.PROCESSING)
        outcomes = await all_at_once(
            [orders.complete(one, audit.COMMAND_LINE, order_id) for one in (core, *beside) * 4]
        )
        assert won(outcomes) == 1
        assert await ledger.available(core, trader.id, "allowance") == turn * UNITS
    assert await ledger.verify(core) is None


async def test_a_draft_is_revised_before_it_is_placed_or_not_at_all(
    core: context_.Context, trader: account_rows.Account, beside: Sequence[context_.Context]
) -> None:
    for _ in range(10):
        order_id = await an_order(core, trader)
        await all_at_once(
            [
                orders.revise(beside[0], trader, order_id, units=1),
                orders.place(beside[1], trader, order_id, language="en"),
            ]
        )
        order = await rows.lock(core.database, order_id)
        invoice = await invoice_rows.find_by_order(core.database, order_id)
        assert order is not None
        assert invoice is not None
        assert order.units == invoice.units


async def test_whoever_leaves_while_an_order_is_made_leaves_no_draft(
    core: context_.Context, beside: Sequence[context_.Context]
) -> None:
    for turn in range(10):
        newcomer = accounts_.Newcomer(username=f"t{turn}", email=f"t{turn}@hiroba.example", password=people.PASSWORD)
        trader = await accounts_.register(core, audit.COMMAND_LINE, newcomer, is_confirmed=True)
        held = await an_order(core, trader)
        await asyncio.gather(
            accounts_.delete(beside[0], audit.COMMAND_LINE, trader.id),
            orders.draft(beside[1], trader, units=UNITS),
            orders.place(core, trader, held, language="en"),
            return_exceptions=True,
        )
        left = await rows.list_by_account(core.database, trader.id, most=10)
        assert {order.state for order in left} <= {orders.CANCELLED, orders.PROCESSING}
        for order in left:
            if order.state == orders.PROCESSING:
                assert (await orders.complete(core, audit.COMMAND_LINE, order.id)).state == orders.COMPLETED
    # Nor a letter to an address that is nobody's any more.
    assert await core.database.value("letters.count_waiting") == 0


# --- what is told -----------------------------------------------------------------------------------------------------


async def test_every_change_is_told_to_the_owner_whole(core: context_.Context, trader: account_rows.Account) -> None:
    start = await events.find_end(core)
    await orders.revise(core, trader, first := await an_order(core, trader), units=1)
    await orders.cancel(core, trader, first)
    await orders.remove(core, trader, first)
    second = await an_order(core, trader, orders.COMPLETED)
    told = [one for one in await events.Tail(core, start).advance() if one.kind == "order"]
    assert {tuple(one.recipient_ids) for one in told} == {(trader.id,)}
    subjects = [event_rows.order(one.subject) for one in told]
    assert [(one.order_id, one.state, one.units) for one in subjects] == [
        (first, "DRAFT", UNITS),
        (first, "DRAFT", 1),
        (first, "CANCELLED", 1),
        (first, "DELETED", 1),
        (second, "DRAFT", UNITS),
        (second, "PROCESSING", UNITS),
        (second, "COMPLETED", UNITS),
    ]
    assert {one.created_at for one in subjects} == {core.clock.now()}


async def test_what_is_refused_tells_nothing(core: context_.Context, trader: account_rows.Account) -> None:
    order_id = await an_order(core, trader, orders.PROCESSING)
    start = await events.find_end(core)
    await events.Tail(core, start).advance()
    start = await events.find_end(core)
    for act in (
        orders.cancel(core, trader, order_id),
        orders.remove(core, trader, order_id),
        orders.revise(core, trader, order_id, units=1),
        orders.place(core, trader, order_id, language="en"),
    ):
        with pytest.raises(refusals.WrongState):
            await act
    with pytest.raises(refusals.NotEntitled):
        await orders.complete(core, audit.COMMAND_LINE, order_id + 1)
    assert await events.Tail(core, start).advance() == []


async def test_completing_is_in_the_audit(core: context_.Context, trader: account_rows.Account) -> None:
    order_id = await an_order(core, trader, orders.COMPLETED)
    entries = await audit.entries(core.database, account_id=trader.id, most=50)
    assert [one.details for one in entries if one.act == "order completed"] == [f'{{"order": {order_id}}}']
