"""Orders of allowances. Units are millionths of an allowance."""

from datetime import datetime

import msgspec

from storage import database as database_


class Order(msgspec.Struct, frozen=True):
    """An order. `state` is DRAFT, PROCESSING, COMPLETED or CANCELLED."""

    id: int
    account_id: int
    units: int
    state: str
    created_at: datetime


async def insert(database: database_.Database, *, account_id: int, units: int, now: datetime) -> int | None:
    """A new draft's id; None when the account is gone. Told to the owner."""
    return await database.value("orders.insert", account_id=account_id, units=units, now=now)


async def list_by_account(
    database: database_.Database, account_id: int, *, after: int | None = None, before: int | None = None, most: int
) -> list[Order]:
    """An account's orders, in the order of their ids."""
    return await database.all(
        Order, "orders.list_by_account", account_id=account_id, after=after, before=before, most=most
    )


async def lock(database: database_.Database, order_id: int, *, account_id: int | None = None) -> Order | None:
    """Holds the order's row until the transaction ends; with an account only if the order is that account's."""
    return await database.maybe(Order, "orders.lock", order_id=order_id, account_id=account_id)


async def move(
    database: database_.Database,
    order_id: int,
    *,
    source: str,
    target: str,
    units: int | None = None,
    invoice_number: int | None = None,
    posting_id: int | None = None,
    now: datetime,
) -> Order | None:
    """From one state to another, with what it is given there; None when it is not in the first. Told to the owner."""
    return await database.maybe(
        Order,
        "orders.move",
        order_id=order_id,
        source=source,
        target=target,
        units=units,
        invoice_number=invoice_number,
        posting_id=posting_id,
        now=now,
    )


async def delete(database: database_.Database, order_id: int, *, source: str, told: str, now: datetime) -> bool:
    """Removes an order that is in a state; `told` is the owner's word for where it is now. False: it is not in it."""
    return bool(await database.value("orders.delete", order_id=order_id, source=source, told=told, now=now))


async def cancel_drafts(database: database_.Database, account_id: int, *, now: datetime) -> int:
    """Cancels all that an account has not placed, in the transaction that deletes it; answers how many."""
    return await database.value("orders.cancel_drafts", account_id=account_id, now=now)
