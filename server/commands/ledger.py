"""ledger verify|statement: the books proven, and what is in them about one account."""

import csv
import io
from pathlib import Path

import click
import msgspec

from handlers.core import audit, operators
from handlers.core import context as context_
from handlers.core import ledger as ledger_
from handlers.rest import amounts, writing
from server.commands import acts, lines
from storage import ledger as rows

COLUMNS = ("wallet", "place", "posting", "time", "asset", "reason", "description", "amount", "balance")
# What a spreadsheet takes for the beginning of one; in Japan the wide forms, too.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@click.group()
def ledger() -> None:
    """Prove the books, and list an account's part of them."""


@ledger.command()
@click.pass_obj
def verify(path: Path | None) -> None:
    """Compute every balance and every chain of hashes anew; name the first row that does not fit."""

    async def act(context: context_.Context) -> None:
        fault = await operators.verify_ledger(context, audit.COMMAND_LINE)
        if fault is not None:
            acts.fail(f"{fault.noun} {fault.row_id}: {fault.reason}")
        click.echo("The ledger is sound.")

    acts.perform(path, act)


@ledger.command()
@click.argument("username")
@click.option("--csv", "is_csv", is_flag=True, help="As comma-separated values, with a line of headings.")
@click.pass_obj
def statement(path: Path | None, username: str, is_csv: bool) -> None:
    """List every entry of an account's wallets, with what was left after it."""

    async def act(context: context_.Context) -> None:
        account = await operators.find(context, username)
        if is_csv:
            click.echo(_csv(COLUMNS), nl=False)
        async for entry in ledger_.entries(context, account.id):
            if is_csv:
                harmless = msgspec.structs.replace(entry, description=_harmless(entry.description))
                click.echo(_csv(_fields(harmless)), nl=False)
            else:
                *_, time, asset, reason, description, amount, balance = _fields(entry)
                click.echo(lines.shown(f"{time}  {asset:9}  {amount:>18}  {balance:>18}  {reason}  {description}"))

    acts.perform(path, act)


def _fields(entry: rows.Entry) -> tuple[str, ...]:
    return (
        str(entry.wallet_id),
        str(entry.place),
        str(entry.posting_id),
        writing.moment(entry.settled_at or entry.at),
        entry.asset,
        entry.reason,
        entry.description,
        f"{amounts.number(entry.amount, decimals=entry.decimals):f}",
        f"{amounts.number(entry.balance, decimals=entry.decimals):f}",
    )


def _csv(fields: tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(fields)
    return written.getvalue()


def _harmless(text: str) -> str:
    """What begins like a formula would be one to a spreadsheet. Only descriptions come from outside."""
    return f"'{text}" if text.startswith(FORMULAS) else text
