"""While PostgreSQL is away, mute, frozen or breaking connections: callers learn it in time, and it ends with that."""

import asyncio
import contextlib
import os
import random
import select
import signal
import socket
import struct
import time

import pytest

from storage import database as database_
from tests.storage import scratch


async def test_a_server_that_never_answers_is_unavailable_within_the_limit(place):
    """To connect has no limit of its own in the driver: it would hold all who wait behind it."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        dsn = f"host=127.0.0.1 port={mute.getsockname()[1]} user=x dbname=x"
        began = time.monotonic()
        with pytest.raises(database_.Unavailable, match="does not answer"):
            async with asyncio.timeout(2), scratch.opened(dsn, acquire_timeout_seconds=0.2):
                pass
        assert time.monotonic() - began < 0.5


async def test_nobody_listening_is_unavailable_at_once():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for host in ("127.0.0.1", "localhost", "/nonexistent"):
        with pytest.raises(database_.Unavailable, match="cannot be reached"):
            async with scratch.opened(f"host={host} port={port} user=x dbname=x"):
                pass
    with pytest.raises(database_.Unavailable, match=r"nobody knows .* no\.such\.invalid"):
        async with scratch.opened("host=no.such.invalid user=x dbname=x", acquire_timeout_seconds=5):
            pass


@contextlib.asynccontextmanager
async def listening(dsn, port):
    """PostgreSQL over TCP, until the block is left: then its connections are reset and new ones refused."""
    path = (await scratch.command(dsn, "SHOW unix_socket_directories"))[0][0] + "/.s.PGSQL.5432"
    writers, pipes = [], []

    async def pipe(reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def accept(reader, writer):
        far_reader, far_writer = await asyncio.open_unix_connection(path)
        writers.append(writer)
        pipes.extend([asyncio.create_task(pipe(reader, far_writer)), asyncio.create_task(pipe(far_reader, writer))])
        await asyncio.gather(*pipes[-2:])

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            # No goodbye: a reset.
            reset = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.transport.abort()
        await asyncio.gather(*pipes, return_exceptions=True)


async def test_over_tcp_too_an_outage_ends_when_the_server_is_back(place):
    """Refused connections leave descriptors behind that uvloop would never take again."""
    user, name = (await scratch.command(place, "SELECT current_user, current_database()"))[0]
    async with contextlib.AsyncExitStack() as stack:
        async with listening(place, 0) as port:
            dsn = f"postgresql://{user}@localhost:{port}/{name}"
            database = await stack.enter_async_context(scratch.opened(dsn))
            running = [asyncio.create_task(scratch.sleep(database, 5)) for _ in range(3)]
            await scratch.until(lambda: database.stats.busy == 3)
            await asyncio.gather(*[scratch.sleep(database, 0)], return_exceptions=True)
        outcomes = await asyncio.gather(*running, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {database_.Unavailable}
        for _ in range(5):
            began = time.monotonic()
            outcomes = await asyncio.gather(*[scratch.sleep(database, 0) for _ in range(20)], return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} == {database_.Unavailable}
            assert not [outcome for outcome in outcomes if "refused" not in str(outcome)]
            assert time.monotonic() - began < 0.5
        async with listening(place, port):
            await asyncio.gather(*[scratch.sleep(database, 0.01) for _ in range(20)])
            assert database.stats == (4, 0, 0)
            await database.close()


async def test_a_role_that_does_not_exist_is_told_when_it_is_opened(place):
    with pytest.raises(database_.Unavailable, match='role "nobody_here" does not exist'):
        async with scratch.opened(place, role="nobody_here"):
            pass


async def test_whatever_breaks_answers_never_get_mixed_up_and_nothing_is_lost(place):
    """A storm of cancelled tasks, ended backends, short waits and transactions; then all is as before."""
    dice = random.Random(7)
    await scratch.command(
        place, "DELETE FROM scratch; INSERT INTO scratch (id, text) SELECT i, i FROM generate_series(1, 500) i"
    )
    async with scratch.opened(place, connections_max=5, acquire_timeout_seconds=0.5) as database:
        answered = 0

        async def ask(i):
            nonlocal answered
            if dice.random() < 0.3:
                async with database.transaction():
                    first = await database.one(scratch.Line, "scratch.find", id=i)
                    second = await database.one(scratch.Line, "scratch.find", id=501 - i)
                    assert (first.id, second.id) == (i, 501 - i)
            elif dice.random() < 0.3:
                await scratch.sleep(database, 0.005)
            else:
                assert (await database.one(scratch.Line, "scratch.find", id=i)).text == str(i)
            answered += 1

        async def break_some():
            while True:
                await asyncio.sleep(0.01)
                await scratch.command(
                    place,
                    "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
                    " WHERE application_name = 'hiroba' AND datname = current_database() AND pid <> pg_backend_pid()"
                    " ORDER BY random() LIMIT 1) one",
                )

        breaking = asyncio.create_task(break_some())
        for _ in range(40):
            tasks = [asyncio.create_task(ask(dice.randint(1, 500))) for _ in range(40)]
            for task in tasks:
                if dice.random() < 0.3:
                    asyncio.get_running_loop().call_later(dice.random() * 0.02, task.cancel)
            async with asyncio.timeout(10):
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            strange = [o for o in outcomes if not isinstance(o, database_.Unavailable | asyncio.CancelledError | None)]
            assert strange == []
        await scratch.cancelled(breaking)
        assert answered > 500
        # The last one to be ended may not know it yet.
        await asyncio.sleep(0.1)
        await asyncio.gather(*[scratch.sleep(database, 0.05) for _ in range(5)])
        assert database.stats == (5, 0, 0)


async def test_when_postgres_is_away_callers_learn_it_at_once_and_when_it_is_back_they_are_served(own_postgres):
    with scratch.known():
        async with scratch.opened(own_postgres.dsn, connections_max=3) as database:
            running = [asyncio.create_task(scratch.sleep(database, 4)) for _ in range(6)]
            await asyncio.sleep(0.1)
            await asyncio.to_thread(own_postgres.stop, "immediate")
            outcomes = await asyncio.gather(*running, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} <= {database_.Unavailable, database_.Timeout}
            assert database.stats == (0, 0, 0)
            began = time.monotonic()
            for _ in range(3):
                outcomes = await asyncio.gather(
                    *[scratch.sleep(database, 1) for _ in range(50)], return_exceptions=True
                )
                assert {type(outcome) for outcome in outcomes} == {database_.Unavailable}
            assert time.monotonic() - began < 1
            await asyncio.to_thread(own_postgres.start)
            began = time.monotonic()
            await asyncio.gather(*[scratch.sleep(database, 0.01) for _ in range(50)])
            assert time.monotonic() - began < 1
            assert database.stats == (3, 0, 0)


async def test_a_server_that_dies_while_it_is_being_written_to_is_noticed(own_postgres):
    """uvloop stops watching at the error, aiopg waits to write on: somebody has to look."""
    with scratch.known():
        scratch.add("length", "SELECT length(CAST(:text AS text))")
        async with scratch.opened(own_postgres.dsn, statement_timeout_seconds=30) as database:
            async with scratch.frozen(own_postgres.dsn) as pids:
                writing = asyncio.create_task(database.value("scratch.length", text="x" * 50_000_000))
                await asyncio.sleep(0.2)
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)
            began = time.monotonic()
            with pytest.raises(database_.Unavailable):
                await writing
            assert time.monotonic() - began < 2
            assert database.stats.busy == 0


def message(kind, content):
    """As PostgreSQL's protocol has it."""
    return kind + struct.pack("!i", len(content) + 4) + content


