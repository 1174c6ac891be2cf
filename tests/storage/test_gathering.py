"""Look-ups of one turn of the loop share one query, and nobody pays for anybody else."""

import asyncio
import contextvars

import pytest

from storage import database as database_
from storage import gathering, transactions
from tests.storage import scratch


class Fetches:
    """Knows the squares of the even numbers. Counts what it is asked."""

    def __init__(self):
        self.asked = []
        self.fault = None
        self.pause_seconds = 0.0

    async def __call__(self, keys):
        self.asked.append(keys)
        await asyncio.sleep(self.pause_seconds)
        if self.fault is not None:
            raise self.fault
        return {key: key * key for key in keys if key % 2 == 0}


@pytest.fixture
def fetch():
    return Fetches()


async def test_one_turn_is_one_fetch_of_different_keys(fetch):
    gathered = gathering.Gathered(fetch)
    assert await asyncio.gather(*map(gathered.find, (2, 3, 4, 2))) == [4, None, 16, 4]
    assert fetch.asked == [[2, 3, 4]]


async def test_nothing_is_kept(fetch):
    gathered = gathering.Gathered(fetch)
    for _ in range(2):
        assert await gathered.find(2) == 4
    assert fetch.asked == [[2], [2]]


async def test_another_turn_does_not_wait_for_a_fetch_under_way(fetch):
    gathered = gathering.Gathered(fetch)
    fetch.pause_seconds = 0.2
    slow = asyncio.create_task(gathered.find(2))
    await asyncio.sleep(0.01)
    fetch.pause_seconds = 0
    assert await gathered.find(4) == 16
    assert not slow.done()
    assert await slow == 4


async def test_many_keys_are_several_fetches_of_a_bounded_size(fetch):
    gathered = gathering.Gathered(fetch, keys_max=3)
    assert await asyncio.gather(*map(gathered.find, range(0, 16, 2))) == [i * i for i in range(0, 16, 2)]
    assert fetch.asked == [[0, 2, 4], [6, 8, 10], [12, 14]]


async def test_a_fault_reaches_everybody_who_asked_and_nobody_later(fetch):
    gathered = gathering.Gathered(fetch)
    fetch.fault = database_.Unavailable("away")
    outcomes = await asyncio.gather(*map(gathered.find, (1, 2, 2)), return_exceptions=True)
    assert outcomes == [fetch.fault] * 3
    fetch.fault = None
    assert await gathered.find(2) == 4


async def test_a_cancelled_asker_harms_nobody(fetch):
    gathered = gathering.Gathered(fetch)
    fetch.pause_seconds = 0.05
    askers = [asyncio.create_task(gathered.find(key)) for key in (2, 2, 4)]
    await asyncio.sleep(0)
    # The first asked first, for a key that another asks for too.
    askers[0].cancel()
    await asyncio.sleep(0.01)
    askers[2].cancel()
    outcomes = await asyncio.gather(*askers, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, int, asyncio.CancelledError]
    assert outcomes[1] == 4


async def test_what_nobody_waits_for_any_more_is_not_fetched(fetch):
    gathered = gathering.Gathered(fetch)
    asker = asyncio.create_task(gathered.find(2))
    await asyncio.sleep(0)
    asker.cancel()
    await asyncio.gather(asker, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert fetch.asked == []


async def test_a_fetch_that_is_given_up_leaves_nobody_waiting(fetch):
    gathered = gathering.Gathered(fetch)
    fetch.pause_seconds = 5
    asker = asyncio.create_task(gathered.find(2))
    await scratch.until(lambda: fetch.asked)
    for task in asyncio.all_tasks() - {asyncio.current_task(), asker}:
        if "Gathered._answer" in repr(task):
            task.cancel()
    with pytest.raises(database_.Unavailable):
        await asker


async def test_who_asks_first_does_not_lend_its_context_to_the_others():
    asker = contextvars.ContextVar("asker", default="nobody")
    seen = []

    async def fetch(keys):
        seen.append(asker.get())
        return {}

    gathered = gathering.Gathered(fetch)
    asker.set("the first")
    await gathered.find(1)
    assert seen == ["nobody"]


async def test_it_is_refused_inside_a_transaction_and_joins_nobody_elses(database):
    inside = []

    async def fetch(keys):
        inside.append(transactions.is_open())
        return {}

    gathered = gathering.Gathered(fetch)
    with pytest.raises(RuntimeError, match="no transaction"):
        async with database.transaction():
            await gathered.find(1)
    assert await gathered.find(1) is None
    assert inside == [False]


async def test_real_look_ups_share_a_query(clone):
    dsn = clone()
    await scratch.make_table(dsn)
    await scratch.command(dsn, "INSERT INTO scratch (id, text) SELECT i, i FROM generate_series(1, 100) i")
    with scratch.known():
        scratch.add("find_many", "SELECT id, text FROM scratch WHERE id = ANY(:ids)")
        async with scratch.opened(dsn, connections_max=1) as database:
            calls = []

            async def fetch(ids):
                calls.append(len(ids))
                return dict(await database.all(lambda *row: row, "scratch.find_many", ids=ids))

            gathered = gathering.Gathered(fetch)
            found = await asyncio.gather(*map(gathered.find, range(1, 103)))
    assert found == [*map(str, range(1, 101)), None, None]
    assert calls == [102]
