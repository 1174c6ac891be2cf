"""The embedded PostgreSQL starts, is found again, survives what happens to it, and is stopped by the last one only."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import structlog

from server import binaries, config, embedded, premises, programs
from tests import databases

ROOT = config.DEFAULT_FILE.parent
IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root has to become somebody else")

# A process that uses a cluster: says its DSN, and stays until its standard input ends.
USER = """
import sys
from pathlib import Path
import structlog
from server import embedded
cluster = embedded.Cluster(Path(sys.argv[1]), log=structlog.testing.CapturingLogger())
cluster.start()
print(cluster.dsn, flush=True)
sys.stdin.read()
print(cluster.stop(), flush=True)
"""
# The same, by somebody who is not root.
NOBODY = """
import os, pwd
import psycopg2
nobody = pwd.getpwnam("nobody")
from server import embedded
os.setgroups([]), os.setgid(nobody.pw_gid), os.setuid(nobody.pw_uid)
"""


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that every user gets through to, as a checkout is: pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="hiroba-ground-", dir=databases.place()))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def seed() -> Iterator[Path]:
    """The data of a cluster that was stopped. Copying it is quicker than making another."""
    with databases.cluster() as made:
        made.stop()
        yield made.home / "data"


@pytest.fixture
def make(ground: Path, seed: Path) -> Iterator[Callable[..., embedded.Cluster]]:
    """Gives clusters users. All are stopped at the end. `fresh`: the first start has to make the data."""
    made: list[embedded.Cluster] = []

    def one(directory: Path = ground / "postgres", *, fresh: bool = False, **options: Any) -> embedded.Cluster:
        if not fresh and not directory.exists() and directory.parent == ground:
            directory.mkdir()
            subprocess.run(["cp", "-a", str(seed), str(directory)], check=True)
        options = {"durable": False, "log": structlog.testing.CapturingLogger(), **options}
        made.append(embedded.Cluster(directory, **options))
        return made[-1]

    yield one
    for cluster in made:
        cluster.stop("immediate")


@pytest.fixture
def people() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts processes that use a cluster. All are ended."""
    started: list[subprocess.Popen[str]] = []

    def one(directory: Path, script: str = USER, **options: Any) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", script, str(directory)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                **options,
            )
        )
        return started[-1]

    yield one
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def ask(dsn: str, question: str) -> Any:
    """The first column of the first row, asked on a connection of its own."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def said(cluster: embedded.Cluster) -> list[str]:
    """The events that a cluster logged."""
    return [call.args[0] for call in cluster._log.calls]


def pid(cluster: embedded.Cluster) -> int:
    """Of the postmaster."""
    postmaster = programs.postmaster(cluster._place)
    assert postmaster is not None
    return postmaster.pid


def test_it_is_made_as_the_rules_say(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make(durable=True, fresh=True)
    cluster.start()
    wanted = {
        "listen_addresses": "", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "TimeZone": "UTC",
        "client_connection_check_interval": "1s", "server_encoding": "UTF8", "unix_socket_permissions": "0700",
    }  # fmt: skip
    for name, value in wanted.items():
        assert ask(cluster.dsn, f"SHOW {name}") == value
    locale = "SELECT concat_ws(' ', datlocprovider, datlocale, datcollate) FROM pg_database WHERE datname = 'hiroba'"
    assert ask(cluster.dsn, locale) == "b C.UTF-8 C"
    assert ask(cluster.dsn, "SELECT lower('ÄÖÜ') || current_database()") == "äöühiroba"


def test_nobody_else_gets_to_its_socket_or_data(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make()
    cluster.start()
    for folder in (cluster.home / "sockets", cluster.home / "data"):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid == cluster._place.person.user_id
    assert (cluster.home / "postgres.log").stat().st_mode & 0o077 == 0
    running_as = subprocess.run(
        ["ps", "-o", "uid=", "-p", str(pid(cluster))], capture_output=True, text=True, check=True
    )
    assert int(running_as.stdout) == cluster._place.person.user_id != 0


def test_the_second_start_is_quick_and_finds_what_was_left(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make()
    cluster.start()
    ask(cluster.dsn, "CREATE TABLE left_behind AS SELECT 7 AS number")
    assert cluster.stop()
    assert not cluster.is_alive()
    began = time.monotonic()
    cluster.start()
    assert time.monotonic() - began < 1
    assert ask(cluster.dsn, "SELECT number FROM left_behind") == 7
    assert said(cluster) == ["postgres.started", "postgres.stopped", "postgres.started"]


def test_racing_starters_share_one(ground: Path, people: Callable[..., subprocess.Popen[str]]) -> None:
    racers = [people(ground / "postgres") for _ in range(4)]
    dsns = {racer.stdout.readline().strip() for racer in racers}
    assert len(dsns) == 1
    assert ask(dsns.pop(), "SELECT 7") == 7
    assert (ground / "postgres" / "postgres.log").read_text().count("starting PostgreSQL") == 1
    for racer in racers:
        racer.stdin.close()
    assert sorted(racer.stdout.read().strip() for racer in racers) == ["False", "False", "False", "True"]
    assert not (ground / "postgres" / "data" / "postmaster.pid").exists()


def test_only_the_last_user_stops_it(make: Callable[..., embedded.Cluster]) -> None:
    server, command = make(), make()
    server.start()
    command.start()
    assert not command.stop()
    assert ask(server.dsn, "SELECT 7") == 7
    command.start()
    assert not server.stop()
    assert ask(command.dsn, "SELECT 7") == 7
    assert command.stop()
    assert not command.is_alive()
    assert said(command) == ["postgres.found", "postgres.left_running", "postgres.found", "postgres.stopped"]


def test_a_survivor_of_a_killed_server_is_found_and_used(
    ground: Path, make: Callable[..., embedded.Cluster], people: Callable[..., subprocess.Popen[str]]
) -> None:
    killed = people(ground / "postgres")
    dsn = killed.stdout.readline().strip()
    ask(dsn, "CREATE TABLE acknowledged AS SELECT 7 AS number")
    killed.kill()
    killed.wait()
    survivor = ask(dsn, "SELECT pg_postmaster_start_time()")
    cluster = make()
    cluster.start()
    assert said(cluster) == ["postgres.found"]
    assert ask(cluster.dsn, "SELECT pg_postmaster_start_time()") == survivor
    assert ask(cluster.dsn, "SELECT number FROM acknowledged") == 7
    assert cluster.stop()


def test_an_interrupt_from_the_terminal_does_not_reach_it(
    ground: Path, people: Callable[..., subprocess.Popen[str]], make: Callable[..., embedded.Cluster]
) -> None:
    process = people(ground / "postgres", start_new_session=True)
    dsn = process.stdout.readline().strip()
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=10)
    assert ask(dsn, "SELECT 7") == 7
    make().start()


@pytest.mark.parametrize("mode", ["kill", "immediate"])
def test_it_comes_back_after_a_crash(make: Callable[..., embedded.Cluster], mode: embedded.Mode) -> None:
    cluster = make()
    cluster.start()
    ask(cluster.dsn, "CREATE TABLE acknowledged AS SELECT 7 AS number")
    os.kill(pid(cluster), embedded.SIGNALS[mode])
    cluster.start()
    assert ask(cluster.dsn, "SELECT number FROM acknowledged") == 7


def test_it_comes_back_while_the_remains_of_the_old_one_are_still_busy(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make()
    cluster.start()
    with contextlib.closing(psycopg2.connect(cluster.dsn, async_=True)) as connection:
        while connection.poll() != psycopg2.extensions.POLL_OK:
            time.sleep(0.01)
        connection.cursor().execute("SELECT pg_sleep(2)")
        time.sleep(0.1)
        os.kill(pid(cluster), signal.SIGKILL)
        cluster.start()
        assert ask(cluster.dsn, "SELECT 7") == 7


def test_a_pid_that_somebody_else_has_by_now_is_no_obstacle(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make()
    cluster.start()
    file = cluster.home / "data" / "postmaster.pid"
    os.kill(pid(cluster), signal.SIGKILL)
    while cluster.is_alive():
        time.sleep(0.01)
    # A living process of the same user: exactly what makes PostgreSQL believe that it is running already.
    other = subprocess.Popen(["sleep", "60"], **cluster._place.person.options())
    try:
        lines = file.read_text().splitlines()
        file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        cluster.start()
        assert ask(cluster.dsn, "SELECT 7") == 7
    finally:
        other.kill()
        other.wait()


def test_a_crash_while_it_was_made_leaves_nothing_in_the_way(
    ground: Path, make: Callable[..., embedded.Cluster]
) -> None:
    (ground / "postgres" / "data.new" / "base").mkdir(parents=True)  # no data, so it has to be made
    cluster = make()
    cluster.start()
    assert ask(cluster.dsn, "SELECT 7") == 7
    assert not (ground / "postgres" / "data.new").exists()


def test_what_is_no_database_is_left_alone(ground: Path, make: Callable[..., embedded.Cluster]) -> None:
    letters = ground / "postgres" / "data" / "letters"
    letters.mkdir(parents=True)
    with pytest.raises(embedded.Failed, match="not empty"):
        make().start()
    assert letters.exists()


def test_data_of_another_version_is_left_alone(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make()
    cluster.start()
    cluster.stop()
    (cluster.home / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.Failed, match="PostgreSQL 17"):
        cluster.start()


def test_a_start_that_cannot_work_says_why(
    make: Callable[..., embedded.Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "RETRY_SECONDS", 0.5)
    monkeypatch.setitem(programs.SETTINGS, "max_connections", "plenty")
    cluster = make()
    with pytest.raises(embedded.Failed, match="max_connections"):
        cluster.start()
    monkeypatch.setitem(programs.SETTINGS, "max_connections", "200")
    cluster.start()
    assert ask(cluster.dsn, "SELECT 7") == 7


@pytest.mark.parametrize("name", ["a folder, with a comma", "long" * 30, "広場", "quote'\"$HOME"])
def test_any_path_will_do(ground: Path, make: Callable[..., embedded.Cluster], name: str) -> None:
    cluster = make(ground / name / "postgres")
    cluster.start()
    assert ask(cluster.dsn, "SELECT 7") == 7
    sockets = cluster._place.sockets
    assert len(bytes(sockets / premises.SOCKET_NAME)) < 100
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert cluster.stop()
    again = make(ground / name / "postgres")
    again.start()
    assert again._place.sockets == sockets
    again.stop()
    shutil.rmtree(sockets)


def test_a_folder_for_sockets_that_is_not_ours_is_refused(
    ground: Path, make: Callable[..., embedded.Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(premises, "SOCKETS_ELSEWHERE", ground)
    cluster = make(ground / "with a blank")
    cluster.start()
    sockets = cluster._place.sockets
    cluster.stop()
    shutil.rmtree(sockets)
    sockets.symlink_to(ground)
    with pytest.raises(embedded.Failed, match="remove it"):
        cluster.start()


def test_our_environment_does_not_reach_it(
    make: Callable[..., embedded.Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGPORT", "PGDATA", "PGHOST", "PGUSER", "PGDATABASE", "PGOPTIONS", "LC_ALL", "TZ"):
        monkeypatch.setenv(name, "nonsense")
    cluster = make()
    cluster.start()
    monkeypatch.undo()
    assert ask(cluster.dsn, "SELECT 7") == 7


def test_its_log_shows_no_values(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make()
    cluster.start()
    ask(cluster.dsn, "CREATE TABLE letters (token text PRIMARY KEY)")
    for _ in range(2):
        with contextlib.suppress(psycopg2.Error):
            ask(cluster.dsn, "INSERT INTO letters VALUES ('hunter2')")
    text = (cluster.home / "postgres.log").read_text()
    assert "duplicate key" in text
    assert "hunter2" not in text


def test_its_log_does_not_grow_for_ever(make: Callable[..., embedded.Cluster], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "LOG_BYTES_MAX", 100)
    cluster = make()
    for _ in range(3):
        cluster.start()
        cluster.stop()
    assert sorted(path.name for path in cluster.home.glob("postgres.log*")) == ["postgres.log", "postgres.log.1"]


def test_databases_are_made_copied_and_dropped(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make()
    cluster.start()
    assert ask(cluster.dsn, "SHOW fsync") == "off"
    ask(cluster.create_database("one"), "CREATE TABLE letters AS SELECT 7 AS number")
    copy = cluster.create_database("other", template="one")
    assert ask(copy, "SELECT number FROM letters") == 7
    cluster.drop_database("other")
    cluster.drop_database("other")
    with pytest.raises(psycopg2.OperationalError):
        ask(copy, "SELECT 7")
    with pytest.raises(embedded.Failed, match="already exists"):
        cluster.create_database("one")


def test_a_cluster_that_was_not_started_has_nothing_to_say(make: Callable[..., embedded.Cluster]) -> None:
    cluster = make()
    assert not cluster.stop()
    with pytest.raises(embedded.Failed):
        cluster.create_database("one")


async def test_it_runs_for_a_block_and_is_started_again_when_it_dies(ground: Path) -> None:
    log = structlog.testing.CapturingLogger()
    async with embedded.postgres(ground / "postgres", log) as dsn:
        file = ground / "postgres" / "data" / "postmaster.pid"
        os.kill(int(file.read_text().splitlines()[0]), signal.SIGKILL)
        for _ in range(100):
            await asyncio.sleep(0.1)
            with contextlib.suppress(psycopg2.OperationalError):
                assert ask(dsn, "SELECT 7") == 7
                break
        else:
            pytest.fail("it stayed dead")
    assert not file.exists()
    assert [call.args[0] for call in log.calls] == [
        "postgres.started", "postgres.died", "postgres.started", "postgres.stopped",
    ]  # fmt: skip


async def test_a_start_that_is_cancelled_leaves_nothing_running(ground: Path) -> None:
    log = structlog.testing.CapturingLogger()

    async def use() -> None:
        async with embedded.postgres(ground / "postgres", log):
            await asyncio.sleep(60)

    using = asyncio.create_task(use())
    await asyncio.sleep(0.1)
    using.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await using
    assert [call.args[0] for call in log.calls] == ["postgres.started", "postgres.stopped"]


@as_root
def test_a_user_without_rights_starts_finds_and_stops_it(
    ground: Path, people: Callable[..., subprocess.Popen[str]]
) -> None:
    home = ground / "home"
    home.mkdir()
    shutil.chown(home, "nobody")
    home.chmod(0o700)
    ask_it = "\nimport os\nassert os.geteuid() != 0\n"
    for _ in range(2):
        process = people(home / "var" / "postgres", NOBODY + ask_it + USER)
        # Root asks for it: nobody else gets through to that socket.
        assert ask(process.stdout.readline().strip(), "SELECT 7") == 7
        owner = (home / "var" / "postgres" / "data").stat().st_uid
        assert owner == home.stat().st_uid
        process.stdin.close()
        assert process.stdout.read().strip() == "True"


@as_root
def test_a_user_without_rights_is_told_that_the_data_is_not_his(
    make: Callable[..., embedded.Cluster], people: Callable[..., subprocess.Popen[str]]
) -> None:
    cluster = make()
    cluster.start()
    script = NOBODY + USER.replace(
        "cluster.start()", "try: cluster.start()\nexcept embedded.Failed as fault: print(fault)"
    )
    process = people(cluster.home, script)
    assert f"belongs to the user {cluster._place.person.name}, not to nobody" in process.stdout.readline()
    assert ask(cluster.dsn, "SELECT 7") == 7


@as_root
def test_root_goes_on_as_whoever_made_the_data(
    ground: Path, make: Callable[..., embedded.Cluster], people: Callable[..., subprocess.Popen[str]]
) -> None:
    shutil.chown(ground, "nobody")
    process = people(ground / "postgres", NOBODY + USER)
    process.stdout.readline()
    process.communicate("")
    cluster = make()
    cluster.start()
    assert cluster._place.person.name == "nobody"
    assert ask(cluster.dsn, "SELECT 7") == 7


@pytest.fixture
def elsewhere(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where data and programs go that cannot stay where they are."""
    place = ground / "lib" / "hiroba"
    monkeypatch.setattr(premises, "FALLBACKS", (place,))
    return place


