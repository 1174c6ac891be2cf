"""shop credit, item add."""

from handlers.core import items, ledger, operators
from handlers.pages.operator import inputs, outputs
from handlers.rest import amounts, identity, surface
from handlers.rest import ask as ask_

routes = surface.Routes()


@routes.post(
    "/shop/credit",
    "shop credit",
    accepts=inputs.Credit,
    answers=outputs.Minted,
    who=identity.Who.OPERATOR,
    previews=True,
)
async def post_credit(ask: ask_.Ask) -> outputs.Minted:
    """Whole credits for an account."""
    units = amounts.units("amount", amounts.read("amount", ask.body.amount), decimals=ledger.CREDIT_DECIMALS)
    account = await operators.find(ask.context, ask.body.username)
    await ledger.issue_credits(ask.context, ask.visit, account.id, units=units, description="Credited")
    return outputs.Minted(account_id=account.id, amount=amounts.number(units, decimals=ledger.CREDIT_DECIMALS))


@routes.post(
    "/item/add",
    "item add",
    accepts=inputs.NewItem,
    answers=outputs.Item,
    who=identity.Who.OPERATOR,
    status=201,
)
async def post_add(ask: ask_.Ask) -> outputs.Item:
    """Puts up an item at a price in whole credits."""
    price = amounts.units("price", amounts.read("price", ask.body.price), decimals=ledger.CREDIT_DECIMALS)
    item_id = await items.put_up(ask.context, ask.visit, name=ask.body.name, price=price)
    return outputs.Item(id=item_id, name=ask.body.name.strip(), price=price)
