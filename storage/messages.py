"""Messages: what was said in threads, and how far each member has read."""

import functools
import weakref
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from storage import database as database_
from storage import gathering, transactions


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


class Page(NamedTuple):
    """The newest messages that a reader asks for: so many, of those before one."""

    thread_id: int
    reader_id: int
    before: int | None
    most: int


# Pages up to this size share a query with others that are asked for at about the same time.
GATHERED_MOST = 200
GATHERED_PAGES_MAX = 16
_gathered: weakref.WeakKeyDictionary[database_.Database, gathering.Gathered[Page, History]] = (
    weakref.WeakKeyDictionary()
)


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
    if after is None:
        page = Page(thread_id, reader_id, before, most)
        if most > GATHERED_MOST or transactions.is_open():
            return (await _list_newest(database, [page])).get(page)
        gathered = _gathered.get(database)
        if gathered is None:
            # By a proxy: what is kept for a database must not keep it.
            fetch = functools.partial(_list_newest, weakref.proxy(database))
            gathered = _gathered[database] = gathering.Gathered(fetch, keys_max=GATHERED_PAGES_MAX)
        return await gathered.find(page)
    return await database.maybe(
        _history,
        "messages.list_after",
        thread_id=thread_id,
        reader_id=reader_id,
        before=before,
        after=after,
        most=most,
    )


async def _list_newest(database: database_.Database, pages: list[Page]) -> dict[Page, History]:
    rows = await database.all(
        _placed,
        "messages.list_newest",
        thread_ids=[page.thread_id for page in pages],
        reader_ids=[page.reader_id for page in pages],
        befores=[page.before for page in pages],
        mosts=[page.most for page in pages],
    )
    for _, found in rows:
        found.messages.reverse()
    return {pages[place - 1]: found for place, found in rows}


def _placed(place: int, *row: Any) -> tuple[int, History]:
    return place, _history(*row)


def _history(read_id: int, messages: str | None) -> History:
    return History(read_id, [] if messages is None else _MESSAGES.decode(messages))
