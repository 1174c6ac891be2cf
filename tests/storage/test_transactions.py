"""Transactions: all or nothing, joined by whoever is called inside, and never shared by two queries at once."""

import asyncio

import pytest

from storage import database as database_
from tests.storage import scratch


@pytest.fixture
def database(scratched):
    return scratched


async def test_what_is_written_is_seen_by_others_after_the_commit_only(database, place):
    async with database.transaction():
        await scratch.put(database, 1)
        await scratch.put(database, 2)
        assert await database.value("scratch.count") == 2
        assert await scratch.written(place) == []
        assert database.stats == (0, 1, 0)
    assert await scratch.written(place) == [1, 2]
    assert database.stats == (1, 0, 0)


async def test_an_exception_takes_everything_back_and_goes_on(database, place):
    with pytest.raises(KeyError):
        async with database.transaction():
            await scratch.put(database, 1)
            raise KeyError
    assert await scratch.written(place) == []
    assert database.stats == (1, 0, 0)
    await scratch.put(database, 1)


async def test_an_inner_transaction_is_part_of_the_outer_one(database, place):
    async def act(id_):
        async with database.transaction():
            await scratch.put(database, id_)

    with pytest.raises(KeyError):
        async with database.transaction():
            await act(1)
            await act(2)
            assert await scratch.written(place) == []
            raise KeyError
    assert await scratch.written(place) == []
    async with database.transaction():
        await act(1)
        # A shielded act runs in a task of its own: it joins all the same.
        await asyncio.shield(act(2))
        assert await scratch.written(place) == []
    assert await scratch.written(place) == [1, 2]


async def test_without_a_query_no_connection_is_taken(database):
    async with database.transaction():
        assert database.stats == (1, 0, 0)
    with pytest.raises(KeyError):
        async with database.transaction():
            raise KeyError


async def test_half_of_an_inner_act_is_never_committed(database, place):
    with pytest.raises(RuntimeError, match="rolled back"):
        async with database.transaction():
            await scratch.put(database, 1)
            with pytest.raises(KeyError):
                async with database.transaction():
                    await scratch.put(database, 2)
                    raise KeyError
    assert await scratch.written(place) == []


async def test_a_failed_query_caught_inside_cannot_be_committed(database, place):
    """PostgreSQL would answer COMMIT with a rollback and no error."""
    with pytest.raises(RuntimeError, match="rolled back"):
        async with database.transaction():
            await scratch.put(database, 1)
            with pytest.raises(database_.Conflict):
                await scratch.put(database, 1)
            with pytest.raises(RuntimeError, match="catch what failed outside"):
                await scratch.put(database, 2)
    assert await scratch.written(place) == []
    assert database.stats == (1, 0, 0)


async def test_a_conflict_leaves_the_connection_fit_for_the_next(database, place):
    with pytest.raises(database_.Conflict):
        async with database.transaction():
            await scratch.put(database, 1)
            await scratch.put(database, 1)
    assert database.stats == (1, 0, 0)
    await scratch.put(database, 1)
    assert await scratch.written(place) == [1]


async def test_a_constraint_checked_at_the_commit_is_a_conflict(database, place):
    await scratch.command(place, "ALTER TABLE scratch ALTER CONSTRAINT scratch_parent INITIALLY DEFERRED")
    try:
        done = []
        with pytest.raises(database_.Conflict) as caught:
            async with database.transaction():
                await database.run("scratch.insert_child", id=3, parent_id=99)
                database.after_commit(lambda: done.append(1))
        assert caught.value.constraint == "scratch_parent"
        assert done == []
    finally:
        await scratch.command(place, "ALTER TABLE scratch ALTER CONSTRAINT scratch_parent NOT DEFERRABLE")
    assert await scratch.written(place) == []


async def test_what_follows_a_commit_comes_after_the_outermost_one_in_order(database, place):
    done = []
    database.after_commit(lambda: done.append("at once"))
    assert done == ["at once"]
    async with database.transaction():
        async with database.transaction():
            await scratch.put(database, 1)
            database.after_commit(lambda: done.append("inner"))
        database.after_commit(lambda: done.append(database.stats))
        assert done == ["at once"]
    # The connection is free again by then.
    assert done == ["at once", "inner", (1, 0, 0)]


async def test_what_follows_a_commit_is_dropped_at_rollback(database):
    done = []
    with pytest.raises(KeyError):
        async with database.transaction():
            database.after_commit(lambda: done.append(1))
            await scratch.put(database, 1)
            raise KeyError
    await scratch.put(database, 2)
    assert done == []


async def test_a_failure_after_the_commit_is_reported_and_changes_nothing(database, place):
    done, reports = [], []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, report: reports.append(report["exception"]))
    try:
        async with database.transaction():
            await scratch.put(database, 1)
            database.after_commit(lambda: 1 / 0)
            database.after_commit(lambda: done.append(1))
    finally:
        loop.set_exception_handler(before)
    assert done == [1] and [type(report) for report in reports] == [ZeroDivisionError]
    assert await scratch.written(place) == [1]


async def test_a_connection_that_dies_inside_is_unavailable_and_leaves_nothing_stuck(database, place):
    done = []
    for when in ("before a query", "before the commit", "in a query"):
        with pytest.raises(database_.Unavailable):
            async with database.transaction():
                database.after_commit(lambda: done.append(1))
                await scratch.put(database, 1)
                pid = await database.value("scratch.pid")
                end = scratch.command(place, f"SELECT pg_terminate_backend({pid}, 5000)")
                if when == "in a query":
                    running = asyncio.create_task(database.run("scratch.sleep", seconds=5))
                    await asyncio.sleep(0.05)
                    await end
                    await running
                await end
                if when == "before a query":
                    await database.value("scratch.count")
        assert database.stats.busy == 0
    assert done == []
    assert await scratch.written(place) == []
    await scratch.put(database, 1)


async def test_a_transaction_that_idles_too_long_is_ended_by_the_server(place, monkeypatch):
    monkeypatch.setattr(database_, "IDLE_IN_TRANSACTION_SECONDS", 0.1)
    async with scratch.opened(place) as database:
        with pytest.raises(database_.Unavailable):
            async with database.transaction():
                await scratch.put(database, 77)
                await asyncio.sleep(0.5)
                await database.value("scratch.count")
        assert 77 not in await database.all(int, "scratch.list_ids")


async def test_two_databases_have_transactions_of_their_own(database, place):
    async with scratch.opened(place) as other:
        async with other.transaction():
            await scratch.put(other, 1)
            async with database.transaction():
                await scratch.put(database, 2)
                assert await other.value("scratch.count") == 1
                await scratch.put(other, 3)
            assert await scratch.written(place) == [2]
        assert await scratch.written(place) == [1, 2, 3]
