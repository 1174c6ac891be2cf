"""What limits count. Kept here so that a restart forgives nothing and several processes count together."""

from datetime import datetime

import msgspec

from storage import database as database_


class SignIn(msgspec.Struct, frozen=True):
    """Keyed hashes of who tries to sign in, and from where; `pair` is both together."""

    pair: bytes
    address: bytes
    account: bytes


class SignInLimits(msgspec.Struct, frozen=True):
    """How many failures refuse whom."""

    pair_max: int
    address_max: int
    window_seconds: int
    account_max: int
    account_window_seconds: int


async def take(
    database: database_.Database, *, kind: str, key: bytes, most: int, window_seconds: int, now: datetime
) -> int:
    """Counts one event if there is room; answers the seconds to wait, 0 when it was counted."""
    return await database.value("attempts.take", kind=kind, key=key, most=most, window_seconds=window_seconds, now=now)


async def find_wait(
    database: database_.Database, *, kind: str, key: bytes, most: int, window_seconds: int, now: datetime
) -> int:
    """As `take` would answer, counting nothing."""
    return await database.value(
        "attempts.find_wait", kind=kind, key=key, most=most, window_seconds=window_seconds, now=now
    )


async def find_sign_in_wait(
    database: database_.Database, sign_in: SignIn, limits: SignInLimits, *, now: datetime
) -> int:
    """Seconds until this sign-in may be tried, 0 when now."""
    return await database.value(
        "attempts.find_sign_in_wait", **msgspec.structs.asdict(sign_in), **msgspec.structs.asdict(limits), now=now
    )


async def insert_failed_sign_in(
    database: database_.Database, sign_in: SignIn, limits: SignInLimits, *, now: datetime
) -> int:
    """Counts a failure; above 0 the room was used up meanwhile and these are the seconds to wait."""
    return await database.value(
        "attempts.insert_failed_sign_in", **msgspec.structs.asdict(sign_in), **msgspec.structs.asdict(limits), now=now
    )


async def upsert_known_address(database: database_.Database, *, key: bytes, account_id: int, now: datetime) -> None:
    """This account was signed in to from this address."""
    await database.run("attempts.upsert_known_address", key=key, account_id=account_id, now=now)


async def delete_known_addresses(database: database_.Database, account_id: int) -> None:
    """Forgets from where an account was signed in to."""
    await database.run("attempts.delete_known_addresses", account_id=account_id)
