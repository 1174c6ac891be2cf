"""Sessions: who is behind a token. Only a hash of each token is kept."""

from datetime import datetime
from typing import Any

import msgspec

from storage import accounts
from storage import database as database_


class Session(msgspec.Struct, frozen=True):
    """One sign-in of one browser or phone. `account` is None for a browser that merely followed a reset link."""

    id: int
    api: str
    opened_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    account: accounts.Account | None


class SessionRow(msgspec.Struct, frozen=True):
    """A session as its owner sees it in a list."""

    id: int
    api: str
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    address: str


def hash_and_session(*row: Any) -> tuple[bytes, Session]:
    """A row of session and account: the hash of its token, and the session."""
    account = accounts.Account(*row[6:]) if row[6] is not None else None
    return row[0], Session(row[1], row[2], row[3], row[4], row[5], account)


async def find_many(
    database: database_.Database, token_hashes: list[bytes], *, now: datetime, idle_since: datetime
) -> dict[bytes, Session]:
    """The live sessions among these, by the hash of their token. Those of disabled accounts are none."""
    rows = await database.all(
        hash_and_session, "sessions.find_many", token_hashes=token_hashes, now=now, idle_since=idle_since
    )
    return dict(rows)


async def insert(
    database: database_.Database,
    *,
    token_hash: bytes,
    api: str,
    account_id: int,
    password_hash: str | None,
    now: datetime,
    expires_at: datetime,
    address: str,
    user_agent: str,
) -> int | None:
    """A new session's id; None when the account or its password (if one is given) is not what it was any more."""
    return await database.value(
        "sessions.insert",
        token_hash=token_hash,
        api=api,
        account_id=account_id,
        password_hash=password_hash,
        now=now,
        expires_at=expires_at,
        address=address,
        user_agent=user_agent[:500],
    )


async def insert_nobody(
    database: database_.Database,
    *,
    token_hash: bytes,
    api: str,
    now: datetime,
    expires_at: datetime,
    address: str,
    user_agent: str,
) -> int:
    """A new session of nobody: its id."""
    return await database.value(
        "sessions.insert_nobody",
        token_hash=token_hash,
        api=api,
        now=now,
        expires_at=expires_at,
        address=address,
        user_agent=user_agent[:500],
    )


async def touch(database: database_.Database, session_ids: list[int], *, now: datetime, idle_since: datetime) -> None:
    """These were used at this moment. One that was idle too long by then stays over."""
    await database.run("sessions.touch", session_ids=session_ids, now=now, idle_since=idle_since)


async def update_lasting(database: database_.Database, session_id: int, *, expires_at: datetime) -> None:
    """It lives until then, whether or not it is used."""
    await database.run("sessions.update_lasting", session_id=session_id, expires_at=expires_at)


async def lock(database: database_.Database, session_id: int) -> bool:
    """Keeps a session from ending until the transaction does. False: it has ended."""
    return await database.value("sessions.lock", session_id=session_id) is not None


async def is_of(database: database_.Database, session_id: int, *, account_id: int) -> bool:
    """Whether there is this session and it is this account's; it does not end until the transaction does."""
    return await database.value("sessions.find_of", session_id=session_id, account_id=account_id) is not None


async def delete(database: database_.Database, session_id: int) -> int | None:
    """Ends one session; answers whose it was."""
    return await database.value("sessions.delete", session_id=session_id)


async def delete_by_account(database: database_.Database, account_id: int, *, but_id: int | None = None) -> list[int]:
    """Ends all sessions of an account, except one if it is named; answers which."""
    return await database.all(int, "sessions.delete_by_account", account_id=account_id, but_id=but_id)


async def delete_by_api(database: database_.Database, account_id: int, *, api: str) -> list[int]:
    """Ends the sessions that an account has at one API; answers which."""
    return await database.all(int, "sessions.delete_by_api", account_id=account_id, api=api)


async def lock_chosen(database: database_.Database) -> None:
    """Nobody else takes a token of their own choice until the transaction ends."""
    await database.value("sessions.lock_chosen")


async def find_expired(
    database: database_.Database, token_hash: bytes, *, now: datetime, idle_since: datetime
) -> int | None:
    """The session that still has this token though it has expired."""
    return await database.value("sessions.find_expired", token_hash=token_hash, now=now, idle_since=idle_since)


async def update_token(database: database_.Database, session_id: int, *, former_hash: bytes, token_hash: bytes) -> bool:
    """Gives a session another token. False: the former is not its own any more. Conflict: sessions_token_hash_key."""
    return bool(
        await database.run(
            "sessions.update_token", session_id=session_id, former_hash=former_hash, token_hash=token_hash
        )
    )


async def list_by_account(
    database: database_.Database, account_id: int, *, now: datetime, idle_since: datetime
) -> list[SessionRow]:
    """The live sessions of an account, oldest first."""
    return await database.all(
        SessionRow, "sessions.list_by_account", account_id=account_id, now=now, idle_since=idle_since
    )


async def insert_grant(database: database_.Database, *, session_id: int, account_id: int, expires_at: datetime) -> None:
    """This session may set that account's new password once; it replaces an earlier such right."""
    await database.run("sessions.insert_grant", session_id=session_id, account_id=account_id, expires_at=expires_at)


async def find_grant(database: database_.Database, session_id: int, *, now: datetime) -> int | None:
    """The account whose new password this session may set."""
    return await database.value("sessions.find_grant", session_id=session_id, now=now)


async def delete_grant(database: database_.Database, session_id: int, *, account_id: int, now: datetime) -> bool:
    """Uses up the right of this session to set that account's password. False: it has none (any more)."""
    return bool(await database.run("sessions.delete_grant", session_id=session_id, account_id=account_id, now=now))


async def delete_grants_by_account(database: database_.Database, account_id: int) -> None:
    """Nobody may set this account's password by an earlier link any more."""
    await database.run("sessions.delete_grants_by_account", account_id=account_id)
