"""Who is signed in, how they came in and how they leave."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from handlers.core import attempts, audit, events, refusals, tokens
from handlers.core import clock as clock_
from handlers.core import context as context_
from handlers.core import settings as settings_
from storage import accounts as account_rows
from storage import database as database_
from storage import gathering
from storage import sessions as rows

# A session's last use is written at most this often, and a few times in its idle life: a read costs no write.
TOUCH_SECONDS = 60
TOUCHES_MIN = 4
TOUCH_DELAY_SECONDS = 0.5
# A token longer than this was never ours, and is not worth hashing.
TOKEN_CHARACTERS_MAX = 512


class Opened(msgspec.Struct, frozen=True):
    """A session that was just opened. The token is known to nobody but whom it is handed to."""

    token: str
    session_id: int
    account: account_rows.Account


class Lookups:
    """Finds sessions for requests: those of one turn of the loop share one query, and nothing is kept."""

    def __init__(self, database: database_.Database, clock: clock_.Clock, settings: settings_.Settings) -> None:
        self._database = database
        self._clock = clock
        self._idle_ttl = timedelta(seconds=settings.sessions.idle_ttl_seconds)
        self._touch_every = min(timedelta(seconds=TOUCH_SECONDS), self._idle_ttl / TOUCHES_MIN)
        # One query at a time: every request asks, and whoever comes while one is under way shares the next.
        self._gathered = gathering.Gathered(self._fetch, fetches_max=1)
        self._used: set[int] = set()
        self._touching: asyncio.Task | None = None

    async def _fetch(self, token_hashes: list[bytes]) -> dict[bytes, rows.Session]:
        now = self._clock.now()
        return await rows.find_many(self._database, token_hashes, now=now, idle_since=now - self._idle_ttl)

    async def find(self, token: str, *, api: str) -> rows.Session | None:
        """The live session behind a token that this API handed out."""
        if not token or len(token) > TOKEN_CHARACTERS_MAX:
            return None
        return await self.find_by_hash(tokens.hash_of(token), api=api)

    async def find_by_hash(self, token_hash: bytes, *, api: str) -> rows.Session | None:
        """The live session of this API whose token has this hash."""
        session = await self._gathered.find(token_hash)
        if session is None or session.api != api:
            return None
        self.note_use(session.id, noted_at=session.last_seen_at)
        return session

    async def find_first(self, shown: Sequence[tuple[str, str]]) -> rows.Session | None:
        """The first live session of somebody among these; each is an API and the token that it handed out."""
        if len(shown) == 1:
            ((api, token),) = shown
            found = [await self.find(token, api=api)]
        else:
            # Asked for in one turn of the loop, they share a query.
            found = await asyncio.gather(*(self.find(token, api=api) for api, token in shown))
        return next((one for one in found if one is not None and one.account is not None), None)

    def note_use(self, session_id: int, *, noted_at: datetime) -> datetime:
        """Somebody uses a session whose use was last noted then; answers when it was noted last, now perhaps."""
        now = self._clock.now()
        if now - noted_at < self._touch_every:
            return noted_at
        self._touch_soon(session_id)
        return now

    def _touch_soon(self, session_id: int) -> None:
        self._used.add(session_id)
        if self._touching is None or self._touching.done():
            self._touching = asyncio.create_task(self._touch())

    async def _touch(self) -> None:
        await asyncio.sleep(TOUCH_DELAY_SECONDS)
        used, self._used = list(self._used), set()
        # If the database is gone, the next use of each session says it again.
        with contextlib.suppress(database_.Unavailable):
            now = self._clock.now()
            await rows.touch(self._database, used, now=now, idle_since=now - self._idle_ttl)

    async def close(self) -> None:
        """Forgets uses not yet written: at most a minute of a session's idle time."""
        if self._touching is not None:
            self._touching.cancel()
            await asyncio.gather(self._touching, return_exceptions=True)


