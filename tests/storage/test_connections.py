"""The free list: fair under load, bounded in time, and whole again after anything that breaks a connection."""

import asyncio
import time

import pytest

from storage import connection as connection_
from storage import connections as connections_
from storage import database as database_
from tests.storage import scratch


async def test_connections_are_opened_when_needed_and_no_more_than_allowed(place):
    async with scratch.opened(place, connections_max=3) as database:
        assert database.stats == (1, 0, 0)
        tasks = [asyncio.create_task(scratch.sleep(database, 0.1)) for _ in range(5)]
        await asyncio.sleep(0.06)
        assert database.stats == (0, 3, 2)
        await asyncio.gather(*tasks)
        assert database.stats == (3, 0, 0)


async def test_who_waits_longest_is_served_first(place):
    async with scratch.opened(place, connections_max=1) as database:
        order = []

        async def ask(i):
            for _ in range(3):
                await database.value("scratch.count")
                order.append(i)

        await asyncio.gather(scratch.sleep(database, 0.05), *map(ask, range(20)))
        # Nobody has a second turn before all have had their first.
        assert order == [*range(20)] * 3


async def test_waiting_has_an_end(place):
    async with scratch.opened(place, connections_max=1, acquire_timeout_seconds=0.1) as database:
        task = asyncio.create_task(scratch.sleep(database, 0.5))
        await asyncio.sleep(0.01)
        began = time.monotonic()
        waiters = await asyncio.gather(*[database.value("scratch.count") for _ in range(50)], return_exceptions=True)
        assert {type(waiter) for waiter in waiters} == {database_.Unavailable}
        assert time.monotonic() - began < 0.3
        assert database.stats == (0, 1, 0)
        await task
        assert database.stats == (1, 0, 0)


async def test_a_cancelled_waiter_loses_no_connection(place):
    async with scratch.opened(place, connections_max=1) as database:
        holder = asyncio.create_task(scratch.sleep(database, 0.1))
        await asyncio.sleep(0.01)
        waiters = [asyncio.create_task(database.value("scratch.count")) for _ in range(3)]
        await asyncio.sleep(0)
        await scratch.cancelled(waiters[0])
        await scratch.cancelled(waiters[2])
        assert await waiters[1] == 0
        await holder
        assert database.stats == (1, 0, 0)


@pytest.mark.parametrize("turns", range(6))
async def test_a_waiter_cancelled_as_its_turn_comes_loses_no_connection(place, turns):
    """Whenever the cancellation comes between the end of one's statement and the start of the next one's."""
    async with scratch.opened(place, connections_max=1) as database:
        waiters = []

        async def hold():
            await database.value("scratch.count")
            # The connection was handed over in this very turn of the loop.
            for _ in range(turns):
                await asyncio.sleep(0)
            waiters[0].cancel()

        holder = asyncio.create_task(hold())
        await asyncio.sleep(0)
        waiters += [asyncio.create_task(database.value("scratch.count")) for _ in range(2)]
        async with asyncio.timeout(1):
            outcomes = await asyncio.gather(holder, *waiters, return_exceptions=True)
        assert outcomes[2] == 0
        await scratch.until(lambda: database.stats == (1, 0, 0))


async def test_a_cancelled_statement_costs_its_connection_and_the_next_waiter_is_served(place):
    """The stock pool would wake nobody for a connection that a cancellation closed."""
    async with scratch.opened(place, connections_max=1) as database:
        pid = await database.value("scratch.pid")
        task = asyncio.create_task(scratch.sleep(database, 5))
        await asyncio.sleep(0.02)
        waiter = asyncio.create_task(database.value("scratch.pid"))
        await asyncio.sleep(0.02)
        began = time.monotonic()
        await scratch.cancelled(task)
        assert await waiter != pid
        assert time.monotonic() - began < 0.5
        assert database.stats == (1, 0, 0)


async def test_a_cancelled_statement_ends_in_the_server_too(place):
    """Without the session's client_connection_check_interval it would run on, unless the server is set up so."""
    name = (await scratch.command(place, "SELECT current_database()"))[0][0]
    await scratch.command(place, f"ALTER DATABASE {name} SET client_connection_check_interval = 0")
    async with scratch.opened(place, statement_timeout_seconds=60) as database:
        task = asyncio.create_task(scratch.sleep(database, 50))
        await scratch.until(lambda: database.value("scratch.running", like="%scratch.sleep%"))
        await scratch.cancelled(task)
        began = time.monotonic()

        async def ended():
            return not await database.value("scratch.running", like="%scratch.sleep%")

        await scratch.until(ended, 5)
        assert time.monotonic() - began < 3


async def test_a_connection_the_server_ended_while_idle_is_replaced_unseen(place):
    async with scratch.opened(place) as database:
        await asyncio.gather(*[scratch.sleep(database, 0.05) for _ in range(4)])
        assert database.stats.idle == 4
        await scratch.command(
            place,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'hiroba' AND datname = current_database() AND pid <> pg_backend_pid()",
        )
        await asyncio.gather(*[scratch.sleep(database, 0.01) for _ in range(8)])
        assert database.stats == (4, 0, 0)


async def test_a_connection_closed_again_takes_nothing_from_the_one_that_has_its_descriptor_now(place):
    first = await connection_.Connection.open(place, within_seconds=2, limit_seconds=2)
    first.close()
    second = await connection_.Connection.open(place, within_seconds=2, limit_seconds=0.5)
    first.close()
    await second.command("SELECT 7 FROM pg_sleep(0.05)", what="a test")
    assert (second.rows(), second.is_closed) == ([(7,)], False)
    second.close()


async def test_a_connection_given_back_inside_a_transaction_is_not_given_on(place):
    def open_(seconds):
        return connection_.Connection.open(place, within_seconds=seconds, limit_seconds=2)

    connections = connections_.Connections(open_, most=1, acquire_timeout_seconds=2)
    connection = await connections.acquire()
    await connection.command("BEGIN", what="a test")
    connections.release(connection)
    assert connection.is_closed and connections.stats == (0, 0, 0)
    assert await connections.acquire() is not connection
    await connections.close()


async def test_closing_lets_statements_end_and_refuses_the_rest(place):
    async with scratch.opened(place, connections_max=2) as database:
        running = [asyncio.create_task(scratch.sleep(database, 0.1)) for _ in range(2)]
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(database.value("scratch.count"))
        await asyncio.sleep(0.01)
        await database.close()
        assert await asyncio.gather(*running) == [1, 1]
        assert database.stats == (0, 0, 0)
        for late in (waiting, database.value("scratch.count")):
            with pytest.raises(database_.Unavailable, match="being closed"):
                await late


async def test_closing_does_not_wait_for_ever(place, monkeypatch):
    monkeypatch.setattr("storage.connections.CLOSE_PATIENCE_SECONDS", 0.1)
    async with scratch.opened(place) as database:
        running = asyncio.create_task(scratch.sleep(database, 5))
        await asyncio.sleep(0.05)
        await database.close()
        with pytest.raises(database_.Unavailable):
            await running
        assert database.stats == (0, 0, 0)
