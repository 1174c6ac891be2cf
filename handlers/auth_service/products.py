"""What one can subscribe to: the document's getSubscriptionProduct, and the same in the plural."""

import uuid

from handlers.auth_service import asked, outputs
from handlers.core import products, refusals
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

routes = surface.Routes()
HEADING = "Get Subscription Products"


@routes.get(
    "/getSubscriptionProduct", HEADING, query=asked.Offer, answers=list[outputs.Product], who=identity.Who.NOBODY
)
async def get_subscription_product(ask: ask_.Ask) -> list[outputs.Product]:
    """The products of a platform (ios or android); none of any other."""
    return await _offered(ask)


@routes.get(
    "/getSubscriptionProducts", HEADING, query=asked.Offer, answers=list[outputs.Product], who=identity.Who.NOBODY
)
async def get_subscription_products(ask: ask_.Ask) -> list[outputs.Product]:
    """The same."""
    return await _offered(ask)


async def _offered(ask: ask_.Ask) -> list[outputs.Product]:
    page = ask_.Page(ask.limit(), None, None)
    before, after = _id(ask, "before"), _id(ask, "after")
    rows = await products.offered(ask.context, ask.query("platform"), after=after, before=before, most=page.most)
    return [outputs.Product(row.id, row.type) for row in ask.shown(page, rows)]


def _id(ask: ask_.Ask, name: str) -> str | None:
    """An entry's id, which here is a UUID. Refuses: Malformed."""
    text = ask.query(name)
    try:
        return None if text is None else str(uuid.UUID(text))
    except ValueError as fault:
        raise refusals.Malformed(f"{name} is the id of a product") from fault
