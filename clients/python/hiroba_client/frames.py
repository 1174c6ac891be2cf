"""What comes and goes over the live connection, as this client knows it.

`Frame` is what a caller is given; hello, ack, error and pong are the line's own affair. A frame of a later server that
is not known here comes as `Other`. Durable frames carry a cursor: all before it is known to whoever holds it.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from hiroba_client import community_answers as answers
from hiroba_client import faults

Cursor = str


class Message(answers.Answer, tag="message", kw_only=True):
    """Somebody, perhaps oneself, said something. Durable."""

    thread_id: int
    message: answers.Message
    cursor: Cursor


class ThreadChange(msgspec.Struct, kw_only=True, frozen=True):
    """A thread began, is another now, or one came to it or left it. Durable.

    `thread` is None when one left; after "joined" what was said there is to be loaded.
    """

    change: Literal["created", "changed", "joined", "left"]
    thread_id: int
    thread: answers.Thread | None
    cursor: Cursor


class HasRead(answers.Answer, tag="read", kw_only=True):
    """A member has read up to this message. Durable."""

    thread_id: int
    user_id: int
    message_id: int
    cursor: Cursor


class IsTyping(answers.Answer, tag="typing", kw_only=True):
    """A member is writing something now."""

    thread_id: int
    user_id: int


class TransactionChange(answers.Answer, tag="transaction", kw_only=True):
    """A payment of one's own was made, or one to oneself; it completed or failed. Durable."""

    transaction: answers.Transaction
    cursor: Cursor


class Order(answers.Answer, kw_only=True):
    """An order of allowances. `status` is DRAFT, PROCESSING, COMPLETED, CANCELLED, or DELETED when it is no more."""

    id: int
    value: Decimal
    time: datetime
    status: str


class OrderChange(answers.Answer, tag="order", kw_only=True):
    """One's order of allowances is another now. Durable."""

    order: Order
    cursor: Cursor


class Unread(answers.Answer, tag="unread", kw_only=True):
    """In how many of one's threads there is something unread."""

    unread_threads: int


class Notification(answers.Answer, tag="notification", kw_only=True):
    """What a phone is pushed at this moment. Told once; not of what was missed.

    `data["type"]` is "new_message" (with "threadId") or "transaction" (with "transactionId").
    """

    title: str
    body: str
    data: dict[str, str] = msgspec.field(default_factory=dict)


class Resync(msgspec.Struct, kw_only=True, frozen=True):
    """What was missed cannot be told any more: load everything anew. It goes on from `cursor`."""

    cursor: Cursor


class Other(msgspec.Struct, kw_only=True, frozen=True):
    """A frame that this client does not know, as it came. Durable if it has a cursor."""

    type: str
    cursor: Cursor | None
    raw: bytes


Frame = (
    Message
    | ThreadChange
    | HasRead
    | IsTyping
    | TransactionChange
    | OrderChange
    | Unread
    | Notification
    | Resync
    | Other
)


# --- the line's own ---------------------------------------------------------------------------------------------------


class Self(answers.Answer, kw_only=True):
    """Who one is."""

    id: int
    full_name: str


class Hello(answers.Answer, tag="hello", kw_only=True):
    """Always first. `resumed`: all that was missed since the given cursor follows."""

    user: Self
    cursor: Cursor
    heartbeat_seconds: float
    resumed: bool


class Ack(answers.Answer, tag="ack", kw_only=True):
    """A command was carried out."""

    ref: str | int | None = None
    result: msgspec.Raw


class Error(answers.Answer, tag="error", kw_only=True):
    """A command was not carried out."""

    ref: str | int | None = None
    code: str
    message: str


class Pong(answers.Answer, tag="pong", kw_only=True):
    """Somebody is there."""

    ref: str | int | None = None


class Reload(answers.Answer, tag="resync", kw_only=True):
    """What the server says before the caller is told `Resync`; the cursor was that of hello."""


Signal = Hello | Ack | Error | Pong | Reload


class Posted(answers.Message, kw_only=True):
    """A message and the thread that it is in."""

    thread_id: int


class ReadUpTo(answers.Answer, kw_only=True):
    """How far one has read."""

    message_id: int


class _Thread(answers.Answer, tag="thread", kw_only=True):
    change: Literal["created", "changed", "joined", "left"]
    thread: msgspec.Raw
    cursor: Cursor


class _Id(msgspec.Struct):
    id: int


class _Any(msgspec.Struct):
    type: str = ""
    cursor: Cursor | None = None


_KNOWN: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Message
    | _Thread
    | HasRead
    | IsTyping
    | TransactionChange
    | OrderChange
    | Unread
    | Notification
    | Hello
    | Ack
    | Error
    | Pong
    | Reload
)
_ANY = msgspec.json.Decoder(_Any)


def decode(raw: bytes) -> Frame | Signal:
    """What the server said. *Refuses*: Unreadable, for what is no frame at all."""
    try:
        frame = _KNOWN.decode(raw)
        return _change(frame) if isinstance(frame, _Thread) else frame
    except msgspec.ValidationError:
        try:
            met = _ANY.decode(raw)
        except msgspec.ValidationError as fault:
            raise faults.Unreadable(str(fault)) from fault
        return Other(type=met.type, cursor=met.cursor, raw=raw)
    except (msgspec.DecodeError, UnicodeError) as fault:
        raise faults.Unreadable(str(fault)) from fault


def _change(frame: _Thread) -> ThreadChange:
    if frame.change == "left":
        left = msgspec.json.decode(frame.thread, type=_Id)
        return ThreadChange(change=frame.change, thread_id=left.id, thread=None, cursor=frame.cursor)
    thread = msgspec.json.decode(frame.thread, type=answers.Thread)
    return ThreadChange(change=frame.change, thread_id=thread.id, thread=thread, cursor=frame.cursor)


def cursor_of(frame: Frame) -> Cursor | None:
    """The frame's cursor; None for what is not durable."""
    return getattr(frame, "cursor", None)