@as_root
def test_a_home_that_cannot_be_reached_is_replaced_and_said_so(
    ground: Path, elsewhere: Path, make: Callable[..., embedded.Cluster]
) -> None:
    closed = ground / "root"
    closed.mkdir(mode=0o700)
    cluster = make(closed / "checkout" / "var" / "postgres")
    cluster.start()
    assert cluster.home.parent == elsewhere
    ask(cluster.dsn, "CREATE TABLE left_behind AS SELECT 7 AS number")
    event = cluster._log.calls[0]
    assert (event.method_name, event.args[0]) == ("warning", "postgres.elsewhere")
    assert event.kwargs["used"] == str(cluster.home)
    cluster.stop()
    # It stays there when the way is open one day: a database is not lost by a change of modes.
    closed.chmod(0o755)
    again = make(closed / "checkout" / "var" / "postgres")
    again.start()
    assert ask(again.dsn, "SELECT number FROM left_behind") == 7
    # Another checkout in a closed home is another database.
    closed.chmod(0o700)
    other = make(closed / "other" / "var" / "postgres")
    other.start()
    assert other.home != again.home
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_data_that_cannot_be_reached_any_more_is_not_replaced(
    ground: Path, elsewhere: Path, make: Callable[..., embedded.Cluster]
) -> None:
    place = ground / "open"
    place.mkdir()
    cluster = make(place / "postgres")
    cluster.start()
    cluster.stop()
    place.chmod(0o700)
    with pytest.raises(embedded.Failed, match="cannot reach it any more"):
        make(place / "postgres").start()
    assert not elsewhere.exists()


@as_root
def test_programs_that_cannot_be_read_are_copied(
    ground: Path, elsewhere: Path, make: Callable[..., embedded.Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = ground / "venv"
    closed.mkdir()
    hidden = binaries.copy(binaries.find(), closed)
    closed.chmod(0o700)
    monkeypatch.setattr(binaries, "find", lambda: hidden)
    for _ in range(2):
        cluster = make()
        cluster.start()
        assert ask(cluster.dsn, "SELECT 7") == 7
        assert cluster._place.programs.is_relative_to(elsewhere)
        assert "postgres.programs_copied" in said(cluster)
        cluster.stop()
    assert len(list(elsewhere.iterdir())) == 1
    assert not list(elsewhere.rglob("include"))


@as_root
def test_a_place_that_somebody_else_prepared_is_not_used(
    ground: Path, elsewhere: Path, make: Callable[..., embedded.Cluster]
) -> None:
    elsewhere.mkdir(parents=True)
    shutil.chown(elsewhere, "nobody")
    closed = ground / "root"
    closed.mkdir(mode=0o700)
    with pytest.raises(embedded.Failed, match="reaches neither"):
        make(closed / "postgres").start()
