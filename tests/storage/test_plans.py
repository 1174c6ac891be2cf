"""What is asked at every message costs the same in a world with one big thread as in a small one.

Plans are looked at as the server gets them: prepared, and after a few uses made without knowing the values.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psycopg2
import pytest

from storage import queries

MESSAGES = 100_000
# Pages of 8 KiB that a query may touch. A walk over the big thread touches thousands.
PAGES_FEW = 60
# A hundred events, each looked up in two tables, and what leads to them.
PAGES_REPLAY = 1_200
# One look each at 201 threads and memberships.
PAGES_LIST = 2_000

# 2,000 people; one big thread of them all; everybody else has small ones, and account 1 has 200 of these.
WORLD = f"""
INSERT INTO communities (name, created_at) VALUES ('Kaga city', now());
INSERT INTO accounts (username, community_id, created_at, updated_at)
     SELECT 'member' || n, 1, now(), now() FROM generate_series(1, 2000) n;
SELECT thread_begin('group', 1, 1, NULL, 'Big', (SELECT array_agg(n) FROM generate_series(2, 2000) n), now());
SELECT thread_begin('pair', 1, 1, NULL, NULL, ARRAY[n], now()) FROM generate_series(2, 201) n;
SELECT thread_begin('pair', 1, n, NULL, NULL, ARRAY[n + 1], now()) FROM generate_series(500, 1900) n;
INSERT INTO messages (thread_id, author_id, text, created_at)
     SELECT CASE WHEN n % 10 = 0 THEN 2 + n / 10 % 1600 ELSE 1 END, 2 + n % 1999, 'Hello, how are you?', now()
       FROM generate_series(1, {MESSAGES}) n;
UPDATE threads t
   SET newest_message_id = m.id, newest_author_id = m.author_id, last_message_id = m.id, last_message_at = now()
  FROM (SELECT DISTINCT ON (thread_id) * FROM messages ORDER BY thread_id, id DESC) m WHERE m.thread_id = t.id;
INSERT INTO events (kind, thread_id, actor_id, message_id, at)
     SELECT 'message', thread_id, author_id, id, now() FROM messages ORDER BY id;
UPDATE events SET position = id;
VACUUM ANALYZE;
"""


class World:
    """A connection to a big world, with the server's rights and the planner's doubts."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg2.connect(dsn)
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()
        for statement in WORLD.split(";\n"):
            if statement.strip():
                self._cursor.execute(statement)
        self.do("SET ROLE hiroba_server")
        self.do("SET plan_cache_mode = force_generic_plan")

    def do(self, text: str, *values: Any) -> list[tuple]:
        self._cursor.execute(text, values or None)
        return self._cursor.fetchall() if self._cursor.description else []

    def pages(self, name: str, **binds: Any) -> tuple[int, str]:
        """How many pages the query touches the second time, and its plan."""
        query = queries.find(name)
        with contextlib.suppress(psycopg2.errors.DuplicatePreparedStatement):
            self.do(query.prepare_text.replace("%", "%%"))
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query.execute_text}"
        for _ in range(2):
            ((plan,),) = self.do(explain, *query.values(binds))
        root = plan[0]["Plan"]
        return root["Shared Hit Blocks"] + root["Shared Read Blocks"], msgspec.json.format(
            msgspec.json.encode(plan)
        ).decode()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def world(clone: Callable[[], str]) -> Iterator[World]:
    world = World(clone())
    yield world
    world.close()


@pytest.mark.parametrize("thread_id", [1, 2], ids=["big", "small"])
@pytest.mark.parametrize("before", [None, MESSAGES // 2], ids=["end", "middle"])
def test_history_costs_a_page_of_it(world: World, thread_id: int, before: int | None):
    touched, plan = world.pages(
        "messages.list_newest", thread_ids=[thread_id], reader_ids=[1], befores=[before], mosts=[50]
    )
    assert touched < PAGES_FEW, plan
    touched, plan = world.pages(
        "messages.list_after", thread_id=thread_id, reader_id=1, before=None, after=before or 0, most=50
    )
    assert touched < PAGES_FEW, plan


@pytest.mark.parametrize("since", [0, 50_000, 101_000], ids=["long away", "away", "just away"])
def test_replay_costs_a_page_of_it(world: World, since: int):
    (until,) = world.do("SELECT max(position) FROM events")[0]
    # Account 300 is in the big thread only: account 1 in 200 more, each of which is one look at an index.
    for account_id, most in ((300, PAGES_REPLAY), (1, PAGES_REPLAY + 201 * 12)):
        touched, plan = world.pages("events.replay", account_id=account_id, since=since, until=until, most=100)
        assert touched < most, plan


def test_following_the_log_costs_what_is_new(world: World):
    (until,) = world.do("SELECT max(position) FROM events")[0]
    touched, plan = world.pages("events.advance", since=until, low=0)
    assert touched < PAGES_FEW, plan
    touched, plan = world.pages("events.find_state", since=until - 10)
    assert touched < PAGES_FEW, plan


def test_a_list_of_threads_costs_its_threads_and_not_their_messages(world: World):
    touched, plan = world.pages("threads.count_unread", reader_id=1)
    assert touched < PAGES_LIST, plan
    touched, plan = world.pages("threads.list_by_reader", reader_id=1, start_id=None, is_back=False, most=10)
    # The big thread is among them, with its 2,000 people.
    assert touched < 2 * PAGES_LIST + 2_000 * 4, plan
    touched, plan = world.pages("threads.find_many", reader_id=1, thread_ids=[2])
    assert touched < PAGES_FEW, plan
