"""Buy orders: the document's /buy, /buy/cancel and /buy/place."""

import msgspec

from handlers.allowances import inputs, outputs, words
from handlers.core import ledger, orders, refusals
from handlers.rest import amounts, languages, queries, surface
from handlers.rest import ask as ask_
from mail import letters

routes = surface.Routes()


@routes.put("/buy", "Resource: /buy, Method: put", accepts=inputs.NewOrder, answers=outputs.Moved, previews=True)
async def put_buy(ask: ask_.Ask) -> outputs.Moved:
    """A new order, a draft that obliges to nothing."""
    order_id = await orders.draft(ask.context, ask.account, units=_units(ask.body.value))
    return outputs.Moved(body=words.CREATED, transaction_id=None if ask.is_preview else order_id)


@routes.get("/buy", "Resource: /buy, Method: get", query=queries.Page, answers=outputs.Said)
async def get_buy(ask: ask_.Ask) -> outputs.Said:
    """All of one's own orders, the newest last."""
    page = ask.page()
    found = await orders.listed(ask.context, ask.account, after=page.after, before=page.before, most=page.most)
    return outputs.orders(ask.shown(page, found))


@routes.patch(
    "/buy", "Resource: /buy, Method: patch", accepts=inputs.RevisedOrder, answers=outputs.Moved, previews=True
)
async def patch_buy(ask: ask_.Ask) -> outputs.Moved:
    """Changes how many allowances a draft is for."""
    ask.require("transaction_id")
    order_id = ask.body.transaction_id
    await orders.revise(ask.context, ask.account, order_id, units=_units(ask.body.value))
    return outputs.Moved(body=words.UPDATED, transaction_id=order_id)


@routes.delete("/buy", "Resource: /buy, Method: delete", accepts=inputs.Order, answers=outputs.Moved, previews=True)
async def delete_buy(ask: ask_.Ask) -> outputs.Moved:
    """Forgets an order that was cancelled."""
    ask.require("transaction_id")
    await orders.remove(ask.context, ask.account, ask.body.transaction_id)
    return outputs.Moved(body=words.DELETED, transaction_id=ask.body.transaction_id)


@routes.post(
    "/buy/cancel",
    "Resource: /buy/cancel, Method: post",
    accepts=inputs.Order,
    answers=outputs.Moved,
    previews=True,
)
async def post_buy_cancel(ask: ask_.Ask) -> outputs.Moved:
    """Gives a draft up."""
    ask.require("transaction_id")
    await orders.cancel(ask.context, ask.account, ask.body.transaction_id)
    return outputs.Moved(body=words.CANCELLED, transaction_id=ask.body.transaction_id)


@routes.post(
    "/buy/place",
    "Resource: buy/place, Method: post",
    accepts=inputs.Order,
    answers=outputs.Moved,
    previews=True,
)
async def post_buy_place(ask: ask_.Ask) -> outputs.Moved:
    """Orders for good: the invoice is on its way, in the language that the request prefers."""
    ask.require("transaction_id")
    language = languages.preferred(ask.request, letters.LANGUAGES)
    await orders.place(ask.context, ask.account, ask.body.transaction_id, language=language)
    return outputs.Moved(body=words.PROCESSING, transaction_id=ask.body.transaction_id)


def _units(value: msgspec.Raw | msgspec.UnsetType) -> int:
    """Refuses: Missing, Invalid."""
    if value is msgspec.UNSET or bytes(value) == amounts.NULL:
        raise refusals.Missing("value")
    return amounts.units("value", amounts.read("value", value), decimals=ledger.ALLOWANCE_DECIMALS)
