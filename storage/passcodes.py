"""Codes that were mailed to change a password: one an account, by its hash. What is tried is counted here."""

from datetime import datetime

from storage import database as database_

RIGHT = "right"
SPENT = "spent"


async def upsert(
    database: database_.Database,
    account_id: int,
    *,
    secret_hash: bytes,
    email: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Remembers a code that is about to be mailed, in place of the account's former one."""
    await database.run(
        "passcodes.upsert",
        account_id=account_id,
        secret_hash=secret_hash,
        email=email,
        now=now,
        expires_at=expires_at,
    )


async def attempt(
    database: database_.Database, account_id: int, *, secret_hash: bytes, failures_max: int, now: datetime
) -> str:
    """Tries a code: RIGHT, SPENT, or any other word for a wrong one, which is counted. Locks the account's code."""
    return await database.value(
        "passcodes.try", account_id=account_id, secret_hash=secret_hash, failures_max=failures_max, now=now
    )


async def use(
    database: database_.Database, account_id: int, *, secret_hash: bytes, failures_max: int, now: datetime
) -> bool:
    """Uses a code up. False: it is not good (any more)."""
    return bool(
        await database.run(
            "passcodes.use", account_id=account_id, secret_hash=secret_hash, failures_max=failures_max, now=now
        )
    )


async def void(database: database_.Database, account_id: int, *, now: datetime) -> None:
    """The account's code works no more."""
    await database.run("passcodes.void", account_id=account_id, now=now)


async def delete(database: database_.Database, account_id: int) -> None:
    """Forgets that there was one, and where it went."""
    await database.run("passcodes.delete", account_id=account_id)