async def test_a_server_that_dies_half_way_through_a_word_is_noticed(tmp_path):
    """At an error uvloop watches a socket no more. aiopg reads what came before the error, and waits for the rest."""
    parameters = {"server_version": "18.4", "client_encoding": "UTF8", "DateStyle": "ISO, MDY"}
    greeting = [message(b"R", struct.pack("!i", 0))]
    greeting += [message(b"S", f"{name}\0{value}\0".encode()) for name, value in parameters.items()]
    greeting.append(message(b"Z", b"I"))

    def half_a_server(listener):
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"".join(greeting))
            # The statement is there, and stays unread: so the end is an error and not just an end.
            select.select([connection], [], [])
            connection.sendall(message(b"N", b"S" * 100)[:50])

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / ".s.PGSQL.5432"))
        listener.listen()
        server = asyncio.create_task(asyncio.to_thread(half_a_server, listener))
        with scratch.known():
            async with scratch.opened(f"host={tmp_path} user=x dbname=x", statement_timeout_seconds=30) as database:
                began = time.monotonic()
                with pytest.raises(database_.Unavailable):
                    await database.value("scratch.count")
                assert time.monotonic() - began < 2
        await server


async def test_when_postgres_hangs_every_call_ends_and_when_it_goes_on_so_does_service(own_postgres):
    with scratch.known():
        limits = {"connections_max": 3, "acquire_timeout_seconds": 0.5, "statement_timeout_seconds": 0.5}
        async with scratch.opened(own_postgres.dsn, **limits) as database:
            await asyncio.gather(*[scratch.sleep(database, 0.05) for _ in range(3)])
            async with scratch.frozen(own_postgres.dsn):
                began = time.monotonic()
                calls = [asyncio.create_task(scratch.sleep(database, 0)) for _ in range(20)]
                async with asyncio.timeout(10):
                    outcomes = await asyncio.gather(*calls, return_exceptions=True)
                kinds = [type(outcome) for outcome in outcomes]
                # Who had a connection learns it by our own limit, who waited for one by that of waiting.
                assert kinds.count(database_.Timeout) == 3
                assert kinds.count(database_.Unavailable) == 17
                assert time.monotonic() - began < 0.5 + database_.GRACE_SECONDS + 0.5
                with pytest.raises(database_.Unavailable, match="does not answer"):
                    await scratch.sleep(database, 0)
                assert database.stats == (0, 0, 0)
            await asyncio.gather(*[scratch.sleep(database, 0) for _ in range(20)])
            assert database.stats == (3, 0, 0)
