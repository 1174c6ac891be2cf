"""shop credit: what can be spent in the shop."""

from decimal import Decimal
from pathlib import Path

import click

from handlers.core import audit, ledger, operators
from handlers.core import context as context_
from handlers.rest import amounts
from server.commands import acts, arguments


@click.group()
def shop() -> None:
    """Give out credits for the shop."""


@shop.command()
@click.argument("username")
@click.argument("amount", type=arguments.Amount())
@click.pass_obj
def credit(path: Path | None, username: str, amount: Decimal) -> None:
    """Give whole credits to an account, by its username or e-mail."""

    async def act(context: context_.Context) -> None:
        units = amounts.units("amount", amount, decimals=ledger.CREDIT_DECIMALS)
        account = await operators.find(context, username)
        await ledger.issue_credits(context, audit.COMMAND_LINE, account.id, units=units, description="Credited")
        click.echo(f"{units} credits were given to {account.username or account.email}.")

    acts.perform(path, act)
