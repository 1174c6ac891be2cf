"""The user directory: what operators see and change of people beyond what every API shows."""

from datetime import datetime

import msgspec

from storage import database as database_


class Entry(msgspec.Struct, frozen=True):
    """A person in the directory. `gender` is M or F, `state` two letters of a state of the USA."""

    id: int
    email: str | None
    full_name: str
    gender: str | None
    city: str | None
    state: str | None
    zip_code: str | None
    is_operator: bool
    created_at: datetime
    updated_at: datetime


class Found(Entry, frozen=True):
    """One of those that were searched for. `total`: how many they are altogether."""

    total: int


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed. None leaves it as it is; the last name belongs to the first, and goes with it."""

    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What people must have, whole and in any case. None: whatever it is. All are texts, ids and booleans too."""

    email: str | None = None
    full_name: str | None = None
    gender: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    is_operator: str | None = None
    account_id: str | None = None


class Order(msgspec.Struct, frozen=True):
    """By which field of the document, and whether backwards. None: by id."""

    sort: str | None = None
    is_back: bool = False


async def find(database: database_.Database, account_id: int) -> Entry | None:
    """The person of this id; deleted ones are none."""
    return await database.maybe(Entry, "directory.find", account_id=account_id)


async def search(
    database: database_.Database,
    filters: Filters,
    order: Order,
    *,
    most: int,
    skipped: int = 0,
    after: int | None = None,
    before: int | None = None,
) -> list[Found]:
    """People in this order: after an entry the next ones, before one the nearest; `skipped` are left out first."""
    return await database.all(
        Found,
        "directory.search",
        **msgspec.structs.asdict(filters),
        **msgspec.structs.asdict(order),
        most=most,
        skipped=skipped,
        after=after,
        before=before,
    )


async def update(database: database_.Database, account_id: int, details: Details, *, now: datetime) -> bool:
    """Sets what is not None. False: there is no such account (any more)."""
    return bool(
        await database.run("directory.update", account_id=account_id, **msgspec.structs.asdict(details), now=now)
    )
