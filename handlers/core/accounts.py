"""Accounts: how somebody becomes one, changes it, and leaves. One account serves every API."""

from collections.abc import Awaitable, Callable

import msgspec

from handlers.core import audit, codes, passwords, refusals, sessions
from handlers.core import context as context_
from mail import letters, outbox
from storage import accounts as rows
from storage import ads as ad_rows
from storage import answers as answer_rows
from storage import attempts as attempt_rows
from storage import codes as code_rows
from storage import communities as community_rows
from storage import database as database_
from storage import devices as device_rows
from storage import gallery as gallery_rows
from storage import ledger as ledger_rows
from storage import media as media_rows
from storage import orders as order_rows
from storage import passcodes as passcode_rows
from storage import sessions as session_rows
from storage import waitlist as waitlist_rows

USERNAME_CHARACTERS_MAX = 64
# What an API writes of a new account beyond what all do, given its id, in the transaction that makes it.
Also = Callable[[int], Awaitable[None]]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody tells of themselves. None leaves it as it is."""

    first_name: str | None = None
    last_name: str | None = None
    description: str | None = None
    location: str | None = None


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """What a new account is made of. Without a community one can be joined later."""

    username: str | None
    email: str | None
    password: str
    profile: Profile = Profile()
    community_id: int | None = None


def require_email(email: str) -> None:
    """Refuses: InvalidEmail."""
    if not letters.deliverable(email) or "." not in email.partition("@")[2]:
        raise refusals.InvalidEmail


def require_username(username: str, *, characters_min: int = 1) -> None:
    """Refuses: InvalidUsername. Source: contract, 1: a username holds no "@"."""
    if len(username) < characters_min:
        raise refusals.InvalidUsername(f"at least {characters_min} character{'s' if characters_min > 1 else ''}")
    if len(username) > USERNAME_CHARACTERS_MAX:
        raise refusals.InvalidUsername(f"at most {USERNAME_CHARACTERS_MAX} characters")
    if "@" in username:
        raise refusals.InvalidUsername('no "@"')
    # Nor control characters, nor what cannot be seen: it would make a second "haru" that looks like the first.
    if not username.isprintable() or username != username.strip():
        raise refusals.InvalidUsername("no characters that cannot be seen and no space at its ends")


async def register(
    context: context_.Context,
    visit: audit.Visit,
    newcomer: Newcomer,
    *,
    is_confirmed: bool = False,
    password_hash: str | None = None,
    also: Also | None = None,
) -> rows.Account:
    """A new account. With an e-mail, the letter that confirms it is on its way when this returns.

    `is_confirmed`: somebody vouches for the e-mail, and no letter is written. `password_hash`: made before, by whoever
    calls this inside a transaction.
    Refuses: InvalidUsername, InvalidEmail, WeakPassword, EmailTaken, UsernameTaken, UnknownCommunity, Overloaded.
    """
    account, _ = await _register(
        context,
        visit,
        newcomer,
        is_confirmed=is_confirmed,
        signs_in=False,
        password_hash=password_hash,
        also=also,
    )
    return account


async def register_and_sign_in(context: context_.Context, visit: audit.Visit, newcomer: Newcomer) -> sessions.Opened:
    """A new account and its first session, both or neither. Refuses: as `register`."""
    _, opened = await _register(context, visit, newcomer, is_confirmed=False, signs_in=True)
    assert opened is not None
    return opened


async def _register(
    context: context_.Context,
    visit: audit.Visit,
    newcomer: Newcomer,
    *,
    is_confirmed: bool,
    signs_in: bool,
    password_hash: str | None = None,
    also: Also | None = None,
) -> tuple[rows.Account, sessions.Opened | None]:
    if newcomer.username is not None:
        require_username(newcomer.username)
    if newcomer.email is not None:
        require_email(newcomer.email)
    passwords.require_strength(newcomer.password)
    await _require_untaken(context, newcomer)
    if newcomer.community_id is not None:
        await _require_community(context, newcomer.community_id)
    if password_hash is None:
        password_hash = await context.hasher.hash(newcomer.password)
    now = context.clock.now()
    try:
        async with context.database.transaction():
            account_id = await rows.insert(
                context.database,
                username=newcomer.username,
                email=newcomer.email,
                password_hash=password_hash,
                **msgspec.structs.asdict(newcomer.profile),
                community_id=newcomer.community_id,
                confirmed_at=now if is_confirmed and newcomer.email is not None else None,
                now=now,
            )
            if also is not None:
                await also(account_id)
            if newcomer.community_id is not None:
                await ledger_rows.insert_holder_of_token(
                    context.database, account_id=account_id, community_id=newcomer.community_id
                )
            account = await rows.find_by_id(context.database, account_id)
            assert account is not None
            if account.email is not None and not is_confirmed:
                await codes.mail_confirmation(context, account)
            await audit.note(context, visit, "registered", account_id=account_id)
            opened = None
            if signs_in:
                opened = await sessions.open_for(context, visit, rows.Credentials(account_id, password_hash))
    except database_.Conflict as conflict:
        raise _taken(conflict) from conflict
    return account, opened


async def _require_untaken(context: context_.Context, newcomer: Newcomer) -> None:
    taken = await rows.find_taken(context.database, username=newcomer.username, email=newcomer.email)
    if taken.email:
        raise refusals.EmailTaken
    if taken.username:
        raise refusals.UsernameTaken


async def _require_community(context: context_.Context, community_id: int) -> None:
    if await community_rows.find_by_id(context.database, community_id) is None:
        raise refusals.UnknownCommunity


def _taken(conflict: database_.Conflict) -> Exception:
    """Somebody else was faster: the constraint's word as a refusal."""
    names = {"accounts_username_key": refusals.UsernameTaken, "accounts_email_key": refusals.EmailTaken}
    refusal = names.get(conflict.constraint)
    return conflict if refusal is None else refusal()


