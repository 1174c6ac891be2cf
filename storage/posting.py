"""Messages that members post at about the same time, written by one statement: a commit costs more than a message."""

import asyncio
import contextvars
import weakref
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from storage import database as database_
from storage import faults, messages, transactions

# In one statement.
MESSAGES_MAX = 100

# One for each database.
_postings: weakref.WeakKeyDictionary[database_.Database, "Posting"] = weakref.WeakKeyDictionary()


async def post(
    database: database_.Database, *, thread_id: int, author_id: int, text: str, client_id: str | None, now: datetime
) -> messages.Posted:
    """As `messages.post`, together with others where that is possible."""
    if client_id is None and not transactions.is_open():
        posting = _postings.get(database)
        if posting is None:
            posting = _postings[database] = Posting(database)
        posted = await posting.post(thread_id, author_id, text, now)
        if posted is not None:
            return posted
    return await messages.post(
        database, thread_id=thread_id, author_id=author_id, text=text, client_id=client_id, now=now
    )


class Asked(NamedTuple):
    """A message to be posted, and who waits for what becomes of it: None if it must be posted alone."""

    thread_id: int
    author_id: int
    text: str
    now: datetime
    answer: asyncio.Future[messages.Posted | None]

    def settle(self, posted: messages.Posted | None) -> None:
        """Tells what became of it, if that is still waited for."""
        if not self.answer.done():
            self.answer.set_result(posted)

    def refuse(self, fault: Exception) -> None:
        """Tells that nobody knows."""
        if not self.answer.done():
            self.answer.set_exception(fault)


class Written(msgspec.Struct, frozen=True):
    """What became of the message to a thread."""

    thread_id: int
    outcome: str
    id: int | None


class Posting:
    """Posts what was asked for in one turn of the loop, and after that whatever was asked for meanwhile.

    One statement at a time: while one is under way the next one fills.
    """

    def __init__(self, database: database_.Database) -> None:
        # The database holds this one.
        self._database = weakref.ref(database)
        self._asked: list[Asked] = []
        self._writing: asyncio.Task[None] | None = None
        self._is_due = False

    async def post(self, thread_id: int, author_id: int, text: str, now: datetime) -> messages.Posted | None:
        """What became of it; None: nothing yet, it is to be posted alone. Given up, it may be posted all the same."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[messages.Posted | None] = loop.create_future()
        self._asked.append(Asked(thread_id, author_id, text, now, answer))
        if not self._is_due and self._writing is None:
            self._is_due = True
            # In a context of its own: who asks first has nothing to do with the others.
            loop.call_soon(self._begin, context=contextvars.Context())
        return await answer

    def _begin(self) -> None:
        self._is_due = False
        self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._asked:
                chosen = self._choose()
                if len(chosen) == 1:
                    # Alone it is posted faster.
                    chosen[0].settle(None)
                else:
                    await self._write(chosen)
        finally:
            self._writing = None

    def _choose(self) -> list[Asked]:
        """The first of each thread, as far as there is room; the others are left for the next time."""
        chosen: dict[int, Asked] = {}
        left: list[Asked] = []
        for asked in self._asked:
            if asked.thread_id in chosen or len(chosen) >= MESSAGES_MAX:
                left.append(asked)
            else:
                chosen[asked.thread_id] = asked
        self._asked = left
        return list(chosen.values())

    async def _write(self, chosen: Sequence[Asked]) -> None:
        database = self._database()
        try:
            if database is None:
                raise faults.Unavailable("the database was closed")
            rows = await database.all(
                Written,
                "posting.write",
                thread_ids=[asked.thread_id for asked in chosen],
                author_ids=[asked.author_id for asked in chosen],
                texts=[asked.text for asked in chosen],
                moments=[asked.now for asked in chosen],
            )
        except Exception as fault:
            # Of what broke off nobody knows whether it took effect. Anything else is the fault of one of them, and
            # nothing was written: alone each learns its own.
            for asked in chosen:
                if isinstance(fault, faults.Unavailable) and not isinstance(fault, faults.Contended):
                    asked.refuse(fault)
                else:
                    asked.settle(None)
            return
        written = {row.thread_id: row for row in rows}
        for asked in chosen:
            asked.settle(_posted(asked, written[asked.thread_id]))


def _posted(asked: Asked, written: Written) -> messages.Posted | None:
    if written.id is not None:
        message = messages.Message(written.id, asked.author_id, asked.text, asked.now)
        return messages.Posted(written.outcome, message)
    return None if written.outcome == "busy" else messages.Posted(written.outcome, None)
