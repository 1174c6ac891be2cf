"""order complete: what an operator does when an invoice was paid."""

from pathlib import Path

import click

from handlers.core import audit, orders
from handlers.core import context as context_
from server.commands import acts


@click.group()
def order() -> None:
    """Complete orders of allowances."""


@order.command()
@click.argument("order_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@click.pass_obj
def complete(path: Path | None, order_id: int) -> None:
    """Mark an order's invoice as paid and credit the allowances, once."""

    async def act(context: context_.Context) -> None:
        completed = await orders.complete(context, audit.COMMAND_LINE, order_id)
        click.echo(f"Order {completed.id} is {completed.state}.")

    acts.perform(path, act, NotEntitled="there is no such order")