async def join(
    context: context_.Context, visit: audit.Visit, newcomer: Newcomer, *, login: str
) -> sessions.Opened | None:
    """An account made elsewhere joins its first community and is signed in; None if nobody has this login.

    Refuses: UsernameTaken for a wrong password and for an account that has a community, alike; Throttled, Overloaded,
    UnknownCommunity, EmailTaken, InvalidEmail. Source: contract, 1, joining through `create-account`.
    """
    if await rows.find_credentials(context.database, login) is None:
        return None
    community_id = newcomer.community_id
    assert community_id is not None
    await _require_community(context, community_id)
    if newcomer.email is not None:
        require_email(newcomer.email)
    try:
        found = await sessions.check(context, visit, login=login, password=newcomer.password)
    except refusals.WrongCredentials as wrong:
        raise refusals.UsernameTaken from wrong
    now = context.clock.now()
    try:
        async with context.database.transaction():
            joined = await rows.update_community(
                context.database,
                found.id,
                community_id=community_id,
                **msgspec.structs.asdict(newcomer.profile),
                now=now,
            )
            if not joined:
                raise refusals.UsernameTaken
            await ledger_rows.insert_holder_of_token(context.database, account_id=found.id, community_id=community_id)
            if newcomer.email is not None and await rows.update_email(
                context.database, found.id, email=newcomer.email, now=now
            ):
                account = await rows.find_by_id(context.database, found.id)
                assert account is not None
                await codes.mail_confirmation(context, account)
            await audit.note(context, visit, "joined a community", account_id=found.id, community=community_id)
            return await sessions.open_for(context, visit, found)
    except database_.Conflict as conflict:
        raise _taken(conflict) from conflict


async def revise(context: context_.Context, account: rows.Account, profile: Profile) -> rows.Account:
    """Changes what somebody tells of themselves; answers the account as it is now."""
    async with context.database.transaction():
        await rows.update_profile(
            context.database, account.id, **msgspec.structs.asdict(profile), now=context.clock.now()
        )
        revised = await rows.find_by_id(context.database, account.id)
    assert revised is not None
    return revised


async def set_password(
    context: context_.Context, visit: audit.Visit, account_id: int, password: str, *, but_session_id: int | None
) -> None:
    """A new password. Voids every link, grant and code of the account and every session but the one that did it.

    Refuses: WeakPassword, Overloaded, NotSignedIn (the account is gone). Source: contract, 2, Passwords.
    """
    passwords.require_strength(password)
    password_hash = await context.hasher.hash(password)
    await replace_password(context, visit, account_id, password_hash, but_session_id=but_session_id)


async def replace_password(
    context: context_.Context, visit: audit.Visit, account_id: int, password_hash: str, *, but_session_id: int | None
) -> None:
    """As `set_password`, with a hash made before. Refuses: NotSignedIn (the account is gone)."""
    now = context.clock.now()
    async with context.database.transaction():
        if not await rows.update_password(context.database, account_id, password_hash=password_hash, now=now):
            raise refusals.NotSignedIn
        await code_rows.void(context.database, account_id, purposes=[codes.RESET], now=now)
        await passcode_rows.void(context.database, account_id, now=now)
        await session_rows.delete_grants_by_account(context.database, account_id)
        await sessions.end_all(context, account_id, but_id=but_session_id)
        await audit.note(context, visit, "password set", account_id=account_id)


async def delete(context: context_.Context, visit: audit.Visit, account_id: int) -> rows.Account:
    """Makes an account anonymous: the row, its messages and its balances stay, all else goes. Answers what it was.

    Announces: the end of its sessions. Refuses: NotEntitled (it is gone already). Source: contract, 1, Deleting.
    """
    now = context.clock.now()
    async with context.database.transaction():
        if not await rows.lock(context.database, account_id):
            raise refusals.NotEntitled
        gone = await rows.find_by_id(context.database, account_id)
        assert gone is not None
        await sessions.end_all(context, account_id)
        await session_rows.delete_grants_by_account(context.database, account_id)
        await code_rows.void_all(context.database, account_id, now=now)
        await attempt_rows.delete_known_addresses(context.database, account_id)
        await code_rows.forget_addresses(context.database, account_id)
        await passcode_rows.delete(context.database, account_id)
        await answer_rows.delete_by_account(context.database, account_id)
        await ad_rows.delete_by_author(context.database, account_id)
        await device_rows.delete(context.database, account_id)
        await gallery_rows.delete_by_account(context.database, account_id)
        await order_rows.cancel_drafts(context.database, account_id, now=now)
        if gone.email is not None:
            await outbox.forget(context.database, gone.email)
            await waitlist_rows.delete(context.database, gone.email)
        await rows.update_deleted(context.database, account_id, now=now)
        # Once neither ad nor account shows them any more.
        await media_rows.delete_by_account(context.database, account_id)
        await audit.note(context, visit, "account deleted", account_id=account_id)
    return gone
