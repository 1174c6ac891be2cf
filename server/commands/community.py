"""community create|mint: communities and their tokens."""

from decimal import Decimal
from pathlib import Path

import click

from handlers.core import audit, communities, ledger
from handlers.core import context as context_
from handlers.rest import amounts
from server.commands import acts, arguments


@click.group()
def community() -> None:
    """Create communities and mint their tokens."""


@community.command()
@click.argument("name")
@click.pass_obj
def create(path: Path | None, name: str) -> None:
    """Create a community and its token."""

    async def act(context: context_.Context) -> None:
        community_id = await communities.found(context, audit.COMMAND_LINE, name)
        click.echo(f"Community {community_id} ({name.strip()}) was created.")

    acts.perform(path, act)


@community.command()
@click.argument("community_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@click.argument("amount", type=arguments.Amount())
@click.pass_obj
def mint(path: Path | None, community_id: int, amount: Decimal) -> None:
    """Mint tokens to the community's coordinator."""

    async def act(context: context_.Context) -> None:
        units = amounts.units("amount", amount, decimals=ledger.TOKEN_DECIMALS)
        coordinator = await ledger.mint_to_coordinator(
            context, audit.COMMAND_LINE, community_id, units=units, description="minted"
        )
        click.echo(f"{amount} tokens were minted to {coordinator.username or coordinator.id}.")

    acts.perform(path, act, NotEntitled="there is no such community, or it has no coordinator")
