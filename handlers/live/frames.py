"""What goes over the live connection: two closed unions. What is in neither is not said, and not understood.

Text frames, one JSON object each, told apart by `type`. Source: contract, 8.
"""

import struct
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from handlers.community import outputs
from handlers.core import refusals
from handlers.rest import bodies, writing

REF_CHARACTERS_MAX = 255

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
# Whatever a client finds its own command by again. Integers up to what every client keeps exact.
Ref = Annotated[str, msgspec.Meta(max_length=REF_CHARACTERS_MAX)] | Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class Command(msgspec.Struct, rename="camel", kw_only=True):
    """What a client may send. With a `ref` it knows which answer belongs to what it asked."""

    ref: Ref | None = None


class Post(Command, tag="post", kw_only=True):
    """Say something. Sent twice under one `client_id` it is said once."""

    thread_id: Id
    text: str
    client_id: str | None = None


class Read(Command, tag="read", kw_only=True):
    """Everything up to this message was read."""

    thread_id: Id
    message_id: Id


class Typing(Command, tag="typing", kw_only=True):
    """Something is being written. Not acknowledged, and worth nothing a few seconds later."""

    thread_id: Id


class Ping(Command, tag="ping"):
    """Is anybody there? Answered with `pong`."""


FromClient = Post | Read | Typing | Ping


class Frame(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """What the server sends. Null fields are left out."""


class Self(Frame):
    """Who one is."""

    id: int
    full_name: str


class Hello(Frame, tag="hello"):
    """Always first. `resumed`: all that was missed since the given cursor follows; otherwise it goes on from here."""

    user: Self
    cursor: str
    heartbeat_seconds: int
    resumed: bool


class Message(Frame, tag="message"):
    """Somebody, perhaps oneself, said something. Durable."""

    thread_id: int
    message: outputs.Message
    cursor: str


class Thread(Frame, tag="thread"):
    """A thread began, is another now, or one came to it or left it. Durable.

    `thread` is as community shows it to this viewer at the moment of delivery; `{"id"}` alone when left.
    """

    change: Literal["created", "changed", "joined", "left"]
    thread: msgspec.Raw
    cursor: str


class HasRead(Frame, tag="read"):
    """A member has read up to this message. Durable."""

    thread_id: int
    user_id: int
    message_id: int
    cursor: str


class IsTyping(Frame, tag="typing"):
    """A member is writing something now."""

    thread_id: int
    user_id: int


class Transaction(Frame, tag="transaction"):
    """One's payment, made or received, was created, completed or failed. Durable.

    In the state that it came to then; what else is shown is as at the moment of delivery.
    """

    transaction: outputs.Transaction
    cursor: str


class BuyOrder(Frame):
    """An order of allowances: what the API's list has of one. `status` is DELETED of one that is there no more."""

    id: int
    value: Decimal
    time: str
    status: str


class Order(Frame, tag="order"):
    """One's order of allowances was drafted or is another now; as it was then. Durable."""

    order: BuyOrder
    cursor: str


class Unread(Frame, tag="unread"):
    """In how many of one's threads there is something unread: sent when the number is another than before."""

    unread_threads: int


class Notification(Frame, tag="notification"):
    """What a phone is pushed at this moment, told to the sockets that are open then, and never again.

    `data.type` is "new_message" (with `threadId`) or "transaction" (with `transactionId`).
    """

    title: str
    body: str
    data: dict[str, str]


class Ack(Frame, tag="ack", kw_only=True):
    """A command was carried out. `result` is the message with its `threadId`, or `{"messageId"}` (how far was read)."""

    ref: str | int | None = None
    result: msgspec.Raw


class Error(Frame, tag="error", kw_only=True):
    """A command was not carried out. `code` is one of `words.CODES`; `message` is for whoever programs the client."""

    ref: str | int | None = None
    code: str
    message: str


class Resync(Frame, tag="resync"):
    """What was missed cannot be told any more: load everything anew. The cursor to go on from is that of `hello`."""


class Pong(Frame, tag="pong"):
    """Somebody is there."""

    ref: str | int | None = None


ToClient = (
    Hello
    | Message
    | Thread
    | HasRead
    | IsTyping
    | Transaction
    | Order
    | Unread
    | Notification
    | Ack
    | Error
    | Resync
    | Pong
)


class ThreadLeft(Frame):
    """What is still said of a thread that one is no member of any more."""

    id: int


class Posted(outputs.Message, kw_only=True):
    """A message and the thread that it is in."""

    thread_id: int


class ReadUpTo(Frame):
    """How far one has read."""

    message_id: int


class _Referring(msgspec.Struct):
    ref: Ref | None = None


# Not strict, as bodies of the documents are not: "7" is an id, too.
_COMMANDS = msgspec.json.Decoder(FromClient, strict=False)
_REFERRING = msgspec.json.Decoder(_Referring)


def decode(raw: bytes) -> FromClient:
    """A client's frame. Refuses: Malformed (also for what is in no union)."""
    try:
        command = _COMMANDS.decode(raw)
        # Only an escape can bring NUL or half a surrogate pair into valid UTF-8.
        if b"\\u" in raw:
            bodies.require_clean(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
        raise refusals.Malformed(str(fault)) from fault
    return command


def find_ref(raw: bytes) -> str | int | None:
    """What a frame that could not be understood calls itself, if that much of it can be read."""
    try:
        ref = _REFERRING.decode(raw).ref
        bodies.require_clean(ref)
    except (msgspec.DecodeError, UnicodeError, RecursionError, refusals.Malformed):
        return None
    return ref


def raw(value: msgspec.Struct) -> msgspec.Raw:
    """A part of a frame that may have several shapes."""
    return msgspec.Raw(writing.encoded(value))


def closing(code: int) -> bytes:
    """The frame that ends a connection and says why."""
    return struct.pack("!BBH", 0x88, 2, code)


def wire(frame: ToClient) -> bytes:
    """The frame as it goes over the socket. A server's frames are not masked: the same bytes are right for everybody.

    Source: RFC 6455, 5.2.
    """
    payload = writing.encoded(frame)
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload
