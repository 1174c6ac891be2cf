"""Transactions: one connection for all that is asked between two points in the code, and all of it or nothing.

Which transaction code runs in is told by a context variable, so that an act called inside another's transaction joins
it. A task started inside a transaction is in it too, one query at a time; once it has ended, the task is in none.
There are no savepoints: what failed in part has failed. Catch exceptions around a transaction, not in it.
"""

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, TypeVar

from storage import connection as connection_
from storage import connections as connections_
from storage import faults, queries

T = TypeVar("T")

_innermost: contextvars.ContextVar["Transaction | None"] = contextvars.ContextVar("transaction", default=None)


class Transaction:
    """An open transaction. Its connection is taken, and BEGIN sent, with the first statement."""

    __slots__ = ("_connection", "_is_busy", "callbacks", "connections", "has_failed", "is_over", "outer")

    def __init__(self, connections: connections_.Connections, outer: "Transaction | None") -> None:
        self.connections = connections
        # One of another database: each has its own.
        self.outer = outer
        self.callbacks: list[Callable[[], None]] = []
        self.is_over = False
        self.has_failed = False
        self._connection: connection_.Connection | None = None
        self._is_busy = False

    async def perform(
        self, query: queries.Query, values: Sequence[Any], take: Callable[[connection_.Connection], T]
    ) -> T:
        """Runs a query inside. *Refuses* (RuntimeError): another task's query is running, an earlier one failed."""
        if self._is_busy:
            self.has_failed = True
            raise RuntimeError("a transaction runs one query at a time: no gather inside")
        if self.has_failed:
            raise RuntimeError("the transaction has failed: catch what failed outside of it")
        self._is_busy = True
        try:
            if self._connection is None:
                opening = "BEGIN; "
                connection = await self._acquire()
            else:
                opening = ""
                connection = self._connection
            await connection.execute(query, values, opening=opening)
            return take(connection)
        except BaseException:
            self.has_failed = True
            raise
        finally:
            self._is_busy = False

    async def _acquire(self) -> connection_.Connection:
        connection = await self.connections.acquire()
        if self.is_over:
            self.connections.release(connection)
            raise RuntimeError("the transaction ended while another task waited for a connection in it")
        self._connection = connection
        return connection

    async def end(self, fault: BaseException | None) -> None:
        """Commits, or with a fault rolls back. *Refuses*: as a statement; RuntimeError if it cannot be committed."""
        self.is_over = True
        failure = None
        if self._is_busy:
            failure = "the transaction ended while another task's query was running in it: rolled back"
        elif self.has_failed:
            failure = "a failure inside the transaction was caught inside: rolled back"
        if self._connection is not None:
            try:
                await self._finish(self._connection, fault, is_good=fault is None and failure is None)
            finally:
                self.connections.release(self._connection)
        if fault is None:
            if failure is not None:
                raise RuntimeError(failure)
            for callback in self.callbacks:
                call(callback)

    async def _finish(self, connection: connection_.Connection, fault: BaseException | None, *, is_good: bool) -> None:
        if is_good:
            await connection.command("COMMIT", what="COMMIT")
        elif self._is_busy or not (fault is None or isinstance(fault, Exception)):
            # Whoever was cancelled does not wait. The server rolls back when it sees the connection closed.
            connection.close()
        elif not (connection.is_closed or connection.is_idle):
            try:
                await connection.command("ROLLBACK", what="ROLLBACK")
            except faults.Unavailable:
                connection.close()


def call(callback: Callable[[], None]) -> None:
    """Calls what was to be called after a commit. Its failure is the loop's to report: what is done is done."""
    try:
        callback()
    except Exception as fault:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "what was to follow a commit failed", "exception": fault}
        )


def find(connections: connections_.Connections) -> Transaction | None:
    """The open transaction over these connections that the running code is in."""
    transaction = _innermost.get()
    while transaction is not None and (transaction.is_over or transaction.connections is not connections):
        transaction = transaction.outer
    return transaction


def is_open() -> bool:
    """Whether the running code is in a transaction of any database."""
    transaction = _innermost.get()
    while transaction is not None and transaction.is_over:
        transaction = transaction.outer
    return transaction is not None


class Block:
    """`async with` around what belongs together: opens a transaction, or joins the one that is open."""

    __slots__ = ("_connections", "_is_outermost", "_transaction")

    def __init__(self, connections: connections_.Connections) -> None:
        self._connections = connections

    async def __aenter__(self) -> None:
        joined = find(self._connections)
        self._is_outermost = joined is None
        if joined is None:
            joined = Transaction(self._connections, _innermost.get())
            _innermost.set(joined)
        self._transaction = joined

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_outermost:
            _innermost.set(self._transaction.outer)
            await self._transaction.end(fault)
        elif fault is not None:
            # Half of an inner act may be written: it must not be committed with the rest.
            self._transaction.has_failed = True
