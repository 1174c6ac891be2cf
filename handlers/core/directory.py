"""The directory of people: who is in it, and what operators do with them. Every change is audited.

Source: `apis/carbon.md`; contract, 5.
"""

import msgspec

from handlers.core import accounts, audit, refusals, sessions
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import directory as rows


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes into the directory. The password is hashed by whoever asks, before any transaction is open."""

    email: str
    password: str
    details: rows.Details


async def sign_in(context: context_.Context, visit: audit.Visit, *, login: str, password: str) -> sessions.Opened:
    """As `sessions.sign_in`, and tells who is unknown: contract, 5. The work is the same, and so are the limits.

    Refuses: Throttled, Overloaded, UnknownAccount, WrongCredentials.
    """
    try:
        return await sessions.sign_in(context, visit, login=login, password=password)
    except refusals.WrongCredentials:
        if await account_rows.find_credentials(context.database, login) is None:
            raise refusals.UnknownAccount from None
        raise


async def find(context: context_.Context, account_id: int) -> rows.Entry:
    """The person of this id. Refuses: NotEntitled."""
    entry = await rows.find(context.database, account_id)
    if entry is None:
        raise refusals.NotEntitled
    return entry


async def search(
    context: context_.Context,
    filters: rows.Filters,
    order: rows.Order,
    *,
    most: int,
    skipped: int = 0,
    after: int | None = None,
    before: int | None = None,
) -> list[rows.Found]:
    """People in this order: after an entry the next ones, before one the nearest; `skipped` are left out first."""
    return await rows.search(context.database, filters, order, most=most, skipped=skipped, after=after, before=before)


async def join(context: context_.Context, visit: audit.Visit, person: Person, *, password_hash: str) -> None:
    """Somebody registers. The letter that confirms the address is on its way when this returns. Refuses: EmailTaken."""
    await _register(context, visit, person, password_hash=password_hash, is_confirmed=False)


async def create(
    context: context_.Context, visit: audit.Visit, person: Person, *, password_hash: str, is_operator: bool
) -> None:
    """An operator makes an account, and perhaps another operator. The address counts as confirmed: they vouch for it.

    Refuses: EmailTaken.
    """
    async with context.database.transaction():
        account = await _register(context, visit, person, password_hash=password_hash, is_confirmed=True)
        await audit.note(context, visit, "account created", account_id=account.id)
        if is_operator and await account_rows.update_operator(context.database, account.id, now=context.clock.now()):
            await audit.note(context, visit, "operator promoted", account_id=account.id)


async def _register(
    context: context_.Context, visit: audit.Visit, person: Person, *, password_hash: str, is_confirmed: bool
) -> account_rows.Account:
    async def note_details(account_id: int) -> None:
        await rows.update(context.database, account_id, person.details, now=context.clock.now())

    return await accounts.register(
        context,
        visit,
        accounts.Newcomer(username=None, email=person.email, password=person.password),
        is_confirmed=is_confirmed,
        password_hash=password_hash,
        also=note_details,
    )


async def revise(
    context: context_.Context,
    visit: audit.Visit,
    account_id: int,
    details: rows.Details,
    *,
    email: str | None,
    password_hash: str | None,
) -> rows.Entry:
    """An operator changes an entry, and with a hash the password too, which signs the person out everywhere.

    `email` may be told, and is not changed. *Locks*: the account. Refuses: NotEntitled (no such account), EmailFixed.
    """
    async with context.database.transaction():
        if not await account_rows.lock(context.database, account_id):
            raise refusals.NotEntitled
        entry = await find(context, account_id)
        if email is not None and email.lower() != (entry.email or "").lower():
            raise refusals.EmailFixed
        await rows.update(context.database, account_id, details, now=context.clock.now())
        if password_hash is not None:
            await accounts.replace_password(context, visit, account_id, password_hash, but_session_id=visit.session_id)
        changed = [name for name, value in msgspec.structs.asdict(details).items() if value is not None]
        await audit.note(context, visit, "account changed", account_id=account_id, fields=" ".join(changed))
        return await find(context, account_id)
