"""Accounts as traders of allowances: who they are called, for whom they buy, what they emit."""

from datetime import datetime

import msgspec

from storage import database as database_


class Trader(msgspec.Struct, frozen=True):
    """What an account tells of itself to those who trade. `emissions` are millionths."""

    id: int
    username: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    organization: str | None
    emissions: int | None
    deleted_at: datetime | None


async def find(database: database_.Database, account_id: int) -> Trader | None:
    """The trader of this id, deleted ones too."""
    return await database.maybe(Trader, "traders.find", account_id=account_id)


async def update(
    database: database_.Database,
    account_id: int,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    organization: str | None = None,
    emissions: int | None = None,
    now: datetime,
) -> bool:
    """Sets what is not None; a first name sets the last one too, and an empty organization is none."""
    return bool(
        await database.run(
            "traders.update",
            account_id=account_id,
            first_name=first_name,
            last_name=last_name,
            organization=organization,
            emissions=emissions,
            now=now,
        )
    )
