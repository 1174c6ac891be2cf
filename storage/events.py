"""The log: what happened, in the one order in which everybody who is due it hears of it."""

from datetime import datetime
from typing import Any

import msgspec

from storage import database as database_
from storage import messages


class Event(msgspec.Struct, frozen=True):
    """Something that happened. `position` is its place in the log; ids only say what came first within one thread.

    `kind` is 'message', 'read', 'created', 'changed', 'joined', 'left', 'transaction', 'order' or 'sessions_ended'.
    `recipient_ids` are told to who follows the log, not in a replay, which is one account's.
    """

    position: int
    id: int
    kind: str
    thread_id: int | None
    actor_id: int | None
    message_id: int | None
    subject: str | None
    at: datetime
    message_text: str | None
    message_at: datetime | None
    recipient_ids: list[int]

    @property
    def message(self) -> messages.Message:
        """What was said, of an event of kind 'message'."""
        assert self.message_id is not None
        assert self.actor_id is not None
        assert self.message_text is not None
        assert self.message_at is not None
        return messages.Message(self.message_id, self.actor_id, self.message_text, self.message_at)


class Author(msgspec.Struct, frozen=True):
    """Whoever said something, by what they are called after."""

    username: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    deleted_at: datetime | None


class Followed(Event, frozen=True):
    """An event as who follows the log is told it: of a message also its thread's title, and who says it."""

    thread_title: str | None
    author: Author | None


class Payment(msgspec.Struct, frozen=True, rename="camel"):
    """What an event of kind 'transaction' is about: `state` is what the payment became then."""

    posting_id: int
    state: str


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """What an event of kind 'order' is about: all of the order as it was then, for it may be gone since."""

    order_id: int
    units: int
    state: str
    created_at: datetime


class State(msgspec.Struct, frozen=True):
    """Which log this is, what was forgotten of it and how far it goes; when the first event after a position was."""

    epoch: str
    floor: int
    position: int
    missed_at: datetime | None


class Settled(msgspec.Struct, frozen=True):
    """Two looks at this tell up to which id nothing can turn up in the log any more, and if it is still the same."""

    epoch: str
    position: int | None
    id: int | None
    transaction_id: int
    oldest_id: int
    is_placed: bool


async def insert_sessions_ended(
    database: database_.Database, *, account_id: int, session_ids: list[int] | None, now: datetime
) -> None:
    """These sessions of the account are over, or with None all that it had."""
    subject = None if session_ids is None else msgspec.json.encode(session_ids).decode()
    await database.run("events.insert_sessions_ended", account_id=account_id, subject=subject, now=now)


async def advance(database: database_.Database, *, since: int, low: int) -> list[Followed]:
    """Gives positions to what was committed, and answers up to 500 events after one, in order, with their recipients.

    Of events up to the id `low` it must be known that they have their positions; 0 if nothing is known.
    """
    return await database.all(_followed, "events.advance", since=since, low=low)


def _followed(*row: Any) -> Followed:
    parts = len(Author.__struct_fields__)
    values: list[Any] = [*row[:-parts], Author(*row[-parts:]) if row[KIND] == "message" else None]
    return Followed(*values)


KIND = Event.__struct_fields__.index("kind")


async def catch_up(database: database_.Database) -> None:
    """Gives positions to everything that is committed by now."""
    await database.value("events.catch_up")


async def find_state(database: database_.Database, *, since: int) -> State:
    """How far the log goes, and what somebody missed who is at `since`."""
    return await database.one(State, "events.find_state", since=since)


async def find_settled(database: database_.Database, *, id: int) -> Settled:
    """Where the log is, whether transactions are open in which events may wait, and if any up to this id do."""
    return await database.one(Settled, "events.find_settled", id=id)


async def replay(database: database_.Database, *, account_id: int, since: int, until: int, most: int) -> list[Event]:
    """What the account was due after one position and up to another, in order, at most so many."""
    return await database.all(Event, "events.replay", account_id=account_id, since=since, until=until, most=most)


async def list_sessions_ended(database: database_.Database, *, account_id: int, since: int) -> list[list[int] | None]:
    """Which sessions of the account ended after a position; None stands for all that it had."""
    return await database.all(ended, "events.list_sessions_ended", account_id=account_id, since=since)


def payment(subject: str | None) -> Payment:
    """What an event of kind 'transaction' is about."""
    return _PAYMENT.decode(subject or "")


def order(subject: str | None) -> Order:
    """What an event of kind 'order' is about."""
    return _ORDER.decode(subject or "")


_PAYMENT = msgspec.json.Decoder(Payment)
_ORDER = msgspec.json.Decoder(Order)


def ended(subject: str | None) -> list[int] | None:
    """The sessions that an event of kind 'sessions_ended' is about; None: all of the account."""
    return None if subject is None else msgspec.json.decode(subject, type=list[int])
