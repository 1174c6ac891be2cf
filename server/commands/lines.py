"""What commands list: a line each, for people or, as JSON, for programs."""

from collections.abc import Iterable

import click
import msgspec

from handlers.rest import writing

# How many rows of a list are read at once.
PAGE_ROWS = 500


def echo(fields: msgspec.Struct, *, is_json: bool, columns: Iterable[object]) -> None:
    """One line on standard output; what people are shown of it is parted by tabs."""
    click.echo(writing.encoded(fields).decode() if is_json else "\t".join(shown(str(one)) for one in columns))


def shown(text: str) -> str:
    """A text as a terminal can be given it: nothing from outside moves its cursor or begins a line, nor a column.

    Somebody called "Emma<tab>operator" would be listed as an operator.
    """
    return "".join(one if one.isprintable() else "?" for one in text)
