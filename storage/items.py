"""Items that can be bought with credits."""

from datetime import datetime

import msgspec

from storage import database as database_


class Item(msgspec.Struct, frozen=True):
    """Something to be bought. *Units*: `price` is whole credits."""

    id: int
    name: str
    price: int


async def insert(database: database_.Database, *, name: str, price: int, now: datetime) -> int:
    """A new item's id. Conflict: items_name_key."""
    return await database.value("items.insert", name=name, price=price, now=now)


async def find_by_id(database: database_.Database, item_id: int) -> Item | None:
    """The item of this id."""
    return await database.maybe(Item, "items.find_by_id", item_id=item_id)


async def list_items(
    database: database_.Database, *, after: int | None = None, before: int | None = None, most: int
) -> list[Item]:
    """All items in the order of their ids; before an entry the nearest, after one the next."""
    return await database.all(Item, "items.list", after=after, before=before, most=most)
