"""Amounts: exact both ways, and nothing that is none."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core import refusals
from handlers.rest import amounts, writing


@pytest.mark.parametrize(
    ("text", "units"), [("20.50", 2050), ("20", 2000), ("0.01", 1), ("1e2", 10_000), ("90071992547409.92", 2**53)]
)
def test_numbers_become_minor_units(text: str, units: int) -> None:
    assert amounts.units("amount", Decimal(text), decimals=2) == units


@pytest.mark.parametrize(
    "text", ["0", "-1", "0.001", "NaN", "Infinity", "1e21", "1e-41", "90071992547409.93", "1." + "0" * 33 + "1"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(refusals.Invalid):
        amounts.units("amount", Decimal(text), decimals=2)


@given(st.integers(-(2**53), 2**53), st.sampled_from([0, 2, 6]))
def test_there_and_back_is_the_same_and_json_reads_it(units: int, decimals: int) -> None:
    number = amounts.number(units, decimals=decimals)
    assert number.scaleb(decimals) == units
    assert Decimal(writing.encoded(number).decode()) == number
    assert msgspec.json.decode(writing.encoded(number), type=Decimal) == number


def test_needless_zeros_are_left_out() -> None:
    assert writing.encoded([amounts.number(units, decimals=2) for units in (2050, 2000, 129901, 0, -5)]) == (
        b"[20.5,20,1299.01,0,-0.05]"
    )
