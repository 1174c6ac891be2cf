"""What one can subscribe to in the shop of a phone's maker."""

from datetime import datetime

import msgspec

from storage import database as database_


class Product(msgspec.Struct, frozen=True):
    """One kind of subscription. `id` is a UUID, as text."""

    id: str
    type: str


async def insert(
    database: database_.Database, *, product_id: str, platform: str, product_type: str, now: datetime
) -> None:
    """Offers a product. Conflict: products_pkey."""
    await database.run("products.insert", product_id=product_id, platform=platform, type=product_type, now=now)


async def list_by_platform(
    database: database_.Database,
    platform: str,
    *,
    after: str | None = None,
    before: str | None = None,
    most: int,
) -> list[Product]:
    """What is offered on a platform ('ios' or 'android'), in the order in which it was. `after`, `before`: UUIDs."""
    return await database.all(Product, "products.list", platform=platform, after=after, before=before, most=most)
