"""The ledger's wallets and postings. Amounts are whole minor units; only SQL functions write, and say what they did."""

from datetime import datetime
from typing import Literal

import msgspec

from storage import database as database_

# Assets that there is one of; tokens are one a community.
Kind = Literal["credit", "allowance"]
AnyKind = Literal["token", "credit", "allowance"]


class Posted(msgspec.Struct, frozen=True):
    """What became of an act: 'posted' or 'pending' with the posting's id, or why not."""

    outcome: str
    posting_id: int | None


class Movement(msgspec.Struct, frozen=True):
    """Units (above zero) that went from one holder to another. None: issuance or sales.

    `kind` is why: 'mint', 'credit', 'order', 'transfer', 'purchase' or 'payment'; `state` is 'pending', 'posted' or
    'failed'.
    """

    posting_id: int
    at: datetime
    from_account_id: int | None
    to_account_id: int | None
    kind: str
    description: str
    units: int
    state: str


class Entry(msgspec.Struct, frozen=True):
    """One line of a wallet: what it was changed by, and what it held then."""

    wallet_id: int
    place: int
    posting_id: int
    at: datetime
    settled_at: datetime | None
    asset: str
    decimals: int
    reason: str
    description: str
    amount: int
    balance: int


class Fault(msgspec.Struct, frozen=True):
    """The first row that does not fit: what it is, which, and why."""

    noun: str
    row_id: str
    reason: str


async def insert_token(database: database_.Database, community_id: int) -> None:
    """A community's token (2 decimals) and the wallet it is issued from."""
    await database.run("ledger.insert_token", community_id=community_id)


async def insert_holder_of_token(database: database_.Database, *, account_id: int, community_id: int) -> None:
    """An empty wallet for the community's token."""
    await database.run("ledger.insert_holder_of_token", account_id=account_id, community_id=community_id)


async def mint_token(
    database: database_.Database, *, account_id: int, community_id: int, units: int, description: str, now: datetime
) -> str | None:
    """Makes tokens in one wallet: 'minted', 'no wallet', 'too much', or None when the community has no token."""
    return await database.value(
        "ledger.mint_token",
        account_id=account_id,
        community_id=community_id,
        units=units,
        description=description,
        now=now,
    )


async def issue(
    database: database_.Database,
    *,
    kind: Kind,
    account_id: int,
    units: int,
    reason: str,
    description: str,
    now: datetime,
) -> Posted:
    """Makes units in an account's wallet: 'posted', 'unknown account', 'too much'."""
    return await database.one(
        Posted,
        "ledger.issue",
        kind=kind,
        account_id=account_id,
        units=units,
        reason=reason,
        description=description,
        now=now,
    )


async def transfer(
    database: database_.Database,
    *,
    kind: Kind,
    account_id: int,
    recipient_id: int,
    units: int,
    description: str,
    now: datetime,
) -> Posted:
    """From one account to another at once: 'posted', 'unknown account', 'not enough funds'."""
    return await database.one(
        Posted,
        "ledger.transfer",
        kind=kind,
        account_id=account_id,
        recipient_id=recipient_id,
        units=units,
        description=description,
        now=now,
    )


async def spend(
    database: database_.Database, *, kind: Kind, account_id: int, units: int, description: str, now: datetime
) -> Posted:
    """From an account to the asset's sales at once: 'posted', 'unknown account', 'not enough funds'."""
    return await database.one(
        Posted,
        "ledger.spend",
        kind=kind,
        account_id=account_id,
        units=units,
        description=description,
        now=now,
    )


async def find_available(database: database_.Database, *, kind: Kind, account_id: int) -> int:
    """What the account can spend of it."""
    return await database.value("ledger.find_available", kind=kind, account_id=account_id) or 0


async def list_movements(
    database: database_.Database, *, kind: AnyKind, account_id: int, start_id: int | None = None, most: int
) -> list[Movement]:
    """What came into the account's wallet and went out of it, newest first, after the posting `start_id`."""
    return await database.all(
        Movement, "ledger.list_movements", kind=kind, account_id=account_id, start_id=start_id, most=most
    )


async def verify(database: database_.Database, *, timeout_seconds: float) -> Fault | None:
    """The first row that does not fit, if any. One snapshot; takes seconds for millions of entries."""
    async with database.transaction():
        await database.value("ledger.allow_time", milliseconds=str(round(timeout_seconds * 1000)))
        return await database.maybe(Fault, "ledger.verify")


async def list_entries(
    database: database_.Database, *, account_id: int, after: tuple[int, int] = (0, 0), most: int
) -> list[Entry]:
    """The lines of all the account's wallets, each wallet's in their order, after one (its wallet and place)."""
    return await database.all(
        Entry,
        "ledger.list_entries",
        account_id=account_id,
        after_wallet_id=after[0],
        after_place=after[1],
        most=most,
    )
