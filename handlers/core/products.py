"""Products to subscribe to in the shop of a phone's maker. Source: `apis/carbon.md`, Get Subscription Products."""

import uuid

from handlers.core import context as context_
from handlers.core import refusals
from storage import database as database_
from storage import products as rows

PLATFORMS = ("ios", "android")


async def offer(context: context_.Context, *, platform: str, product_type: str, product_id: str | None = None) -> str:
    """Puts a product last on a platform's list; answers its id, a UUID.

    Refuses: Invalid (no such platform, or offered already).
    """
    if platform not in PLATFORMS:
        raise refusals.Invalid("platform", f"is one of {', '.join(PLATFORMS)}")
    made = product_id or str(uuid.uuid4())
    try:
        await rows.insert(
            context.database, product_id=made, platform=platform, product_type=product_type, now=context.clock.now()
        )
    except database_.Conflict as conflict:
        raise refusals.Invalid("product", "is offered already") from conflict
    return made


async def offered(
    context: context_.Context, platform: str | None, *, after: str | None, before: str | None, most: int
) -> list[rows.Product]:
    """What is offered on a platform, in the order in which it was; nothing on one that there is not."""
    if platform not in PLATFORMS:
        return []
    return await rows.list_by_platform(context.database, platform, after=after, before=before, most=most)
