"""Payments between members of a community: pending first, then completed or failed. Amounts are whole minor units."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from storage import accounts, ledger
from storage import database as database_


class Transaction(msgspec.Struct, frozen=True):
    """A payment between members of a community. `state` is 'pending', 'completed' or 'failed'."""

    id: int
    community_id: int
    community_name: str
    remitter: accounts.Person
    beneficiary: accounts.Person
    units: int
    description: str
    created_at: datetime
    settled_at: datetime | None
    state: str


class Pending(msgspec.Struct, frozen=True):
    """A payment that waits for its settlement; `reference` is what its engine calls it."""

    posting_id: int
    asset_id: int
    debit_wallet_id: int
    credit_wallet_id: int
    units: int
    reference: str | None


class _TransactionRow(msgspec.Struct, frozen=True):
    id: int
    community_id: int
    community_name: str
    remitter: str
    beneficiary: str
    units: int
    description: str
    created_at: datetime
    settled_at: datetime | None
    state: str


async def pay(
    database: database_.Database,
    *,
    account_id: int,
    beneficiary_id: int,
    ad_id: int | None,
    units: int,
    description: str,
    now: datetime,
) -> ledger.Posted:
    """Holds units back for another member of the payer's community, and tells both.

    'pending', 'unknown beneficiary', 'unknown ad', 'not payable', 'other beneficiary' or 'not enough funds'.
    """
    return await database.one(
        ledger.Posted,
        "payments.pay",
        account_id=account_id,
        beneficiary_id=beneficiary_id,
        ad_id=ad_id,
        units=units,
        description=description,
        now=now,
    )


async def list_by_account(
    database: database_.Database, *, account_id: int, start_id: int | None = None, most: int
) -> list[Transaction]:
    """The account's payments, made and received, newest first, after the one of `start_id`."""
    rows = await database.all(
        _TransactionRow, "payments.list_by_account", account_id=account_id, start_id=start_id, most=most
    )
    return _transactions(rows)


async def find_many(database: database_.Database, posting_ids: Sequence[int]) -> list[Transaction]:
    """The payments of these ids, in no order."""
    rows = await database.all(_TransactionRow, "payments.find_many", posting_ids=list(posting_ids))
    return _transactions(rows)


def _transactions(rows: list[_TransactionRow]) -> list[Transaction]:
    people: dict[str, accounts.Person] = {}

    def person(text: str) -> accounts.Person:
        # A list has few people in it, and one of them in every row.
        if text not in people:
            people[text] = msgspec.json.decode(text, type=accounts.Person)
        return people[text]

    return [
        Transaction(
            row.id,
            row.community_id,
            row.community_name,
            person(row.remitter),
            person(row.beneficiary),
            row.units,
            row.description,
            row.created_at,
            row.settled_at,
            row.state,
        )
        for row in rows
    ]


async def list_pending(
    database: database_.Database, *, after_id: int, until: datetime, is_submitted: bool, most: int
) -> list[Pending]:
    """Payments made up to a moment that wait for their settlement, in the order of their ids."""
    return await database.all(
        Pending, "payments.list_pending", after_id=after_id, until=until, is_submitted=is_submitted, most=most
    )


async def refer(database: database_.Database, references: dict[int, str]) -> None:
    """Keeps what an engine calls these payments."""
    await database.value("payments.refer", posting_ids=list(references), names=list(references.values()))


async def settle(database: database_.Database, posting_ids: Sequence[int], *, is_posted: bool, now: datetime) -> int:
    """Ends those that are pending, moving their units or giving them free; answers how many. Tells both ends."""
    return await database.value("payments.settle", posting_ids=list(posting_ids), is_posted=is_posted, now=now)
