"""The phone that somebody is pushed to. Source: `apis/commons-os.md`, POST /users/:id/mobile-device; contract, 3."""

from handlers.core import audit, refusals, sessions
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import devices as rows
from storage import sessions as session_rows

TOKEN_CHARACTERS_MAX = 4096


async def bind(context: context_.Context, session: session_rows.Session, token: str) -> None:
    """The account of the session is pushed to this phone, and to no other. Others may share the phone.

    Refuses: Invalid (blank, too long), NotSignedIn (the session ended meanwhile).
    """
    if not token.strip() or len(token) > TOKEN_CHARACTERS_MAX:
        raise refusals.Invalid("pushNotificationToken", f"has 1 to {TOKEN_CHARACTERS_MAX} characters, not only spaces")
    assert session.account is not None
    account_id = session.account.id
    async with context.database.transaction():
        # Whoever signs out or deletes the account at this moment goes before, or unbinds it after.
        if not (
            await account_rows.lock(context.database, account_id)
            and await session_rows.lock(context.database, session.id)
        ):
            raise refusals.NotSignedIn
        await rows.upsert(
            context.database, account_id=account_id, token=token, session_id=session.id, now=context.clock.now()
        )


async def end_session(context: context_.Context, visit: audit.Visit, *, account_id: int, session_id: int) -> None:
    """Ends one of an account's sessions from another; a phone that it registered is pushed to no more.

    Announces: the end of the session. Refuses: NotEntitled (no session of theirs).
    """
    async with context.database.transaction():
        if not await session_rows.is_of(context.database, session_id, account_id=account_id):
            raise refusals.NotEntitled
        await sessions.end(context, session_id)
        await rows.delete_left(context.database, account_id)
        await audit.note(context, visit, "session ended", account_id=account_id, session=session_id)


async def sign_out(context: context_.Context, session: session_rows.Session) -> None:
    """Ends a session, and the account is no longer pushed to the phone that it registered.

    A phone that another session registered, which goes on, stays. Announces: the end of the session.
    """
    async with context.database.transaction():
        await sessions.end(context, session.id)
        if session.account is not None:
            await rows.delete_left(context.database, session.account.id)
