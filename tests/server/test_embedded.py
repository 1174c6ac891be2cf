"""The embedded PostgreSQL: made as the rules say, quick to start again, and stopped by its last user only."""

import contextlib
import subprocess
import time
from pathlib import Path

import psycopg2
import pytest

from server import embedded, programs
from tests.server import clusters


def test_it_is_made_as_the_rules_say(make: clusters.Make) -> None:
    cluster = make(durable=True, fresh=True)
    cluster.start()
    wanted = {
        "listen_addresses": "", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "TimeZone": "UTC",
        "client_connection_check_interval": "1s", "server_encoding": "UTF8", "unix_socket_permissions": "0700",
    }  # fmt: skip
    for name, value in wanted.items():
        assert clusters.ask(cluster.dsn, f"SHOW {name}") == value
    locale = "SELECT concat_ws(' ', datlocprovider, datlocale, datcollate) FROM pg_database WHERE datname = 'hiroba'"
    assert clusters.ask(cluster.dsn, locale) == "b C.UTF-8 C"
    assert clusters.ask(cluster.dsn, "SELECT lower('ÄÖÜ') || current_database()") == "äöühiroba"


def test_nobody_else_gets_to_its_socket_or_data(make: clusters.Make) -> None:
    cluster = make()
    cluster.start()
    for folder in (cluster.home / "sockets", cluster.home / "data"):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid == cluster._place.person.user_id
    assert (cluster.home / "postgres.log").stat().st_mode & 0o077 == 0
    running_as = subprocess.run(
        ["ps", "-o", "uid=", "-p", str(clusters.pid(cluster))], capture_output=True, text=True, check=True
    )
    assert int(running_as.stdout) == cluster._place.person.user_id != 0


def test_the_second_start_is_quick_and_finds_what_was_left(make: clusters.Make) -> None:
    cluster = make()
    cluster.start()
    clusters.ask(cluster.dsn, "CREATE TABLE left_behind AS SELECT 7 AS number")
    assert cluster.stop()
    assert not cluster.is_alive()
    began = time.monotonic()
    cluster.start()
    assert time.monotonic() - began < 1
    assert clusters.ask(cluster.dsn, "SELECT number FROM left_behind") == 7
    assert clusters.said(cluster) == ["postgres.started", "postgres.stopped", "postgres.started"]


def test_racing_starters_share_one(ground: Path, people: clusters.People) -> None:
    racers = [people(ground / "postgres") for _ in range(4)]
    dsns = {racer.stdout.readline().strip() for racer in racers}
    assert len(dsns) == 1
    assert clusters.ask(dsns.pop(), "SELECT 7") == 7
    assert (ground / "postgres" / "postgres.log").read_text().count("starting PostgreSQL") == 1
    for racer in racers:
        racer.stdin.close()
    assert sorted(racer.stdout.read().strip() for racer in racers) == ["False", "False", "False", "True"]
    assert not (ground / "postgres" / "data" / "postmaster.pid").exists()


def test_only_the_last_user_stops_it(make: clusters.Make) -> None:
    server, command = make(), make()
    server.start()
    command.start()
    assert not command.stop()
    assert clusters.ask(server.dsn, "SELECT 7") == 7
    command.start()
    assert not server.stop()
    assert clusters.ask(command.dsn, "SELECT 7") == 7
    assert command.stop()
    assert not command.is_alive()
    assert clusters.said(command) == ["postgres.found", "postgres.left_running", "postgres.found", "postgres.stopped"]


def test_what_is_no_database_is_left_alone(ground: Path, make: clusters.Make) -> None:
    letters = ground / "postgres" / "data" / "letters"
    letters.mkdir(parents=True)
    with pytest.raises(embedded.Failed, match="not empty"):
        make().start()
    assert letters.exists()


def test_data_of_another_version_is_left_alone(make: clusters.Make) -> None:
    cluster = make()
    cluster.start()
    cluster.stop()
    (cluster.home / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.Failed, match="PostgreSQL 17"):
        cluster.start()


def test_a_start_that_cannot_work_says_why(make: clusters.Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "RETRY_SECONDS", 0.5)
    monkeypatch.setitem(programs.SETTINGS, "max_connections", "plenty")
    cluster = make()
    with pytest.raises(embedded.Failed, match="max_connections"):
        cluster.start()
    monkeypatch.setitem(programs.SETTINGS, "max_connections", "200")
    cluster.start()
    assert clusters.ask(cluster.dsn, "SELECT 7") == 7


def test_our_environment_does_not_reach_it(make: clusters.Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGPORT", "PGDATA", "PGHOST", "PGUSER", "PGDATABASE", "PGOPTIONS", "LC_ALL", "TZ"):
        monkeypatch.setenv(name, "nonsense")
    cluster = make()
    cluster.start()
    monkeypatch.undo()
    assert clusters.ask(cluster.dsn, "SELECT 7") == 7


def test_its_log_shows_no_values(make: clusters.Make) -> None:
    cluster = make()
    cluster.start()
    clusters.ask(cluster.dsn, "CREATE TABLE letters (token text PRIMARY KEY)")
    for _ in range(2):
        with contextlib.suppress(psycopg2.Error):
            clusters.ask(cluster.dsn, "INSERT INTO letters VALUES ('hunter2')")
    text = (cluster.home / "postgres.log").read_text()
    assert "duplicate key" in text
    assert "hunter2" not in text


def test_its_log_does_not_grow_for_ever(make: clusters.Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "LOG_BYTES_MAX", 100)
    cluster = make()
    for _ in range(3):
        cluster.start()
        cluster.stop()
    assert sorted(path.name for path in cluster.home.glob("postgres.log*")) == ["postgres.log", "postgres.log.1"]


def test_databases_are_made_copied_and_dropped(make: clusters.Make) -> None:
    cluster = make()
    cluster.start()
    assert clusters.ask(cluster.dsn, "SHOW fsync") == "off"
    clusters.ask(cluster.create_database("one"), "CREATE TABLE letters AS SELECT 7 AS number")
    copy = cluster.create_database("other", template="one")
    assert clusters.ask(copy, "SELECT number FROM letters") == 7
    cluster.drop_database("other")
    cluster.drop_database("other")
    with pytest.raises(psycopg2.OperationalError):
        clusters.ask(copy, "SELECT 7")
    with pytest.raises(embedded.Failed, match="already exists"):
        cluster.create_database("one")


def test_a_cluster_that_was_not_started_has_nothing_to_say(make: clusters.Make) -> None:
    cluster = make()
    assert not cluster.stop()
    with pytest.raises(embedded.Failed):
        cluster.create_database("one")
