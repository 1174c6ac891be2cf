"""Transactions and tasks: who may use one, what a cancelled task leaves behind, and what outlives it."""

import asyncio

import pytest

from storage import database as database_
from tests.storage import scratch


@pytest.fixture
def database(scratched):
    return scratched


async def test_two_queries_at_once_in_a_transaction_are_refused(database, place):
    """One connection runs one query at a time: a gather inside would mix up two answers."""
    with pytest.raises(RuntimeError, match="one query at a time"):
        async with database.transaction():
            await scratch.put(database, 1)
            await asyncio.gather(database.run("scratch.sleep", seconds=0.1), scratch.put(database, 2))
    await scratch.until(lambda: database.stats.busy == 0)
    assert await scratch.written(place) == []


async def test_a_task_that_outlives_the_transaction_is_in_none(database, place):
    ended = asyncio.Event()

    async def later():
        await ended.wait()
        await scratch.put(database, 2)
        async with database.transaction():
            await scratch.put(database, 3)
            raise KeyError

    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await scratch.put(database, 1)
            task = asyncio.create_task(later())
            raise ZeroDivisionError
    ended.set()
    with pytest.raises(KeyError):
        await task
    assert await scratch.written(place) == [2]


async def test_a_transaction_that_ends_under_a_running_query_of_another_task_is_rolled_back(database, place):
    with pytest.raises(RuntimeError, match="another task's query"):
        async with database.transaction():
            await scratch.put(database, 1)
            task = asyncio.create_task(database.run("scratch.sleep", seconds=3))
            await asyncio.sleep(0.02)
    with pytest.raises(database_.Unavailable):
        await task
    assert await scratch.written(place) == []
    await scratch.put(database, 2)


async def test_a_transaction_that_ends_while_another_task_waits_for_its_connection(place):
    async with scratch.opened(place, connections_max=1) as database:
        holder = asyncio.create_task(database.run("scratch.sleep", seconds=0.2))
        await asyncio.sleep(0.02)
        with pytest.raises(RuntimeError, match="another task's query"):
            async with database.transaction():
                task = asyncio.create_task(database.value("scratch.count"))
                await asyncio.sleep(0.02)
        with pytest.raises(RuntimeError, match="the transaction ended"):
            await task
        await holder
        assert database.stats == (1, 0, 0)


async def test_a_task_cancelled_in_a_query_loses_all_it_wrote_and_no_lock_stays(database, place):
    async def act():
        async with database.transaction():
            await scratch.put(database, 1)
            await database.run("scratch.sleep", seconds=5)

    task = asyncio.create_task(act())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # Would wait for the other's row, were it still there.
    await scratch.put(database, 1)
    assert await scratch.written(place) == [1]


async def test_a_task_cancelled_between_queries_loses_all_it_wrote(database, place):
    async def act():
        async with database.transaction():
            await scratch.put(database, 1)
            await asyncio.sleep(5)

    task = asyncio.create_task(act())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await scratch.put(database, 1)
    assert await scratch.written(place) == [1]


async def test_transactions_of_different_tasks_know_nothing_of_each_other(database, place):
    async def act(id_):
        async with database.transaction():
            await scratch.put(database, id_)
            await asyncio.sleep(0.01)
            if id_ % 2:
                raise KeyError

    outcomes = await asyncio.gather(*map(act, range(20)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), KeyError] * 10
    assert await scratch.written(place) == list(range(0, 20, 2))
