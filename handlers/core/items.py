"""Items: what can be bought with credits. Source: `apis/ists16.md`; contract, 6."""

from handlers.core import audit, ledger, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import database as database_
from storage import items as rows

NAME_CHARACTERS_MAX = 200


async def put_up(context: context_.Context, visit: audit.Visit, *, name: str, price: int) -> int:
    """A new item; answers its id. *Units*: `price` is whole credits.

    Refuses: Invalid (a name that is empty, too long, unreadable or another item's; a price that is none).
    """
    name = name.strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise refusals.Invalid("name", f"has 1 to {NAME_CHARACTERS_MAX} characters that can be seen")
    if not 1 <= price <= ledger.UNITS_MAX:
        raise refusals.Invalid("price", "is above zero" if price < 1 else "is too large")
    try:
        async with context.database.transaction():
            item_id = await rows.insert(context.database, name=name, price=price, now=context.clock.now())
            await audit.note(context, visit, "item put up", item=item_id, name=name, price=price)
    except database_.Conflict as conflict:
        raise refusals.Invalid("name", "is another item's") from conflict
    return item_id


async def browse(
    context: context_.Context, *, after: int | None = None, before: int | None = None, most: int
) -> list[rows.Item]:
    """All there is to be bought, in the order in which it was put up."""
    return await rows.list_items(context.database, after=after, before=before, most=most)


async def buy(context: context_.Context, account: account_rows.Account, item_id: int) -> int:
    """Pays the item's price; answers the posting's id.

    Locks: as `ledger.spend_credits`. Refuses: NotEntitled (there is no such item), NotEnoughFunds.
    """
    item = await rows.find_by_id(context.database, item_id)
    if item is None:
        raise refusals.NotEntitled
    return await ledger.spend_credits(context, account, units=item.price, description=f"Bought {item.name}")
