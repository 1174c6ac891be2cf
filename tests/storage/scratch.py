"""A table and queries that only the tests of the database itself use."""

import asyncio
import contextlib
import contextvars
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest

from storage import connection as connection_
from storage import database as database_
from storage import queries

TABLE = """
DROP TABLE IF EXISTS scratch;
CREATE TABLE scratch (
    id bigint PRIMARY KEY,
    text text CONSTRAINT scratch_text_length CHECK (length(text) < 100),
    at timestamptz,
    data jsonb,
    bytes bytea,
    numbers bigint[],
    parent_id bigint CONSTRAINT scratch_parent REFERENCES scratch DEFERRABLE,
    EXCLUDE (text WITH =) WHERE (id > 1000)
);
CREATE UNIQUE INDEX scratch_text_key ON scratch (text) WHERE id < 1000;
GRANT SELECT, INSERT, UPDATE, DELETE ON scratch TO {role};
"""
QUERIES = """
-- name: insert
INSERT INTO scratch (id, text, at, data, bytes, numbers)
VALUES (:id, :text, CAST(:at AS timestamptz), CAST(:data AS jsonb), CAST(:bytes AS bytea), CAST(:numbers AS bigint[]))

-- name: insert_id
INSERT INTO scratch (id, text) VALUES (:id, CAST(CAST(:id AS bigint) AS text))

-- name: insert_child
INSERT INTO scratch (id, parent_id) VALUES (:id, :parent_id)

-- name: find
SELECT id, text, at, data, bytes, numbers FROM scratch WHERE id = :id

-- name: list_ids
SELECT id FROM scratch ORDER BY id

-- name: count
SELECT count(*) FROM scratch

-- name: update_text
UPDATE scratch SET text = :text WHERE id = ANY(:ids)

-- name: lock
SELECT id FROM scratch WHERE id = :id FOR UPDATE

-- name: lock_at_once
SELECT id FROM scratch WHERE id = :id FOR UPDATE NOWAIT

-- name: sleep
SELECT 1 FROM pg_sleep(:seconds)

-- name: pid
SELECT pg_backend_pid()

-- name: who
SELECT current_user, current_setting('TimeZone'), current_setting('statement_timeout')

-- name: terminate
SELECT pg_terminate_backend(:pid)

-- name: cancel
SELECT pg_cancel_backend(:pid)

-- name: running
SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE :like AND pid <> pg_backend_pid()

-- name: types
SELECT ARRAY[CAST(:at AS timestamptz), NULL] AS ats, ARRAY[CAST(:bytes AS bytea), NULL] AS byteses,
       ARRAY[CAST('{"a": 1.10}' AS jsonb), NULL] AS datas, ARRAY['a', NULL] AS texts, CAST(1.5 AS numeric) AS numeric

-- name: broken_value
SELECT CAST(CAST(:text AS text) AS bigint)

-- name: broken_name
SELECT nothing_of_that_name FROM scratch WHERE text = :text

-- name: set_leaking
SET statement_timeout = 0

-- name: two_rows
SELECT 1 UNION ALL SELECT 2
"""


class Line(msgspec.Struct, frozen=True):
    id: int
    text: str | None
    at: datetime | None
    data: str | None
    bytes: bytes | None
    numbers: list[int] | None


class Misfit(msgspec.Struct, frozen=True):
    text: str | None
    id: int
    at: datetime | None
    data: str | None
    bytes: bytes | None
    numbers: list[int] | None


@contextlib.contextmanager
def known() -> Iterator[None]:
    """The queries of this file can be asked by name."""
    queries.ALL.update(queries.parse("scratch", QUERIES))
    yield
    for name in [name for name in queries.ALL if name.startswith("scratch.")]:
        del queries.ALL[name]


def add(name: str, text: str) -> None:
    """One query more."""
    queries.ALL.update(queries.parse("scratch", f"-- name: {name}\n{text}"))


def nowhere() -> contextvars.Context:
    """For a task that is to know nothing of the test's transaction."""
    return contextvars.Context()


async def command(dsn: str, text: str) -> list[tuple[Any, ...]]:
    """Runs any SQL as the owner, on a connection of its own."""
    connection = await connection_.Connection.open(dsn, within_seconds=10, limit_seconds=30)
    try:
        await connection.command(text, what="a test")
        return connection.rows()
    finally:
        connection.close()


async def make_table(dsn: str, role: str = "hiroba_server") -> None:
    await command(dsn, TABLE.format(role=role))


@contextlib.asynccontextmanager
async def opened(dsn: str, **limits: Any) -> AsyncIterator[database_.Database]:
    """A database with small limits, its queries run by the owner unless `role` says otherwise."""
    kept = {"connections_max": 4, "acquire_timeout_seconds": 2, "statement_timeout_seconds": 5, "role": None}
    database = await database_.Database.open(dsn, **(kept | limits))
    try:
        yield database
    finally:
        await database.close()


async def until(true: Callable[[], Any], seconds: float = 5) -> None:
    """Waits until it is so; fails if that takes too long."""
    end = time.monotonic() + seconds
    while True:
        answer = true()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return
        assert time.monotonic() < end, "it never came to be so"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def frozen(dsn: str) -> AsyncIterator[list[int]]:
    """PostgreSQL hangs: these processes of it are stopped, its sockets stay open."""
    rows = await command(dsn, "SELECT pg_read_file('postmaster.pid'), array_agg(pid) FROM pg_stat_activity")
    postmaster = int(re.match(r"\d+", rows[0][0])[0])
    pids = [postmaster, *rows[0][1]]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield pids
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def written(place):
    """The ids in the table, as somebody else sees it."""
    return [row[0] for row in await command(place, "SELECT id FROM scratch ORDER BY id")]


async def put(database, id_):
    """Writes an id into the table."""
    await database.run("scratch.insert_id", id=id_)


async def sleep(database, seconds):
    """Keeps a connection busy."""
    return await database.run("scratch.sleep", seconds=seconds)


async def cancelled(task):
    """Cancels a task and waits until it is."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
