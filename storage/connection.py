"""One connection: statements prepared once and executed after, within a limit of time; values in our types.

Timestamps are aware UTC datetimes, jsonb is its text, bytea is bytes, and so within arrays.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import aiopg
import psycopg2
from psycopg2 import extensions

from storage import addresses, faults, queries


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


class Connection:
    """A connection of aiopg's with one cursor for its whole life. One statement at a time."""

    __slots__ = ("_connection", "_cursor", "_is_late", "_limit_seconds", "_loop", "_prepared", "_query", "_raw")

    def __init__(self, connection: aiopg.Connection, cursor: aiopg.Cursor, limit_seconds: float | None) -> None:
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
    async def open(cls, dsn: str, *, within_seconds: float, limit_seconds: float | None) -> "Connection":
        """Connects to the first address that answers.

        `limit_seconds` is how long a statement may keep silent before the connection is given up, None for ever: a
        server that hangs does not keep its own limits. *Refuses*: Unavailable.
        """
        try:
            async with asyncio.timeout(within_seconds):
                connection = await _connect(await addresses.resolve(dsn))
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

    @property
    def server_version(self) -> int:
        """160004 is 16.4."""
        return self._connection.server_version

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
        limit = None
        if self._limit_seconds is not None:
            limit = self._loop.call_later(self._limit_seconds, self._give_up)
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
            if limit is not None:
                limit.cancel()
        # Out of the driver's exception's reach: chained, its text would be logged with ours.
        raise failure

    def _give_up(self) -> None:
        self._is_late = True
        self.close()

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


# The file descriptors of connections that were begun and, as far as is known, not established.
_begun: set[int] = set()


async def _connect(dsns: list[str]) -> aiopg.Connection:
    refusal = "there is no address to try"
    for dsn in dsns:
        _forget_refused()
        try:
            # What aiopg.connect makes, in hand before it is awaited. Without aiopg's own timeout: that goes through
            # asyncio.wait_for, which can swallow a cancellation.
            connection = aiopg.Connection(
                dsn,
                timeout=None,  # type: ignore[arg-type]
                echo=False,
                enable_json=False,
                enable_hstore=False,
                enable_uuid=False,
            )
            descriptor = connection.raw.fileno()
            _begun.add(descriptor)
            await connection
            _begun.discard(descriptor)
            return connection
        except (psycopg2.Error, RuntimeError, OSError) as fault:
            # It may name host, database and user. No values: nothing was asked yet.
            refusal = " ".join(str(fault).split())
    raise faults.Unavailable(f"PostgreSQL cannot be reached: {refusal}")


def _forget_refused() -> None:
    """Makes the loop stop watching the sockets of connections that were refused.

    Over TCP libpq closes a refused one, and aiopg leaves it watched. The next socket has the same number, and uvloop
    would refuse that one for ever (RuntimeError): one outage of PostgreSQL would be the end. Whatever the loop watches
    under a number that nobody has at this moment is such a left-over.
    """
    loop = asyncio.get_running_loop()
    for descriptor in tuple(_begun):
        try:
            os.fstat(descriptor)
        except OSError:
            _begun.discard(descriptor)
            loop.remove_reader(descriptor)
            loop.remove_writer(descriptor)
