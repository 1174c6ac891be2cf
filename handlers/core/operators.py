"""What only an operator may do to an account, by the command line or by the operator's pages. Every act is audited."""

from handlers.core import audit, refusals, sessions
from handlers.core import context as context_
from storage import accounts as rows


async def find(context: context_.Context, username: str) -> rows.Account:
    """The account of this username or e-mail. Refuses: NotEntitled."""
    account = await rows.find_by_login(context.database, username)
    if account is None:
        raise refusals.NotEntitled
    return account


async def promote_operator(context: context_.Context, visit: audit.Visit, username: str) -> rows.Account:
    """Makes an account an operator. Refuses: NotEntitled."""
    async with context.database.transaction():
        account = await find(context, username)
        if await rows.update_operator(context.database, account.id, now=context.clock.now()):
            await audit.note(context, visit, "operator promoted", account_id=account.id)
    return account


async def promote_coordinator(context: context_.Context, visit: audit.Visit, username: str) -> rows.Account:
    """Makes an account the coordinator of its community; whoever was it is no longer.

    Refuses: NotEntitled, NoCommunity.
    """
    async with context.database.transaction():
        account = await find(context, username)
        if account.community_id is None:
            raise refusals.NoCommunity
        if not account.is_coordinator:
            await rows.update_coordinator(
                context.database, account.id, community_id=account.community_id, now=context.clock.now()
            )
            await audit.note(
                context, visit, "coordinator promoted", account_id=account.id, community=account.community_id
            )
    return account


async def disable(context: context_.Context, visit: audit.Visit, username: str) -> rows.Account:
    """Shuts an account out. Announces: the end of its sessions. Refuses: NotEntitled."""
    now = context.clock.now()
    async with context.database.transaction():
        account = await find(context, username)
        if await rows.update_disabled(context.database, account.id, disabled_at=now, now=now):
            await sessions.end_all(context, account.id)
            await audit.note(context, visit, "account disabled", account_id=account.id)
    return account


async def enable(context: context_.Context, visit: audit.Visit, username: str) -> rows.Account:
    """Lets an account in again; it signs in anew. Refuses: NotEntitled."""
    async with context.database.transaction():
        account = await find(context, username)
        if await rows.update_disabled(context.database, account.id, disabled_at=None, now=context.clock.now()):
            await audit.note(context, visit, "account enabled", account_id=account.id)
    return account
