"""What commands are told that click has no type for."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

import click

from handlers.core import refusals
from handlers.pages.operator import inputs


class Amount(click.ParamType):
    """A decimal number."""

    name = "amount"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Text to Decimal, or a usage error."""
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = None
        # As on the wire: Python also takes "1_0" for ten, and other scripts' digits.
        if amount is None or not value.isascii() or "_" in value:
            self.fail(f"{value} is no number", param, ctx)
        return amount


class Moment(click.ParamType):
    """A day or a moment."""

    name = "moment"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """As the operators' API reads one, or a usage error."""
        try:
            return inputs.moment("moment", value)
        except refusals.Invalid:
            self.fail(f"{value} is no day or moment, as in {inputs.MOMENTS}", param, ctx)
