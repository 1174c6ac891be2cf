"""What the command line can do an operator can do over HTTP: a command's words are its path."""

from collections.abc import Iterator

import click

from handlers.pages.operator import surface as operator
from handlers.rest import identity
from server import commands

# The process itself is nobody's to start from afar.
OF_THE_PROCESS = {"serve", "migrate", "demo"}


def leaves(command: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as its words."""
    if not isinstance(command, click.Group):
        yield words
        return
    for name, child in command.commands.items():
        yield from leaves(child, *words, name)


def test_every_command_has_its_route_and_no_route_is_without_a_command() -> None:
    acts = {"/" + "/".join(words) for words in leaves(commands.cli) if words[0] not in OF_THE_PROCESS}
    assert {route.path for route in operator.SURFACE.routes} == acts


def test_routes_are_named_after_their_commands_and_for_operators_only() -> None:
    for route in operator.SURFACE.routes:
        assert route.heading == route.path.removeprefix("/").replace("/", " ")
        assert route.who is identity.Who.OPERATOR
        assert route.handler.__doc__


def test_nothing_can_be_asked_from_pages_of_others() -> None:
    assert operator.SURFACE.is_same_origin
