"""What only an operator may do to an account, by the command line or by the operator's API. Every act is audited.

So is what an operator looks at there; whoever sits at the command line could read the tables themselves.
"""

from datetime import datetime

from handlers.core import audit, ledger, refusals, sessions
from handlers.core import context as context_
from storage import accounts as rows
from storage import audit as audit_rows
from storage import devices as device_rows
from storage import ledger as ledger_rows
from storage import sessions as session_rows


async def find(context: context_.Context, username: str) -> rows.Account:
    """The account of this username or e-mail. Refuses: NotEntitled."""
    account = await rows.find_by_login(context.database, username)
    if account is None:
        raise refusals.NotEntitled
    return account


async def find_by_id(context: context_.Context, account_id: int) -> rows.Account:
    """The account of this id, as it is now. Refuses: NotEntitled."""
    account = await rows.find_by_id(context.database, account_id)
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
            if not await rows.update_coordinator(
                context.database, account.id, community_id=account.community_id, now=context.clock.now()
            ):
                # Deleted a moment ago.
                raise refusals.NotEntitled
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


async def sign_out(context: context_.Context, visit: audit.Visit, username: str) -> int:
    """Signs an account out everywhere, and no phone is pushed to for it; answers how many sessions ended.

    Announces: their end. Refuses: NotEntitled.
    """
    async with context.database.transaction():
        account = await find(context, username)
        ended = await sessions.end_all(context, account.id)
        await device_rows.delete(context.database, account.id)
        await audit.note(context, visit, "account signed out", account_id=account.id, sessions=len(ended))
    return len(ended)


async def list_accounts(
    context: context_.Context,
    visit: audit.Visit,
    *,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[rows.Account]:
    """Everybody who is not deleted, in the order of their ids."""
    found = await rows.list_accounts(context.database, after=after, before=before, most=most)
    await _note_look(context, visit, "accounts listed")
    return found


async def list_sessions(context: context_.Context, visit: audit.Visit, username: str) -> list[session_rows.SessionRow]:
    """Where an account is signed in, oldest first. Refuses: NotEntitled."""
    account = await find(context, username)
    found = await sessions.listed(context, account.id)
    await _note_look(context, visit, "sessions listed", account_id=account.id)
    return found


async def read_audit(
    context: context_.Context,
    visit: audit.Visit,
    *,
    username: str | None = None,
    since: datetime | None = None,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[audit_rows.Entry]:
    """Acts by or on an account (or all), since a moment (or ever), oldest first. Refuses: NotEntitled."""
    account = None if username is None else await find(context, username)
    account_id = None if account is None else account.id
    found = await audit.entries(
        context.database, account_id=account_id, since=since, after=after, before=before, most=most
    )
    await _note_look(context, visit, "audit read", account_id=account_id)
    return found


async def verify_ledger(context: context_.Context, visit: audit.Visit) -> ledger_rows.Fault | None:
    """Proves the books; answers the first row that does not fit."""
    fault = await ledger.verify(context)
    await _note_look(context, visit, "ledger verified")
    return fault


async def read_statement(
    context: context_.Context,
    visit: audit.Visit,
    username: str,
    *,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[ledger_rows.Entry]:
    """A part of an account's statement, as `ledger.part_of_statement`. Refuses: NotEntitled."""
    account = await find(context, username)
    found = await ledger.part_of_statement(context, account.id, after=after, before=before, most=most)
    await _note_look(context, visit, "statement read", account_id=account.id)
    return found


async def _note_look(
    context: context_.Context, visit: audit.Visit, what: str, *, account_id: int | None = None
) -> None:
    """Notes what an operator looked at. *Source*: contract, 9: every act in the audit log."""
    if visit.actor_id is not None:
        await audit.note(context, visit, what, account_id=account_id)
