"""Links that were mailed. A secret's hash, what it is for, and until when."""

from datetime import datetime

import msgspec

from storage import database as database_


class Code(msgspec.Struct, frozen=True):
    """What is known of a mailed secret. `email_current`: the account still has the address it was mailed to."""

    id: int
    account_id: int
    email: str
    expires_at: datetime
    voided_at: datetime | None
    account_gone: bool
    account_disabled: bool
    email_current: bool


async def insert(
    database: database_.Database,
    *,
    purpose: str,
    secret_hash: bytes,
    account_id: int,
    email: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Remembers a secret that is about to be mailed."""
    await database.run(
        "codes.insert",
        purpose=purpose,
        secret_hash=secret_hash,
        account_id=account_id,
        email=email,
        now=now,
        expires_at=expires_at,
    )


async def find(database: database_.Database, *, purpose: str, secret_hash: bytes) -> Code | None:
    """The secret of this purpose, also when it is expired or void."""
    return await database.maybe(Code, "codes.find", purpose=purpose, secret_hash=secret_hash)


async def void_all(database: database_.Database, account_id: int, *, now: datetime) -> None:
    """No outstanding secret of whatever purpose works any more."""
    await database.run("codes.void_all", account_id=account_id, now=now)


async def forget_addresses(database: database_.Database, account_id: int) -> None:
    """Where an account's secrets went is not kept any longer; that there were some is."""
    await database.run("codes.forget_addresses", account_id=account_id)


async def void(database: database_.Database, account_id: int, *, purposes: list[str], now: datetime) -> None:
    """No outstanding secret of these purposes works any more."""
    await database.run("codes.void", account_id=account_id, purposes=purposes, now=now)
