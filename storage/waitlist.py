"""Who waits to be let in. Of the links that were mailed only a hash is kept."""

from datetime import datetime

import msgspec

from storage import database as database_


class Approval(msgspec.Struct, frozen=True):
    """What an address that an operator let in has done itself."""

    has_asked: bool
    is_confirmed: bool


async def insert_link(
    database: database_.Database, *, email: str, secret_hash: bytes, now: datetime, expires_at: datetime
) -> None:
    """This address asks (again) to be let in, and a link to prove whose it is is about to be mailed."""
    await database.run("waitlist.insert_link", email=email, secret_hash=secret_hash, now=now, expires_at=expires_at)


async def update_confirmed(database: database_.Database, *, secret_hash: bytes, now: datetime) -> bool:
    """Whoever asked has the address; again is fine. False: no such link works."""
    return bool(await database.run("waitlist.update_confirmed", secret_hash=secret_hash, now=now))


async def upsert_approved(database: database_.Database, *, email: str, now: datetime) -> Approval:
    """An operator lets this address in, before or after it asks."""
    return await database.one(Approval, "waitlist.upsert_approved", email=email, now=now)


async def is_let_in(database: database_.Database, email: str) -> bool:
    """Whether this address, in any case, is both confirmed and approved."""
    return await database.value("waitlist.is_let_in", email=email)


async def delete(database: database_.Database, email: str) -> bool:
    """Forgets an address, in any case. False: nobody knew it."""
    return bool(await database.run("waitlist.delete", email=email))
