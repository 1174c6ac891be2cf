"""What is proven by mail: that an address is somebody's (confirmation), and the right to set a new password (reset).

A link's token is random, mailed once and kept as a hash; it is bound to its purpose, its account and the address it
went to. Mail scanners open links: following one twice does no harm.
"""

from datetime import timedelta
from enum import Enum

from handlers.core import attempts, audit, names, refusals, sessions, tokens
from handlers.core import context as context_
from mail import letters, outbox
from storage import accounts as account_rows
from storage import codes as rows
from storage import sessions as session_rows

CONFIRMATION = "confirmation"
RESET = "reset"
# Whom a letter is for that is never sent.
NOBODY = "nobody@hiroba.example"


class Led(Enum):
    """Where a link led: to what it is for, nowhere (bad, expired, used), or to an account that is gone."""

    THERE = "there"
    NOWHERE = "nowhere"
    GONE = "gone"


async def _mail_link(context: context_.Context, purpose: str, account: account_rows.Account) -> None:
    """Writes a new link's hash and its letter, in the caller's transaction."""
    assert account.email is not None
    token = tokens.make()
    now = context.clock.now()
    links = context.settings.links
    await rows.insert(
        context.database,
        purpose=purpose,
        secret_hash=tokens.hash_of(token),
        account_id=account.id,
        email=account.email,
        now=now,
        expires_at=now + timedelta(seconds=links.ttl_seconds),
    )
    name = names.first_last(account)
    if purpose == CONFIRMATION:
        letter = letters.confirmation(
            account.email, name=name, link=links.confirmation_url + token, ttl_seconds=links.ttl_seconds
        )
    else:
        letter = letters.password_reset(
            account.email, name=name, link=links.reset_url + token, ttl_seconds=links.ttl_seconds
        )
    await outbox.put(context.database, context.keys, letter, now)
    context.database.after_commit(context.post.wake)


async def _mail_nobody(context: context_.Context) -> None:
    """The work of mailing a link, and no letter, in the caller's transaction.

    By how long the answer takes it would be found out who has an account. Source: contract, 4, answers are alike.
    """
    links = context.settings.links
    letter = letters.password_reset(
        NOBODY, name="", link=links.reset_url + tokens.make(), ttl_seconds=links.ttl_seconds
    )
    letter_id = await outbox.put(context.database, context.keys, letter, context.clock.now())
    await outbox.take_back(context.database, letter_id)
    context.database.after_commit(context.post.wake)


async def mail_confirmation(context: context_.Context, account: account_rows.Account) -> None:
    """Mails the link of a new registration, in the registration's own transaction. Counts for no limit."""
    await _mail_link(context, CONFIRMATION, account)


async def _find_recipient(context: context_.Context, login: str) -> account_rows.Account | None:
    """Who is to get a letter that was asked for, if somebody is and may have one more. Refuses: Throttled.

    A letter is asked for by an e-mail or a username. Each is counted by itself, so that a refusal never tells which
    username has which address; a username's address that had its share gets no letter, and the answer is the same.
    So it is with an address in letters that only PostgreSQL takes for the same ("İ" for "i").
    """
    await attempts.count_mail_request(context, login)
    account = await account_rows.find_by_login(context.database, login)
    if account is None or account.email is None or account.disabled_at is not None:
        return None
    return account if await has_room(context, account.email, asked_by=login) else None


async def has_room(context: context_.Context, email: str, *, asked_by: str) -> bool:
    """Whether a letter may go to this address, where it was asked for (and counted) by another name."""
    if email.lower() == asked_by.lower():
        return True
    try:
        await attempts.count_mail_request(context, email)
    except refusals.Throttled:
        return False
    return True


async def request_confirmation(context: context_.Context, login: str) -> None:
    """Mails the link again, if somebody has this address and has not confirmed it: the requester cannot tell.

    Refuses: Throttled. Source: `apis/whoami.md`, Resending User Confirmation Email.
    """
    account = await _find_recipient(context, login)
    async with context.database.transaction():
        if (
            account is not None
            and account.confirmed_at is None
            and await account_rows.lock(context.database, account.id)
        ):
            await _mail_link(context, CONFIRMATION, account)
        else:
            await _mail_nobody(context)


async def request_reset(context: context_.Context, visit: audit.Visit, login: str) -> None:
    """Mails a link to set a new password, if somebody has this address: the requester cannot tell.

    Refuses: Throttled. Source: `apis/whoami.md`, Password Reset Email Generation.
    """
    account = await _find_recipient(context, login)
    async with context.database.transaction():
        # Nothing is mailed to who was deleted a moment ago.
        if account is not None and await account_rows.lock(context.database, account.id):
            await _mail_link(context, RESET, account)
            await audit.note(context, visit, "password reset requested", account_id=account.id)
        else:
            await _mail_nobody(context)


async def confirm(context: context_.Context, visit: audit.Visit, token: str) -> Led:
    """The address is its owner's. Again is fine.

    Source: `apis/whoami.md`, Email Confirmation.
    """
    code = await rows.find(context.database, purpose=CONFIRMATION, secret_hash=tokens.hash_of(token))
    if code is None:
        return Led.NOWHERE
    if code.account_gone:
        return Led.GONE
    now = context.clock.now()
    if code.expires_at <= now or code.voided_at is not None or not code.email_current:
        return Led.NOWHERE
    async with context.database.transaction():
        if await account_rows.update_confirmed(context.database, code.account_id, now=now):
            await audit.note(context, visit, "e-mail confirmed", account_id=code.account_id)
    return Led.THERE


async def follow_reset(context: context_.Context, visit: audit.Visit, token: str) -> tuple[Led, str | None]:
    """Gives the browser's session the right to set the account's password once; it stays who it was.

    Answers where the link led, and the token of a new session if the browser had none. Signs nobody in. The link works
    until a password was set. Source: `apis/whoami.md`, Password Reset Confirm; contract, 4, Links.
    """
    code = await rows.find(context.database, purpose=RESET, secret_hash=tokens.hash_of(token))
    if code is None:
        return Led.NOWHERE, None
    if code.account_gone:
        return Led.GONE, None
    now = context.clock.now()
    if code.expires_at <= now or code.voided_at is not None or code.account_disabled or not code.email_current:
        return Led.NOWHERE, None
    opened = None
    async with context.database.transaction():
        # Whoever sets the password at this moment holds the row: the grant comes before, and goes, or not at all.
        await account_rows.lock(context.database, code.account_id)
        again = await rows.find(context.database, purpose=RESET, secret_hash=tokens.hash_of(token))
        if again is None or again.voided_at is not None:
            return Led.NOWHERE, None
        session_id = visit.session_id
        if session_id is None or visit.actor_id is None:
            # Also in place of a session of nobody: whoever slipped its cookie to this browser must not share the right.
            opened, session_id = await sessions.open_for_nobody(context, visit)
        await session_rows.insert_grant(
            context.database,
            session_id=session_id,
            account_id=code.account_id,
            expires_at=now + timedelta(seconds=context.settings.links.reset_grant_ttl_seconds),
        )
        await audit.note(context, visit, "password reset link followed", account_id=code.account_id)
    return Led.THERE, opened
