"""Invoices: what an order that was placed costs, and the letter that asks for it.

The number is known only inside the transaction that places the order, and a number that was taken must not be lost. So
the letter leaves its figures in the outbox, and its PDF is drawn by whoever carries it.
"""

from handlers.core import context as context_
from handlers.core import ledger, names
from mail import letters, outbox
from storage import invoices as rows
from storage import orders as order_rows
from storage import traders as trader_rows

UNITS_PER_ALLOWANCE: int = 10**ledger.ALLOWANCE_DECIMALS
CENTS_MIN = 1


async def issue(
    context: context_.Context, order: order_rows.Order, trader: trader_rows.Trader, *, language: str
) -> int:
    """Takes the next number and leaves the letter, in the transaction that places the order; answers the number."""
    assert trader.email is not None
    wishes, now = context.settings.invoices, context.clock.now()
    amount_cents = due_cents(order.units, unit_price_cents=wishes.unit_price_cents)
    number = await rows.issue(
        context.database,
        order_id=order.id,
        unit_price_cents=wishes.unit_price_cents,
        amount_cents=amount_cents,
        currency=wishes.currency,
        language=language,
        now=now,
    )
    letter = letters.invoice(
        trader.email,
        name=names.first_last(trader),
        organization=trader.organization or "",
        language=language,
        number=number,
        order_id=order.id,
        quantity=_decimal(order.units, decimals=ledger.ALLOWANCE_DECIMALS),
        unit_price=_money(wishes.unit_price_cents, wishes.currency),
        amount=_money(amount_cents, wishes.currency),
        issued_on=now.date(),
    )
    await outbox.put(context.database, context.keys, letter, now)
    context.database.after_commit(context.post.wake)
    return number


def due_cents(units: int, *, unit_price_cents: int) -> int:
    """What so many millionths of an allowance cost: to the nearest hundredth, halves up, and never nothing."""
    whole, rest = divmod(units * unit_price_cents, UNITS_PER_ALLOWANCE)
    return max(CENTS_MIN, whole + (2 * rest >= UNITS_PER_ALLOWANCE))


def _decimal(units: int, *, decimals: int) -> str:
    """12500000 with 6 decimals is "12.5"."""
    whole, part = divmod(units, 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def _money(cents: int, currency: str) -> str:
    """Always with both decimals: "12.50 USD"."""
    return f"{cents // 100}.{cents % 100:02d} {currency}"
