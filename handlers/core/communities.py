"""Communities: a town's people, their board and their token."""

from handlers.core import audit, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import communities as rows
from storage import database as database_
from storage import ledger as ledger_rows

NAME_CHARACTERS_MAX = 200


async def found(context: context_.Context, visit: audit.Visit, name: str) -> int:
    """A new community and its token; answers its id. Refuses: Invalid (empty, too long, or a name in use)."""
    name = name.strip()
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX:
        raise refusals.Invalid("name", f"has 1 to {NAME_CHARACTERS_MAX} characters")
    try:
        async with context.database.transaction():
            community_id = await rows.insert(context.database, name=name, now=context.clock.now())
            await ledger_rows.insert_token(context.database, community_id)
            await audit.note(context, visit, "community founded", community=community_id, name=name)
    except database_.Conflict as conflict:
        raise refusals.Invalid("name", "is another community's") from conflict
    return community_id


async def listed(
    context: context_.Context, *, after: int | None = None, before: int | None = None, most: int
) -> list[rows.Community]:
    """All communities, in the order of their ids."""
    return await rows.list_communities(context.database, after=after, before=before, most=most)


async def find_of(context: context_.Context, account: account_rows.Account) -> rows.Community | None:
    """The account's own, if it has one."""
    if account.community_id is None:
        return None
    return await rows.find_by_id(context.database, account.community_id)
