"""item add: what can be bought in the shop."""

from decimal import Decimal
from pathlib import Path

import click

from handlers.core import audit, items, ledger
from handlers.core import context as context_
from handlers.rest import amounts
from server.commands import acts, arguments


@click.group()
def item() -> None:
    """Put up items for the shop."""


@item.command()
@click.argument("name")
@click.argument("price", type=arguments.Amount())
@click.pass_obj
def add(path: Path | None, name: str, price: Decimal) -> None:
    """Put up an item; its price is whole credits."""

    async def act(context: context_.Context) -> None:
        units = amounts.units("price", price, decimals=ledger.CREDIT_DECIMALS)
        item_id = await items.put_up(context, audit.COMMAND_LINE, name=name, price=units)
        click.echo(f"Item {item_id} ({name.strip()}) was put up for {units} credits.")

    acts.perform(path, act)
