"""Codes that are mailed to change a password with: six characters, good for a few tries and one use.

So few characters are guessed unless tries are counted: they are, always and whatever limits are switched off, in the
database and before it is said that one was wrong. Source: `apis/carbon.md`, Change Password; contract, 5, The code.
"""

import secrets
import string
from datetime import timedelta

from handlers.core import accounts, attempts, audit, codes, names, refusals
from handlers.core import context as context_
from mail import letters, outbox
from storage import accounts as account_rows
from storage import passcodes as rows

CHARACTERS = 6
# None that look alike: people type them from one screen into another.
ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0OoIl1")))


def make() -> str:
    """A new one that nobody can guess in a few tries."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))


def _hash_of(context: context_.Context, account_id: int, code: str) -> bytes:
    # Keyed: of six characters a plain hash is soon found out.
    return context.keys.sign("passcode", f"{account_id} {code}".encode(errors="surrogatepass"))


async def _find_account(context: context_.Context, visit: audit.Visit, login: str) -> account_rows.Account:
    """Whose e-mail or username it is. Refuses: UnknownAccount; Throttled for an address that was told so too often."""
    account = await account_rows.find_by_login(context.database, login)
    if account is None or account.email is None:
        # Who has an account is not to be found out by asking for everybody.
        await attempts.count_guess(context, visit.address)
        raise refusals.UnknownAccount
    return account


async def request(context: context_.Context, visit: audit.Visit, login: str, *, ttl_seconds: int) -> None:
    """Mails a code, which replaces the one before. Without a word nothing is mailed to who is shut out.

    Refuses: UnknownAccount, Throttled. Source: `apis/carbon.md`, Request password reset.
    """
    await attempts.require_address(context, visit.address)
    await attempts.count_mail_request(context, login)
    account = await _find_account(context, visit, login)
    assert account.email is not None
    if account.disabled_at is not None or not await codes.has_room(context, account.email, asked_by=login):
        return
    code, now = make(), context.clock.now()
    letter = letters.password_code(account.email, name=names.first_last(account), code=code, ttl_seconds=ttl_seconds)
    async with context.database.transaction():
        if await account_rows.lock(context.database, account.id):
            await rows.upsert(
                context.database,
                account.id,
                secret_hash=_hash_of(context, account.id, code),
                email=account.email,
                now=now,
                expires_at=now + timedelta(seconds=ttl_seconds),
            )
            await outbox.put(context.database, context.keys, letter, now)
            await audit.note(context, visit, "password code requested", account_id=account.id)
            context.database.after_commit(context.post.wake)


async def redeem(
    context: context_.Context, visit: audit.Visit, *, login: str, code: str, password: str, failures_max: int
) -> None:
    """Sets the password of whoever the code was mailed to, once; all else that could set it is void then.

    *Locks*: the account. *Announces*: the end of its sessions.
    Refuses: UnknownAccount, Throttled, WrongCode, Overloaded. Source: `apis/carbon.md`, Change Password.
    """
    await attempts.require_address(context, visit.address)
    account = await _find_account(context, visit, login)
    secret_hash = _hash_of(context, account.id, code)
    outcome = await rows.attempt(
        context.database, account.id, secret_hash=secret_hash, failures_max=failures_max, now=context.clock.now()
    )
    if outcome != rows.RIGHT:
        raise refusals.WrongCode(is_spent=outcome == rows.SPENT)
    # Only now, and before the transaction: who guesses costs little, and nobody holds a row while a password is hashed.
    password_hash = await context.hasher.hash(password)
    async with context.database.transaction():
        # The account before its code, as everybody does who sets a password.
        is_there = await account_rows.lock(context.database, account.id)
        if not is_there or not await rows.use(
            context.database, account.id, secret_hash=secret_hash, failures_max=failures_max, now=context.clock.now()
        ):
            raise refusals.WrongCode(is_spent=True)
        await accounts.replace_password(context, visit, account.id, password_hash, but_session_id=None)
