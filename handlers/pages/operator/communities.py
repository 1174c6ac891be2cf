"""community create, mint."""

from handlers.core import communities, ledger
from handlers.pages.operator import inputs, outputs
from handlers.rest import amounts, identity, surface
from handlers.rest import ask as ask_

routes = surface.Routes()


@routes.post(
    "/community/create",
    "community create",
    accepts=inputs.NewCommunity,
    answers=outputs.Community,
    who=identity.Who.OPERATOR,
    status=201,
)
async def post_create(ask: ask_.Ask) -> outputs.Community:
    """A new community and its token."""
    community_id = await communities.found(ask.context, ask.visit, ask.body.name)
    return outputs.Community(id=community_id, name=ask.body.name.strip())


@routes.post(
    "/community/mint",
    "community mint",
    accepts=inputs.Mint,
    answers=outputs.Minted,
    who=identity.Who.OPERATOR,
    previews=True,
)
async def post_mint(ask: ask_.Ask) -> outputs.Minted:
    """Tokens for the community's coordinator; refused when it has none."""
    units = amounts.units("amount", amounts.read("amount", ask.body.amount), decimals=ledger.TOKEN_DECIMALS)
    coordinator = await ledger.mint_to_coordinator(
        ask.context, ask.visit, ask.body.id, units=units, description="minted"
    )
    return outputs.Minted(account_id=coordinator.id, amount=amounts.number(units, decimals=ledger.TOKEN_DECIMALS))
