"""Messages: what was said in threads, and how far each member has read."""

from datetime import datetime
from typing import Any

import msgspec

from storage import database as database_


class Message(msgspec.Struct, frozen=True):
    """What somebody said. Ids grow in the order of a thread's commits."""

    id: int
    author_id: int
    text: str
    created_at: datetime


_MESSAGES = msgspec.json.Decoder(list[Message])


class Posted(msgspec.Struct, frozen=True):
    """How a post ended: 'posted', 'repeated' (with the first message) or 'not entitled' (without one)."""

    outcome: str
    message: Message | None


class Mark(msgspec.Struct, frozen=True):
    """How a read mark ended: 'moved', 'unmoved' or 'not entitled'. `read_id` is how far the reader has read now."""

    outcome: str
    read_id: int | None


class History(msgspec.Struct, frozen=True):
    """A part of a thread, oldest first, and how far its reader had read."""

    read_id: int
    messages: list[Message]


def _posted(outcome: str, *row: Any) -> Posted:
    return Posted(outcome, None if row[0] is None else Message(*row))


async def post(
    database: database_.Database, *, thread_id: int, author_id: int, text: str, client_id: str | None, now: datetime
) -> Posted:
    """A member's message, its place in the thread and its event, or the one that was posted under this client id."""
    return await database.one(
        _posted, "messages.post", thread_id=thread_id, author_id=author_id, text=text, client_id=client_id, now=now
    )


async def mark_read(
    database: database_.Database, *, thread_id: int, reader_id: int, message_id: int, now: datetime
) -> Mark:
    """A member has read up to this message. Written, with its event, only if that is further than before."""
    return await database.one(
        Mark, "messages.mark_read", thread_id=thread_id, reader_id=reader_id, message_id=message_id, now=now
    )


async def history(
    database: database_.Database,
    *,
    thread_id: int,
    reader_id: int,
    before: int | None = None,
    after: int | None = None,
    most: int,
) -> History | None:
    """The newest messages (of those before one), or the oldest after one; None for whoever is no member."""
    page = {"thread_id": thread_id, "reader_id": reader_id, "before": before, "most": most}
    if after is None:
        history = await database.maybe(_history, "messages.list_newest", **page)
        if history is not None:
            history.messages.reverse()
        return history
    return await database.maybe(_history, "messages.list_after", **page, after=after)


def _history(read_id: int, messages: str | None) -> History:
    return History(read_id, [] if messages is None else _MESSAGES.decode(messages))