async def check(
    context: context_.Context, visit: audit.Visit, *, login: str, password: str
) -> account_rows.Credentials:
    """Whose e-mail or username and password these are; the work is the same whether or not the account exists.

    Refuses: Throttled, Overloaded, WrongCredentials. Source: contract, 2, Passwords and Limits.
    """
    found = await account_rows.find_credentials(context.database, login)
    sign_in = attempts.sign_in_of(
        context, login=login, account_id=None if found is None else found.id, address=visit.address
    )
    await attempts.require_sign_in(context, sign_in)
    right = await context.hasher.check(password, None if found is None else found.password_hash)
    async with context.database.transaction():
        if right and found is not None:
            # Many guesses sent at once: those that failed meanwhile may have used up the room, and the right one too
            # then tells nothing.
            await attempts.require_sign_in(context, sign_in)
            await attempts.remember_address(context, sign_in, found.id)
            return found
        await attempts.count_failed_sign_in(context, sign_in)
        await audit.note(context, visit, "sign-in failed", account_id=None if found is None else found.id)
    raise refusals.WrongCredentials


async def sign_in(context: context_.Context, visit: audit.Visit, *, login: str, password: str) -> Opened:
    """Opens a session for whoever has the right password; the visit's own session, if any, is replaced by it.

    Refuses: Throttled, Overloaded, WrongCredentials (also for a disabled account).
    """
    found = await check(context, visit, login=login, password=password)
    return await open_for(context, visit, found)


async def open_for(context: context_.Context, visit: audit.Visit, credentials: account_rows.Credentials) -> Opened:
    """Opens a session for an account whose password was checked.

    Refuses: WrongCredentials, when the account was disabled or its password changed since the check.
    """
    token = tokens.make()
    return await open_with(context, visit, credentials, token=token, token_hash=tokens.hash_of(token))


async def open_with(
    context: context_.Context,
    visit: audit.Visit,
    credentials: account_rows.Credentials,
    *,
    token: str,
    token_hash: bytes,
) -> Opened:
    """As `open_for`, with a token that was made elsewhere. Conflict: sessions_token_hash_key."""
    now = context.clock.now()
    async with context.database.transaction():
        session_id = await rows.insert(
            context.database,
            token_hash=token_hash,
            api=visit.api or "",
            account_id=credentials.id,
            password_hash=credentials.password_hash,
            now=now,
            expires_at=now + timedelta(seconds=context.settings.sessions.absolute_ttl_seconds),
            address=visit.address,
            user_agent=visit.user_agent,
        )
        if session_id is None:
            raise refusals.WrongCredentials
        if visit.session_id is not None:
            await end(context, visit.session_id)
        await audit.note(context, visit, "signed in", account_id=credentials.id)
        account = await account_rows.find_by_id(context.database, credentials.id)
    assert account is not None
    return Opened(token, session_id, account)


async def open_for_nobody(context: context_.Context, visit: audit.Visit) -> tuple[str, int]:
    """A session that is signed in as nobody, for a browser that followed a reset link: its token and its id."""
    now = context.clock.now()
    token = tokens.make()
    session_id = await rows.insert_nobody(
        context.database,
        token_hash=tokens.hash_of(token),
        api=visit.api or "",
        now=now,
        expires_at=now + timedelta(seconds=context.settings.sessions.absolute_ttl_seconds),
        address=visit.address,
        user_agent=visit.user_agent,
    )
    return token, session_id


async def is_there(context: context_.Context, session_id: int) -> bool:
    """Whether nobody has ended the session, for what goes on for long after it was looked up."""
    return await rows.lock(context.database, session_id)


async def end(context: context_.Context, session_id: int) -> None:
    """Signs out. Announces: the end of the session, which closes its sockets."""
    async with context.database.transaction():
        account_id = await rows.delete(context.database, session_id)
        if account_id is not None:
            await events.announce_sessions_ended(context, account_id, [session_id])


async def listed(context: context_.Context, account_id: int) -> list[rows.SessionRow]:
    """Where an account is signed in, whichever API it came through, oldest first."""
    now = context.clock.now()
    idle_since = now - timedelta(seconds=context.settings.sessions.idle_ttl_seconds)
    return await rows.list_by_account(context.database, account_id, now=now, idle_since=idle_since)


async def end_all(context: context_.Context, account_id: int, *, but_id: int | None = None) -> list[int]:
    """Signs an account out everywhere, or everywhere else; answers which sessions ended. Announces: their end."""
    async with context.database.transaction():
        ended = await rows.delete_by_account(context.database, account_id, but_id=but_id)
        if ended:
            await events.announce_sessions_ended(context, account_id, ended)
    return ended
