"""Items: what there is, and buying it."""

from handlers.core import items
from handlers.rest import ask as ask_
from handlers.rest import identity, queries, surface
from handlers.shop import inputs, outputs

routes = surface.Routes()


@routes.post(
    "/items", "POST /items", accepts=inputs.Anything, query=queries.Page, answers=outputs.Items, who=identity.Who.NOBODY
)
async def post_items(ask: ask_.Ask) -> outputs.Items:
    """All there is to be bought, for everybody. The query string says which part."""
    page = ask.page()
    found = await items.browse(ask.context, after=page.after, before=page.before, most=page.most)
    return outputs.Items([outputs.item(one) for one in ask.shown(page, found)])


@routes.post("/buy", "POST /buy", accepts=inputs.Purchase, answers=outputs.Paid, previews=True)
async def post_buy(ask: ask_.Ask) -> outputs.Paid:
    """Buys an item at its price."""
    transaction_id = await items.buy(ask.context, ask.account, ask.body.item_id)
    return outputs.Paid(None if ask.is_preview else transaction_id)
