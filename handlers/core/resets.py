"""The right to set a new password, and its use: by a link that was followed, soon after signing in, by the old one."""

from datetime import timedelta

import msgspec

from handlers.core import accounts, audit, passwords, refusals, sessions
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import sessions as rows


class Right(msgspec.Struct, frozen=True):
    """Whose password a session may set now, and whether a link granted it (then it is good for one time)."""

    account_id: int
    session: rows.Session
    is_granted: bool


async def find_right(context: context_.Context, session: rows.Session | None, *, recent_sign_in_seconds: int) -> Right:
    """Whose password this session may set now: what a link granted goes before its own account.

    Refuses: NotSignedIn, SessionTooOld. Source: contract, 4, `PUT /reset_pw`.
    """
    if session is None:
        raise refusals.NotSignedIn
    now = context.clock.now()
    granted_id = await rows.find_grant(context.database, session.id, now=now)
    if granted_id is not None:
        return Right(granted_id, session, is_granted=True)
    if session.account is None:
        raise refusals.NotSignedIn
    if now - session.opened_at > timedelta(seconds=recent_sign_in_seconds):
        raise refusals.SessionTooOld
    return Right(session.account.id, session, is_granted=False)


async def find_account(context: context_.Context, right: Right) -> account_rows.Account | None:
    """Whose password it is."""
    return await account_rows.find_by_id(context.database, right.account_id)


async def use(context: context_.Context, visit: audit.Visit, right: Right, new_password: str) -> None:
    """Sets the password. Every other session of the account ends; the one that did it stays who it was.

    A link's right is used up, once, however many try at once; it never turns into the right to one's own account.
    *Locks*: the account. *Announces*: the end of the sessions.
    Refuses: WeakPassword, Overloaded; NotSignedIn or SessionTooOld when the right ended meanwhile.
    """
    passwords.require_strength(new_password)
    # Before the transaction: nobody holds a row while a password is hashed.
    password_hash = await context.hasher.hash(new_password)
    async with context.database.transaction():
        # Whoever sets the same password at this moment waits here, and then finds the right gone.
        if not await account_rows.lock(context.database, right.account_id) or not await _holds(context, right):
            raise refusals.NotSignedIn if right.session.account is None else refusals.SessionTooOld
        await accounts.replace_password(
            context, visit, right.account_id, password_hash, but_session_id=right.session.id
        )


async def _holds(context: context_.Context, right: Right) -> bool:
    if not right.is_granted:
        return await rows.lock(context.database, right.session.id)
    return await rows.delete_grant(
        context.database, right.session.id, account_id=right.account_id, now=context.clock.now()
    )


async def reset(
    context: context_.Context,
    visit: audit.Visit,
    session: rows.Session | None,
    new_password: str,
    *,
    recent_sign_in_seconds: int,
) -> None:
    """Sets the password that this session may set now. Refuses: as `find_right` and `use`."""
    right = await find_right(context, session, recent_sign_in_seconds=recent_sign_in_seconds)
    await use(context, visit, right, new_password)


async def change(
    context: context_.Context, visit: audit.Visit, session: rows.Session, *, old_password: str, new_password: str
) -> None:
    """Sets the password for whoever knows the old one. Every other session of the account ends; this one goes on.

    *Locks*: the account. *Announces*: the end of the sessions.
    Refuses: WeakPassword, Throttled, Overloaded, WrongCredentials; SessionTooOld when the session ended meanwhile.
    """
    passwords.require_strength(new_password)
    assert session.account is not None
    account_id, login = session.account.id, session.account.email or session.account.username or ""
    known = await sessions.check(context, visit, login=login, password=old_password)
    password_hash = await context.hasher.hash(new_password)
    async with context.database.transaction():
        if not await account_rows.lock(context.database, account_id) or not await rows.lock(
            context.database, session.id
        ):
            raise refusals.SessionTooOld
        # Of two who change it at once, the second tells a password that is old by then.
        if known.id != account_id or await account_rows.find_credentials(context.database, login) != known:
            raise refusals.WrongCredentials
        await accounts.replace_password(context, visit, account_id, password_hash, but_session_id=session.id)
