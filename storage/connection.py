"""One connection: statements prepared once and executed after, within a limit of time; values in our types.

Timestamps are aware UTC datetimes, jsonb is its text, bytea is bytes, and so within arrays.
"""

import asyncio
import select
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import aiopg
import psycopg2
from psycopg2 import extensions

from storage import faults, openings, queries


def _timestamp(value: str | None, _: Any) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _bytes(value: str | None, _: Any) -> bytes | None:
    # The session's bytea_output is hex: "\x" and the digits.
    return None if value is None else bytes.fromhex(value[2:])


# By the type's oid and its array's. The driver's own ways are three to ten times slower, or give a memoryview, or
# parse JSON into floats.
TIMESTAMP = extensions.new_type((1184,), "timestamptz", _timestamp)
BYTES = extensions.new_type((17,), "bytea", _bytes)
JSON = extensions.new_type((114, 3802), "json", extensions.UNICODE)
CASTS = (
    TIMESTAMP,
    BYTES,
    JSON,
    extensions.new_array_type((1185,), "timestamptz[]", TIMESTAMP),
    extensions.new_array_type((1001,), "bytea[]", BYTES),
    extensions.new_array_type((199, 3807), "json[]", JSON),
)

# What the driver calls a connection that was closed, other than one that broke.
CLOSED = 1
# How often a statement under way is looked after.
LOOK_SECONDS = 0.5


class Connection:
    """A connection of aiopg's with one cursor for its whole life. One statement at a time."""

    __slots__ = (
        "_connection",
        "_cursor",
        "_is_late",
        "_limit_seconds",
        "_look",
        "_loop",
        "_prepared",
        "_query",
        "_raw",
    )

    def __init__(self, connection: aiopg.Connection, cursor: aiopg.Cursor, limit_seconds: float) -> None:
        self._connection = connection
        self._cursor = cursor
        # What aiopg offers as coroutines without need: results that are here already.
        self._raw = cursor.raw
        self._loop = asyncio.get_running_loop()
        self._limit_seconds = limit_seconds
        self._is_late = False
        self._prepared: set[queries.Query] = set()
        self._query: queries.Query | None = None

    @classmethod
    async def open(cls, dsn: str, *, within_seconds: float, limit_seconds: float) -> "Connection":
        """Connects to the first address that answers.

        `limit_seconds` is how long a statement may keep silent before the connection is given up: a server that hangs
        does not keep its own limits. *Refuses*: Unavailable.
        """
        try:
            async with asyncio.timeout(within_seconds):
                connection = await openings.connect(dsn)
        except TimeoutError:
            raise faults.Unavailable("PostgreSQL does not answer") from None
        for cast in CASTS:
            extensions.register_type(cast, connection.raw)
        return cls(connection, await connection.cursor(), limit_seconds)

    @property
    def is_closed(self) -> bool:
        """Whether it is of no use any more, by our doing or the server's."""
        return bool(self._connection.closed)

    @property
    def is_idle(self) -> bool:
        """Whether it is as it was when it was opened: usable, and in no transaction."""
        raw = self._connection.raw
        return not raw.closed and raw.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE

    def close(self) -> None:
        """At once; whoever waits for its answer gets Unavailable. The server rolls back what was open."""
        # Never twice: aiopg would take the file descriptor, another connection's by now, from the loop.
        if self._connection.closed != CLOSED:
            self._connection.close()

    async def execute(self, query: queries.Query, values: Sequence[Any], *, opening: str = "") -> None:
        """Runs a named query, preceded in the same round trip by `opening`, a statement with a semicolon.

        A cancelled task leaves the connection closed: nobody would read the answer. *Refuses*: what `faults` has.
        """
        if query not in self._prepared:
            await self.command(query.prepare_text, what=query.name)
            self._prepared.add(query)
        self._query = query
        await self.command(opening + query.execute_text, values or None, what=query.name)

    async def command(self, text: str, values: Sequence[Any] | None = None, *, what: str) -> None:
        """Runs any text. With values, every `%` of it is the driver's. `what` names it in faults."""
        self._look_later(self._loop.time() + self._limit_seconds)
        try:
            await self._cursor.execute(text, values)
            return
        except psycopg2.Error as fault:
            failure = self._translate(fault, what)
        except asyncio.CancelledError as cancelled:
            if not faults.is_of_database(cancelled):
                raise
            failure = faults.Timeout(f"{what}: cancelled by the server")
        finally:
            self._look.cancel()
        # Out of the driver's exception's reach: chained, its text would be logged with ours.
        raise failure

    def _look_later(self, deadline: float) -> None:
        seconds = min(LOOK_SECONDS, max(0, deadline - self._loop.time()))
        self._look = self._loop.call_later(seconds, self._look_after, deadline)

    def _look_after(self, deadline: float) -> None:
        if self._loop.time() >= deadline:
            self._is_late = True
            self.close()
        elif self._is_hung_up():
            self.close()
        else:
            self._look_later(deadline)

    def _is_hung_up(self) -> bool:
        """Whether the other side is gone. uvloop stops watching a socket at its first error, and aiopg may not have
        read all that came before it: then it would wait for ever."""
        try:
            descriptor = self._connection.raw.fileno()
        except psycopg2.Error:
            return True
        poll = select.poll()
        if descriptor >= 0:
            poll.register(descriptor, 0)
        return descriptor < 0 or bool(poll.poll(0))

    def _translate(self, fault: psycopg2.Error, what: str) -> Exception:
        if self._is_late:
            return faults.Timeout(f"{what}: no answer from PostgreSQL within {self._limit_seconds} s")
        failure = faults.translate(fault, what=what, is_closed=self.is_closed)
        if isinstance(failure, faults.Defect) and failure.sqlstate in faults.STALE:
            self.close()
        return failure

    def rows(self) -> list[tuple[Any, ...]]:
        """What the last query gave, none if it gives no columns. Notes the columns' names once a query."""
        description = self._raw.description
        if description is None:
            return []
        if self._query is not None and self._query.columns is None:
            self._query.columns = tuple(column.name for column in description)
        return self._raw.fetchall()

    def count(self) -> int:
        """How many rows the last query gave or touched."""
        return self._raw.rowcount
