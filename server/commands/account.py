"""account create|promote|disable|enable: what an operator does to accounts."""

import sys
from pathlib import Path

import click

from handlers.core import accounts, audit, operators
from handlers.core import context as context_
from server.commands import acts

NOBODY = "there is no such account"


@click.group()
def account() -> None:
    """Create, promote, disable and enable accounts."""


@account.command()
@click.argument("username")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@click.option("--email", help="An e-mail, taken as confirmed.")
@click.option("--first-name")
@click.option("--last-name")
@click.option("--community", "community_id", type=click.IntRange(1, 2**63 - 1), help="The id of a community to join.")
@click.pass_obj
def create(
    path: Path | None,
    username: str,
    password_stdin: bool,
    email: str | None,
    first_name: str | None,
    last_name: str | None,
    community_id: int | None,
) -> None:
    """Create an account."""
    password = _password()

    async def act(context: context_.Context) -> None:
        newcomer = accounts.Newcomer(
            username=username,
            email=email,
            password=password,
            profile=accounts.Profile(first_name=first_name, last_name=last_name),
            community_id=community_id,
        )
        made = await accounts.register(context, audit.COMMAND_LINE, newcomer, is_confirmed=email is not None)
        click.echo(f"Account {made.id} ({username}) was created.")

    acts.perform(path, act)


def _password() -> str:
    """The first line of standard input."""
    line = sys.stdin.buffer.readline().rstrip(b"\r\n")
    try:
        return line.decode()
    except UnicodeDecodeError:
        acts.fail("the password on standard input is no text in UTF-8")


@account.command()
@click.argument("username")
@click.option("--operator", "role", flag_value="operator", help="Runs the platform.")
@click.option("--coordinator", "role", flag_value="coordinator", help="Runs the account's community.")
@click.pass_obj
def promote(path: Path | None, username: str, role: str | None) -> None:
    """Make an account an operator or its community's coordinator."""
    if role is None:
        raise click.UsageError("one of --operator and --coordinator is needed")

    async def act(context: context_.Context) -> None:
        if role == "operator":
            await operators.promote_operator(context, audit.COMMAND_LINE, username)
        else:
            await operators.promote_coordinator(context, audit.COMMAND_LINE, username)
        click.echo(f"{username} is {role} now.")

    acts.perform(path, act, NotEntitled=NOBODY)


@account.command()
@click.argument("username")
@click.pass_obj
def disable(path: Path | None, username: str) -> None:
    """Shut an account out: its sessions and sockets end."""

    async def act(context: context_.Context) -> None:
        await operators.disable(context, audit.COMMAND_LINE, username)
        click.echo(f"{username} is disabled.")

    acts.perform(path, act, NotEntitled=NOBODY)


@account.command()
@click.argument("username")
@click.pass_obj
def enable(path: Path | None, username: str) -> None:
    """Let a disabled account in again."""

    async def act(context: context_.Context) -> None:
        await operators.enable(context, audit.COMMAND_LINE, username)
        click.echo(f"{username} is enabled.")

    acts.perform(path, act, NotEntitled=NOBODY)
