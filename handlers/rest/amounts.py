"""Amounts on the wire and in the core: decimal numbers there, whole minor units here. No float in between."""

import functools
import re
from decimal import Context, Decimal
from typing import Annotated

import msgspec

from handlers.core import ledger, refusals

# What an input declares for an amount: read as it was written, because a float would not be, and neither would
# Python's own idea of a number ("1_000", other scripts' digits).
Amount = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": ["number", "string"]})]
NUMBER = re.compile(rb'("?)(-?[0-9]{1,60}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,9})?)\1')
# What stands for an amount that is not there.
NULL = b"null"
# More digits than any amount that passes the first checks has: nothing is rounded before it is looked at.
_EXACT = Context(prec=100)


def read(field: str, raw: msgspec.Raw) -> Decimal:
    """A JSON number, or a JSON string that holds one, digit by digit. Refuses: Invalid."""
    found = NUMBER.fullmatch(bytes(raw))
    if found is None:
        raise refusals.Invalid(field, "is no number")
    return Decimal(found[2].decode())


def units(field: str, amount: Decimal, *, decimals: int, least: int = 1) -> int:
    """20.5 of an asset with 2 decimals is 2050. Refuses: Invalid (NaN, too many decimals, too large, too small)."""
    if not amount.is_finite():
        raise refusals.Invalid(field, "is no number")
    if amount.adjusted() > 20:
        raise refusals.Invalid(field, "is too large")
    exponent = amount.as_tuple().exponent
    if amount and isinstance(exponent, int) and exponent < -40:
        raise refusals.Invalid(field, _coarse(decimals))
    scaled = _EXACT.scaleb(amount, decimals)
    if scaled != scaled.to_integral_value():
        raise refusals.Invalid(field, _coarse(decimals))
    if int(scaled) < least:
        raise refusals.Invalid(field, "is too small")
    if int(scaled) > ledger.UNITS_MAX:
        raise refusals.Invalid(field, "is too large")
    return int(scaled)


def _coarse(decimals: int) -> str:
    return f"has at most {decimals} decimals" if decimals else "is a whole number"


@functools.lru_cache(maxsize=10_000)
def number(units: int, *, decimals: int) -> Decimal:
    """2050 of an asset with 2 decimals is 20.5, without needless zeros, ready to be written as a JSON number."""
    # Kept, for the same amounts are shown again and again.
    whole, part = divmod(abs(units), 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
    text = f"{whole}.{digits}" if digits else str(whole)
    return Decimal(f"-{text}" if units < 0 else text)
