"""account create|promote|disable|enable|list|sessions|sign-out: what an operator does to accounts."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from handlers.core import accounts, audit, operators
from handlers.core import context as context_
from handlers.pages.operator import outputs
from handlers.rest import writing
from server.commands import acts, lines

NOBODY = "there is no such account"
# As the APIs take them: a longer password would sign in to none.
CHARACTERS_MAX = {"first name": 200, "last name": 200, "password": 1024}


@click.group()
def account() -> None:
    """Create, promote, disable, enable, list and sign out accounts."""


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
    _require_fit({"first name": first_name, "last name": last_name, "password": password})

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


def _require_fit(texts: Mapping[str, str | None]) -> None:
    for noun, text in texts.items():
        if text is not None and len(text) > CHARACTERS_MAX[noun]:
            acts.fail(f"a {noun} has at most {CHARACTERS_MAX[noun]} characters")
        if text is not None and "\0" in text:
            acts.fail(f"a {noun} has no NUL")


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


@account.command("list")
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(path: Path | None, is_json: bool) -> None:
    """List all accounts but the deleted, by their ids."""

    async def act(context: context_.Context) -> None:
        after: int | None = None
        while page := await operators.list_accounts(context, audit.COMMAND_LINE, after=after, most=lines.PAGE_ROWS):
            for row in page:
                fields = outputs.account(row)
                lines.echo(fields, is_json=is_json, columns=_columns(fields))
            after = page[-1].id

    acts.perform(path, act)


def _columns(row: outputs.Account) -> list[str]:
    roles = {"operator": row.is_operator, "coordinator": row.is_coordinator, "disabled": row.disabled_at is not None}
    told = [str(row.id), row.username or "-", row.email or "-", row.full_name]
    if row.community_id is not None:
        told.append(f"community {row.community_id}")
    return [*told, *(name for name, holds in roles.items() if holds)]


@account.command()
@click.argument("username")
@click.option("--json", "is_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def sessions(path: Path | None, username: str, is_json: bool) -> None:
    """Show where an account is signed in."""

    async def act(context: context_.Context) -> None:
        for row in await operators.list_sessions(context, audit.COMMAND_LINE, username):
            told = (row.id, row.api, writing.moment(row.created_at), writing.moment(row.last_seen_at), row.address)
            lines.echo(outputs.session(row), is_json=is_json, columns=(*told, row.user_agent))

    acts.perform(path, act, NotEntitled=NOBODY)


@account.command("sign-out")
@click.argument("username")
@click.pass_obj
def sign_out(path: Path | None, username: str) -> None:
    """End all sessions and sockets of an account."""

    async def act(context: context_.Context) -> None:
        ended = await operators.sign_out(context, audit.COMMAND_LINE, username)
        click.echo(f"{username} is signed out: {ended} session{'' if ended == 1 else 's'} ended.")

    acts.perform(path, act, NotEntitled=NOBODY)
