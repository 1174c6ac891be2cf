"""The database as the rest of the code sees it: named queries in, records out, and transactions around them.

What can go wrong is in `faults`; those that callers handle are here too: Conflict, Unavailable, Timeout, Contended.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from storage import addresses, queries, transactions
from storage import connection as connection_
from storage import connections as connections_
from storage.faults import Conflict, Contended, Defect, Timeout, Unavailable

__all__ = ["Conflict", "Contended", "Database", "Defect", "Timeout", "Unavailable"]

T = TypeVar("T")

# A server that keeps its limits answers within them; one that hangs is given this much longer.
GRACE_SECONDS = 1.0
# Between two statements of a transaction there is no waiting for anybody: longer than this is a mistake.
IDLE_IN_TRANSACTION_SECONDS = 10.0


class Database:
    """PostgreSQL behind a few connections. Each verb is its own transaction, or part of the one it is called in.

    Verbs take a query's name, "noun.name" of sql/noun.sql, and its binds. A `shape` is a struct, filled in the order
    of the columns, whose names must be its fields, or any callable that takes the columns.
    *Refuses*: Conflict, Unavailable (its Timeout and Contended too); Defect, TypeError and RuntimeError are mistakes.
    """

    def __init__(self, connections: connections_.Connections) -> None:
        self._connections = connections

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        connections_max: int,
        acquire_timeout_seconds: float,
        statement_timeout_seconds: float,
        role: str | None = "hiroba_server",
        media_url: str = "/media/",
    ) -> "Database":
        """Connects once, to know that it can. Statements run with the rights of `role`; None: of the DSN's user.

        `media_url` is what the addresses of pictures begin with in the records that show them.
        *Refuses*: Unavailable, ValueError (a DSN that is none).
        """
        session = {
            "statement_timeout": str(max(1, round(statement_timeout_seconds * 1000))),
            "idle_in_transaction_session_timeout": str(round(IDLE_IN_TRANSACTION_SECONDS * 1000)),
            # Our own, read by the views that show people and ads.
            "hiroba.media_url": media_url,
        }
        if role is not None:
            # As a setting it costs no round trip, and RESET ROLE comes back to it.
            session["role"] = role
        address = addresses.complete(dsn, session)

        def connect(within_seconds: float) -> Awaitable[connection_.Connection]:
            limit_seconds = statement_timeout_seconds + GRACE_SECONDS
            return connection_.Connection.open(address, within_seconds=within_seconds, limit_seconds=limit_seconds)

        connections = connections_.Connections(
            connect, most=connections_max, acquire_timeout_seconds=acquire_timeout_seconds
        )
        connections.release(await connections.acquire())
        return cls(connections)

    async def close(self, *, patience_seconds: float | None = None) -> None:
        """Lets running statements end for a moment, then closes. Whoever asks after that gets Unavailable."""
        await self._connections.close(patience_seconds=patience_seconds)

    @property
    def stats(self) -> connections_.Stats:
        """How many connections are idle and busy, and how many callers wait for one."""
        return self._connections.stats

    def transaction(self) -> transactions.Block:
        """`async with database.transaction():` joins the transaction that the code is in, or opens one.

        Commits when the outermost block is left, rolls back at any exception. An exception that leaves an inner block,
        or a query that failed, must leave the outermost one too: there are no savepoints (RuntimeError). One query at a
        time: no gather inside. Unavailable from the commit itself: nobody knows whether it took effect.
        """
        return transactions.Block(self._connections)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back when the transaction around it was committed, never at rollback; outside of one at once."""
        transaction = transactions.find(self._connections)
        if transaction is None:
            transactions.call(callback)
        else:
            transaction.callbacks.append(callback)

    async def one(self, shape: Callable[..., T], query: str, /, **binds: Any) -> T:
        """The only row. *Refuses* (LookupError): none, several."""
        found = await self.all(shape, query, **binds)
        if len(found) != 1:
            raise LookupError(f"{query} gave {len(found)} rows, not one")
        return found[0]

    async def maybe(self, shape: Callable[..., T], query: str, /, **binds: Any) -> T | None:
        """The only row, or None. *Refuses* (LookupError): several."""
        found = await self.all(shape, query, **binds)
        if len(found) > 1:
            raise LookupError(f"{query} gave {len(found)} rows, not one at most")
        return found[0] if found else None

    async def all(self, shape: Callable[..., T], query: str, /, **binds: Any) -> list[T]:
        """All rows."""
        asked = queries.find(query)
        rows = await self._perform(asked, binds, connection_.Connection.rows)
        asked.fit(shape)
        return [shape(*row) for row in rows]

    async def value(self, query: str, /, **binds: Any) -> Any:
        """The first column of the first row, or None."""
        rows = await self._perform(queries.find(query), binds, connection_.Connection.rows)
        return rows[0][0] if rows else None

    async def run(self, query: str, /, **binds: Any) -> int:
        """How many rows it touched."""
        return await self._perform(queries.find(query), binds, connection_.Connection.count)

    async def _perform(
        self, query: queries.Query, binds: dict[str, Any], take: Callable[[connection_.Connection], T]
    ) -> T:
        values = query.values(binds)
        transaction = transactions.find(self._connections)
        if transaction is not None:
            return await transaction.perform(query, values, take)
        connection = await self._connections.acquire()
        try:
            await connection.execute(query, values)
            return take(connection)
        finally:
            self._connections.release(connection)
