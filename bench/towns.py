"""What the databases hold: towns whose people, sessions, threads and messages are put in as rows, as the owner.

Every account has the same password and one precomputed hash of it; its session's token is its number.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg2
import psycopg2.extensions

from handlers.core import passwords

PASSWORD = "a password for measuring"
ACCOUNTS = 10_000
# Threads in which people talk: one writes, five listen.
TALKS = 64
TALK_LISTENERS = 5
# Threads with many members.
CROWD = 500
HALL = 200
SMALL_MESSAGES = 10_000
SMALL_ENTRIES = 10_000
# Who pays each other.
PURSES = 1_000
ROWS_MAX = 100_000
TEXT = "A message of the length that people write when they have something to say to each other."
SQL = Path(__file__).parent / "towns.sql"


class Talk(NamedTuple):
    """A thread and its members; the first is its creator."""

    id: int
    member_ids: list[int]

    @property
    def writer_id(self) -> int:
        """Who posts."""
        return self.member_ids[0]

    @property
    def listener_ids(self) -> list[int]:
        """Who is told."""
        return self.member_ids[1:]


class Town(NamedTuple):
    """A database and the threads that are measured in it."""

    dsn: str
    messages: int
    talks: list[Talk]
    crowd: Talk
    hall: Talk


def token(account_id: int) -> str:
    """Of the account's session."""
    return f"bench-token-of-{account_id}"


def username(account_id: int) -> str:
    """Of an account."""
    return f"person{account_id}"


def settle(dsn: str, *, bcrypt_cost: int) -> Town:
    """Fills a migrated, empty database: the people, their threads and 10,000 messages."""
    statements = _statements()
    password_hash = passwords.hash_now(PASSWORD, bcrypt_cost)
    with _connected(dsn) as cursor:
        cursor.execute(statements["communities"])
        cursor.execute(statements["assets"])
        cursor.execute(statements["accounts"], {"accounts": ACCOUNTS, "password_hash": password_hash})
        cursor.execute("SELECT min(id), max(id), count(*) FROM accounts")
        assert cursor.fetchone() == (1, ACCOUNTS, ACCOUNTS), "the database was not new"
        cursor.execute(statements["wallets"])
        cursor.execute(statements["sessions"])
        size = TALK_LISTENERS + 1
        talks = [
            _talk(cursor, statements["thread"], list(range(1 + n * size, 1 + (n + 1) * size))) for n in range(TALKS)
        ]
        crowd = _talk(cursor, statements["thread"], list(range(1001, 1001 + CROWD)))
        hall = _talk(cursor, statements["thread"], list(range(2001, 2001 + HALL)))
    town = Town(dsn, 0, talks, crowd, hall)
    return grow(town, dsn, messages=SMALL_MESSAGES)


def grow(town: Town, dsn: str, *, messages: int) -> Town:
    """Fills this copy of a town up to so many messages, spread over its talks, each with its event."""
    statements = _statements()
    with _connected(dsn) as cursor:
        for begin in range(town.messages, messages, ROWS_MAX):
            count = min(ROWS_MAX, messages - begin)
            first, last = town.talks[0].id, town.talks[-1].id
            cursor.execute(statements["messages"], {"count": count, "first": first, "last": last, "text": TEXT})
        cursor.execute(statements["newest"])
        cursor.execute(statements["positions"])
    with _connected(dsn) as cursor:
        # What a database that grew over months has behind it, and would otherwise do while it is measured.
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return town._replace(dsn=dsn, messages=messages)


def say(town: Town, talk: Talk, count: int) -> None:
    """The writer of a thread says so much, in one transaction, as it is said through the server."""
    with _connected(town.dsn) as cursor:
        given = {"thread": talk.id, "author": talk.writer_id, "text": TEXT, "count": count}
        cursor.execute(_statements()["say"], given)


def fill_purses(dsn: str, *, entries: int) -> None:
    """The first thousand accounts have something to spend, and have paid each other until there are so many entries."""
    statements = _statements()
    with _connected(dsn) as cursor:
        cursor.execute(statements["minted"], {"purses": PURSES})
        left = entries - 2 * PURSES
        while left > 0:
            count = min(left, ROWS_MAX)
            cursor.execute(statements["paid"], {"count": count // 2, "purses": PURSES})
            left -= count
    with _connected(dsn) as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _talk(cursor: psycopg2.extensions.cursor, statement: str, member_ids: list[int]) -> Talk:
    cursor.execute(statement, {"creator": member_ids[0], "others": member_ids[1:]})
    (thread_id,) = cursor.fetchone() or (None,)
    assert thread_id is not None, "the thread was refused"
    return Talk(thread_id, member_ids)


@contextlib.contextmanager
def _connected(dsn: str) -> Iterator[psycopg2.extensions.cursor]:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _statements() -> dict[str, str]:
    parts = SQL.read_text(encoding="utf-8").split("-- name: ")[1:]
    return {part.partition("\n")[0].strip(): part.partition("\n")[2] for part in parts}
