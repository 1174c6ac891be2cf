"""What commands list: a line each, for people or, as JSON, for programs."""

import click
import msgspec

from handlers.rest import writing


def echo(fields: msgspec.Struct, *, is_json: bool, text: str) -> None:
    """One line on standard output."""
    click.echo(writing.encoded(fields).decode() if is_json else shown(text))


def shown(text: str) -> str:
    """A text as a terminal can be given it: nothing that came from outside moves its cursor or begins a line."""
    return "".join(one if one.isprintable() or one == "\t" else "?" for one in text)
