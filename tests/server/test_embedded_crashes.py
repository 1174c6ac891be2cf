"""What happens to the embedded PostgreSQL when it, or whoever started it, is killed at a bad moment."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg2
import pytest
import structlog

from server import embedded, programs
from tests.server import clusters


def test_a_survivor_of_a_killed_server_is_found_and_used(
    ground: Path, make: clusters.Make, people: clusters.People
) -> None:
    killed = people(ground / "postgres")
    dsn = killed.stdout.readline().strip()
    clusters.ask(dsn, "CREATE TABLE acknowledged AS SELECT 7 AS number")
    killed.kill()
    killed.wait()
    survivor = clusters.ask(dsn, "SELECT pg_postmaster_start_time()")
    cluster = make()
    cluster.start()
    assert clusters.said(cluster) == ["postgres.found"]
    assert clusters.ask(cluster.dsn, "SELECT pg_postmaster_start_time()") == survivor
    assert clusters.ask(cluster.dsn, "SELECT number FROM acknowledged") == 7
    assert cluster.stop()


def test_an_interrupt_from_the_terminal_does_not_reach_it(
    ground: Path, people: clusters.People, make: clusters.Make
) -> None:
    process = people(ground / "postgres", start_new_session=True)
    dsn = process.stdout.readline().strip()
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=10)
    assert clusters.ask(dsn, "SELECT 7") == 7
    make().start()


@pytest.mark.parametrize("mode", ["kill", "immediate"])
def test_it_comes_back_after_a_crash(make: clusters.Make, mode: embedded.Mode) -> None:
    cluster = make()
    cluster.start()
    clusters.ask(cluster.dsn, "CREATE TABLE acknowledged AS SELECT 7 AS number")
    os.kill(clusters.pid(cluster), embedded.SIGNALS[mode])
    cluster.start()
    assert clusters.ask(cluster.dsn, "SELECT number FROM acknowledged") == 7


def test_it_comes_back_while_the_remains_of_the_old_one_are_still_busy(make: clusters.Make) -> None:
    cluster = make()
    cluster.start()
    with contextlib.closing(psycopg2.connect(cluster.dsn, async_=True)) as connection:
        while connection.poll() != psycopg2.extensions.POLL_OK:
            time.sleep(0.01)
        connection.cursor().execute("SELECT pg_sleep(2)")
        time.sleep(0.1)
        os.kill(clusters.pid(cluster), signal.SIGKILL)
        cluster.start()
        assert clusters.ask(cluster.dsn, "SELECT 7") == 7


def test_a_pid_that_somebody_else_has_by_now_is_no_obstacle(make: clusters.Make) -> None:
    cluster = make()
    cluster.start()
    file = cluster.home / "data" / "postmaster.pid"
    os.kill(clusters.pid(cluster), signal.SIGKILL)
    while cluster.is_alive():
        time.sleep(0.01)
    # A living process of the same user: exactly what makes PostgreSQL believe that it is running already.
    other = subprocess.Popen(["sleep", "60"], **cluster._place.person.options())
    try:
        lines = file.read_text().splitlines()
        file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        cluster.start()
        assert clusters.ask(cluster.dsn, "SELECT 7") == 7
    finally:
        other.kill()
        other.wait()


def test_a_signal_never_reaches_somebody_who_has_its_old_pid(make: clusters.Make) -> None:
    cluster = make()
    cluster.start()
    file = cluster.home / "data" / "postmaster.pid"
    text = file.read_text()
    cluster.stop("kill")
    other = subprocess.Popen(["sleep", "60"])
    try:
        file.write_text("\n".join([str(other.pid), *text.splitlines()[1:]]))
        assert not programs.tell(cluster._place, signal.SIGTERM)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_crash_while_it_was_made_leaves_nothing_in_the_way(ground: Path, make: clusters.Make) -> None:
    (ground / "postgres" / "data.new" / "base").mkdir(parents=True)  # no data, so it has to be made
    cluster = make()
    cluster.start()
    assert clusters.ask(cluster.dsn, "SELECT 7") == 7
    assert not (ground / "postgres" / "data.new").exists()


async def test_it_runs_for_a_block_and_is_started_again_when_it_dies(ground: Path) -> None:
    log = structlog.testing.CapturingLogger()
    async with embedded.postgres(ground / "postgres", log) as dsn:
        file = ground / "postgres" / "data" / "postmaster.pid"
        os.kill(int(file.read_text().splitlines()[0]), signal.SIGKILL)
        for _ in range(100):
            await asyncio.sleep(0.1)
            with contextlib.suppress(psycopg2.OperationalError):
                assert clusters.ask(dsn, "SELECT 7") == 7
                break
        else:
            pytest.fail("it stayed dead")
    assert not file.exists()
    assert [call.args[0] for call in log.calls] == [
        "postgres.started", "postgres.died", "postgres.started", "postgres.stopped",
    ]  # fmt: skip


@pytest.mark.parametrize("seconds", [0.01, 0.1, 0.3, 0.5])
async def test_a_start_that_is_cancelled_leaves_nothing_running(ground: Path, seconds: float) -> None:
    log = structlog.testing.CapturingLogger()

    async def use() -> None:
        async with embedded.postgres(ground / "postgres", log):
            await asyncio.sleep(60)

    using = asyncio.create_task(use())
    await asyncio.sleep(seconds)
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert log.calls[-1].args == ("postgres.stopped",)
    assert not (ground / "postgres" / "data" / "postmaster.pid").exists()


async def test_a_stop_does_not_wait_for_a_start_that_cannot_work(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = structlog.testing.CapturingLogger()
    async with embedded.postgres(ground / "postgres", log):
        monkeypatch.setitem(programs.SETTINGS, "max_connections", "plenty")
        os.kill(int((ground / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
        while ("postgres.died",) not in [call.args for call in log.calls]:
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        began = time.monotonic()
    assert time.monotonic() - began < 2
