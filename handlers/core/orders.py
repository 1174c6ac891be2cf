"""Orders of allowances: drafted, placed against an invoice, completed when that is paid.

Every act locks the order first, so of several at once one moves it and the others find where it is then. What may move
where is the table below; the database holds the same one.
"""

from typing import NamedTuple

from handlers.core import audit, events, invoices, ledger, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import orders as rows
from storage import traders as trader_rows

DRAFT = "DRAFT"
PROCESSING = "PROCESSING"
COMPLETED = "COMPLETED"
CANCELLED = "CANCELLED"
# Told of an order that is no more; none is ever stored in it.
DELETED = "DELETED"


class Move(NamedTuple):
    """From one state to another."""

    source: str
    target: str


REVISE = Move(DRAFT, DRAFT)
PLACE = Move(DRAFT, PROCESSING)
CANCEL = Move(DRAFT, CANCELLED)
COMPLETE = Move(PROCESSING, COMPLETED)
REMOVE = Move(CANCELLED, DELETED)
MOVES = (REVISE, PLACE, CANCEL, COMPLETE, REMOVE)
"""All that there are. Source: contract, 7, States."""


async def draft(context: context_.Context, account: account_rows.Account, *, units: int) -> int:
    """A new order that obliges to nothing; answers its id. Units: millionths of an allowance.

    Refuses: Invalid (not above zero), NotSignedIn (the account is gone). Source: `apis/sixc.md`, /buy, put.
    """
    _require_units(units)
    async with context.database.transaction():
        order_id = await rows.insert(context.database, account_id=account.id, units=units, now=context.clock.now())
        if order_id is None:
            raise refusals.NotSignedIn
        events.announce(context)
    return order_id


async def listed(
    context: context_.Context,
    account: account_rows.Account,
    *,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[rows.Order]:
    """All of one's own, the newest last."""
    return await rows.list_by_account(context.database, account.id, after=after, before=before, most=most)


async def revise(context: context_.Context, account: account_rows.Account, order_id: int, *, units: int) -> None:
    """Changes how much a draft is for. Units: millionths of an allowance. Refuses: Invalid, NotEntitled, WrongState."""
    _require_units(units)
    async with context.database.transaction():
        order = await _hold(context, order_id, REVISE, account_id=account.id)
        await _move(context, order, REVISE, units=units)


async def cancel(context: context_.Context, account: account_rows.Account, order_id: int) -> None:
    """Gives a draft up. Refuses: NotEntitled, WrongState."""
    async with context.database.transaction():
        order = await _hold(context, order_id, CANCEL, account_id=account.id)
        await _move(context, order, CANCEL)


async def remove(context: context_.Context, account: account_rows.Account, order_id: int) -> None:
    """Forgets an order that was cancelled. Refuses: NotEntitled, WrongState."""
    async with context.database.transaction():
        order = await _hold(context, order_id, REMOVE, account_id=account.id)
        gone = await rows.delete(
            context.database, order.id, source=REMOVE.source, told=REMOVE.target, now=context.clock.now()
        )
        assert gone
        events.announce(context)


async def place(context: context_.Context, account: account_rows.Account, order_id: int, *, language: str) -> int:
    """Orders for good: from here on it is to be paid, and the invoice is on its way; answers that one's number.

    Locks: the account (which may be deleted at this moment), the order, the newest number of an invoice.
    Refuses: NotEntitled, WrongState, NoEmail, NotSignedIn (the account is gone).
    """
    async with context.database.transaction():
        if not await account_rows.lock(context.database, account.id):
            raise refusals.NotSignedIn
        order = await _hold(context, order_id, PLACE, account_id=account.id)
        trader = await trader_rows.find(context.database, account.id)
        if trader is None or trader.email is None:
            raise refusals.NoEmail
        number = await invoices.issue(context, order, trader, language=language)
        await _move(context, order, PLACE, invoice_number=number)
    return number


async def complete(context: context_.Context, visit: audit.Visit, order_id: int) -> rows.Order:
    """The invoice is paid: the allowances are in the owner's wallet, once. For operators.

    Locks: the order, then its owner's wallet. Refuses: NotEntitled, WrongState, Invalid (more than can be counted).
    """
    async with context.database.transaction():
        order = await _hold(context, order_id, COMPLETE)
        posting_id = await ledger.issue_allowances(
            context, order.account_id, units=order.units, description=f"order {order.id}"
        )
        completed = await _move(context, order, COMPLETE, posting_id=posting_id)
        await audit.note(context, visit, "order completed", account_id=order.account_id, order=order.id)
    return completed


def _require_units(units: int) -> None:
    if not 0 < units <= ledger.UNITS_MAX:
        raise refusals.Invalid("value", "is above zero")


async def _hold(context: context_.Context, order_id: int, move: Move, *, account_id: int | None = None) -> rows.Order:
    """The order, locked, and where the move begins. Refuses: NotEntitled (unknown, or another's), WrongState."""
    order = await rows.lock(context.database, order_id, account_id=account_id)
    if order is None:
        raise refusals.NotEntitled
    if order.state != move.source:
        raise refusals.WrongState(order.state)
    return order


async def _move(
    context: context_.Context,
    order: rows.Order,
    move: Move,
    *,
    units: int | None = None,
    invoice_number: int | None = None,
    posting_id: int | None = None,
) -> rows.Order:
    moved = await rows.move(
        context.database,
        order.id,
        source=move.source,
        target=move.target,
        units=units,
        invoice_number=invoice_number,
        posting_id=posting_id,
        now=context.clock.now(),
    )
    assert moved is not None
    events.announce(context)
    return moved
