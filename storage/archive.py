"""What is kept about one person, for the archive that they take along. Tokens, hashes and keys are in none of it."""

from datetime import datetime
from typing import Any

import msgspec

from storage import accounts
from storage import database as database_


class Particulars(msgspec.Struct, frozen=True):
    """What an account holds beyond what every API shows of it. `emissions` are millionths."""

    gender: str | None
    city: str | None
    state: str | None
    zip_code: str | None
    organization: str | None
    emissions: int | None
    updated_at: datetime


class Phone(msgspec.Struct, frozen=True):
    """That the account is pushed to a phone, not which one."""

    bound_at: datetime


class Gallery(msgspec.Struct, frozen=True):
    """That the account's Instagram is linked."""

    authorized_at: datetime


class Image(msgspec.Struct, frozen=True):
    """A linked picture. `id` is Instagram's."""

    id: str
    instagram_url: str
    raw_image_url: str
    width_pixels: int
    height_pixels: int
    added_at: datetime


class Ad(msgspec.Struct, frozen=True):
    """An ad of theirs. `points` are hundredths, `photo` is an address."""

    id: int
    community_id: int
    type: str
    title: str
    description: str
    points: int
    location: str | None
    photo: str | None
    created_at: datetime


class Thread(msgspec.Struct, frozen=True):
    """A thread that they are in, with everybody in it."""

    id: int
    kind: str
    title: str | None
    created_at: datetime
    people: list[accounts.Person]


class Message(msgspec.Struct, frozen=True):
    """What they said."""

    id: int
    thread_id: int
    text: str
    created_at: datetime


class Balance(msgspec.Struct, frozen=True):
    """What they hold of one asset, in minor units: `decimals` says how many digits are behind the point."""

    asset: str
    community_id: int | None
    decimals: int
    settled: int
    available: int


class Movement(msgspec.Struct, frozen=True):
    """A posting that one of their wallets is in. The other side is an account, or None: issuance and sales."""

    id: int
    asset: str
    community_id: int | None
    decimals: int
    kind: str
    from_account_id: int | None
    to_account_id: int | None
    units: int
    description: str
    state: str
    created_at: datetime
    settled_at: datetime | None


class Order(msgspec.Struct, frozen=True):
    """An order of allowances, in millionths, and its invoice, if it has one."""

    id: int
    state: str
    units: int
    created_at: datetime
    changed_at: datetime
    invoice_number: int | None
    amount_cents: int | None
    currency: str | None
    issued_at: datetime | None


class Waiting(msgspec.Struct, frozen=True):
    """That their address is on the waiting list, and how far it has come."""

    asked_at: datetime | None
    confirmed_at: datetime | None
    approved_at: datetime | None


_PEOPLE = msgspec.json.Decoder(list[accounts.Person])


def _thread(*row: Any) -> Thread:
    thread_id, kind, title, created_at, people = row
    return Thread(thread_id, kind, title, created_at, _PEOPLE.decode(people))


async def find_particulars(database: database_.Database, account_id: int) -> Particulars:
    """What an account holds beyond what every API shows of it."""
    return await database.one(Particulars, "archive.find_particulars", account_id=account_id)


async def list_phones(database: database_.Database, account_id: int) -> list[Phone]:
    """The phone that they are pushed to, if any."""
    return await database.all(Phone, "archive.list_phones", account_id=account_id)


async def list_galleries(database: database_.Database, account_id: int) -> list[Gallery]:
    """Since when their Instagram is linked, if it is."""
    return await database.all(Gallery, "archive.list_galleries", account_id=account_id)


async def list_images(database: database_.Database, account_id: int, *, after: str, most: int) -> list[Image]:
    """Pictures that they linked, by their ids."""
    return await database.all(Image, "archive.list_images", account_id=account_id, after=after, most=most)


async def list_ads(database: database_.Database, account_id: int, *, after: int, most: int) -> list[Ad]:
    """What they put on a board, by its ids."""
    return await database.all(Ad, "archive.list_ads", account_id=account_id, after=after, most=most)


async def list_threads(database: database_.Database, account_id: int, *, after: int, most: int) -> list[Thread]:
    """The threads that they are in, by their ids."""
    return await database.all(_thread, "archive.list_threads", account_id=account_id, after=after, most=most)


async def list_thread_ids(database: database_.Database, account_id: int) -> list[int]:
    """The threads that they are or ever were in."""
    return await database.all(int, "archive.list_thread_ids", account_id=account_id)


async def list_messages(
    database: database_.Database, account_id: int, *, thread_id: int, after: int, most: int
) -> list[Message]:
    """What they said in a thread, in its order."""
    return await database.all(
        Message, "archive.list_messages", account_id=account_id, thread_id=thread_id, after=after, most=most
    )


async def list_balances(database: database_.Database, account_id: int) -> list[Balance]:
    """What they hold, of every asset."""
    return await database.all(Balance, "archive.list_balances", account_id=account_id)


async def list_movements(database: database_.Database, account_id: int, *, after: int, most: int) -> list[Movement]:
    """Every posting that they paid or were paid with, by its ids."""
    return await database.all(Movement, "archive.list_movements", account_id=account_id, after=after, most=most)


async def list_orders(database: database_.Database, account_id: int, *, after: int, most: int) -> list[Order]:
    """Their orders of allowances, by their ids."""
    return await database.all(Order, "archive.list_orders", account_id=account_id, after=after, most=most)


async def list_waiting(database: database_.Database, account_id: int) -> list[Waiting]:
    """Whether their address is on the waiting list."""
    return await database.all(Waiting, "archive.list_waiting", account_id=account_id)
