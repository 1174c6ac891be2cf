"""Invoices for orders that were placed. Amounts are hundredths of the currency, units millionths of an allowance."""

from datetime import datetime

import msgspec

from storage import database as database_


class Invoice(msgspec.Struct, frozen=True):
    """What was asked for an order."""

    number: int
    order_id: int
    units: int
    unit_price_cents: int
    amount_cents: int
    currency: str
    language: str
    issued_at: datetime


async def issue(
    database: database_.Database,
    *,
    order_id: int,
    unit_price_cents: int,
    amount_cents: int,
    currency: str,
    language: str,
    now: datetime,
) -> int:
    """The next invoice's number, for an order whose row the caller holds. Locks: the number, until the commit."""
    number: int = await database.value(
        "invoices.issue",
        order_id=order_id,
        unit_price_cents=unit_price_cents,
        amount_cents=amount_cents,
        currency=currency,
        language=language,
        now=now,
    )
    return number


async def find_by_order(database: database_.Database, order_id: int) -> Invoice | None:
    """What was asked for an order, once it is placed."""
    return await database.maybe(Invoice, "invoices.find_by_order", order_id=order_id)
