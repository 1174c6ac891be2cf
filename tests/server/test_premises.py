"""Wherever it is put and whoever starts it: a place is found that PostgreSQL can use and others cannot."""

import shutil
from pathlib import Path

import pytest

from server import binaries, embedded, premises
from tests.server import clusters


@pytest.mark.parametrize("name", ["a folder, with a comma", "long" * 30, "広場", "quote'\"$HOME"])
def test_any_path_will_do(ground: Path, make: clusters.Make, name: str) -> None:
    cluster = make(ground / name / "postgres")
    cluster.start()
    assert clusters.ask(cluster.dsn, "SELECT 7") == 7
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
    ground: Path, make: clusters.Make, monkeypatch: pytest.MonkeyPatch
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


@clusters.as_root
def test_a_user_without_rights_starts_finds_and_stops_it(ground: Path, people: clusters.People) -> None:
    home = ground / "home"
    home.mkdir()
    shutil.chown(home, "nobody")
    home.chmod(0o700)
    ask_it = "\nimport os\nassert os.geteuid() != 0\n"
    for _ in range(2):
        process = people(home / "var" / "postgres", clusters.NOBODY + ask_it + clusters.USER)
        # Root asks for it: nobody else gets through to that socket.
        assert clusters.ask(process.stdout.readline().strip(), "SELECT 7") == 7
        owner = (home / "var" / "postgres" / "data").stat().st_uid
        assert owner == home.stat().st_uid
        process.stdin.close()
        assert process.stdout.read().strip() == "True"


@clusters.as_root
def test_a_user_without_rights_is_told_that_the_data_is_not_his(make: clusters.Make, people: clusters.People) -> None:
    cluster = make()
    cluster.start()
    script = clusters.NOBODY + clusters.USER.replace(
        "cluster.start()", "try: cluster.start()\nexcept embedded.Failed as fault: print(fault)"
    )
    process = people(cluster.home, script)
    assert f"belongs to the user {cluster._place.person.name}, not to nobody" in process.stdout.readline()
    assert clusters.ask(cluster.dsn, "SELECT 7") == 7


@clusters.as_root
def test_root_goes_on_as_whoever_made_the_data(ground: Path, make: clusters.Make, people: clusters.People) -> None:
    shutil.chown(ground, "nobody")
    process = people(ground / "postgres", clusters.NOBODY + clusters.USER)
    process.stdout.readline()
    process.communicate("")
    cluster = make()
    cluster.start()
    assert cluster._place.person.name == "nobody"
    assert clusters.ask(cluster.dsn, "SELECT 7") == 7


@pytest.fixture
def elsewhere(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where data and programs go that cannot stay where they are."""
    place = ground / "lib" / "hiroba"
    monkeypatch.setattr(premises, "FALLBACKS", (place,))
    return place


@clusters.as_root
def test_a_home_that_cannot_be_reached_is_replaced_and_said_so(
    ground: Path, elsewhere: Path, make: clusters.Make
) -> None:
    closed = ground / "root"
    closed.mkdir(mode=0o700)
    cluster = make(closed / "checkout" / "var" / "postgres")
    cluster.start()
    assert cluster.home.parent == elsewhere
    clusters.ask(cluster.dsn, "CREATE TABLE left_behind AS SELECT 7 AS number")
    event = cluster._log.calls[0]
    assert (event.method_name, event.args[0]) == ("warning", "postgres.elsewhere")
    assert event.kwargs["used"] == str(cluster.home)
    cluster.stop()
    # It stays there when the way is open one day: a database is not lost by a change of modes.
    closed.chmod(0o755)
    again = make(closed / "checkout" / "var" / "postgres")
    again.start()
    assert clusters.ask(again.dsn, "SELECT number FROM left_behind") == 7
    # Another checkout in a closed home is another database.
    closed.chmod(0o700)
    other = make(closed / "other" / "var" / "postgres")
    other.start()
    assert other.home != again.home
    assert closed.stat().st_mode & 0o777 == 0o700


@clusters.as_root
def test_data_that_cannot_be_reached_any_more_is_not_replaced(
    ground: Path, elsewhere: Path, make: clusters.Make
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


@clusters.as_root
def test_programs_that_cannot_be_read_are_copied(
    ground: Path, elsewhere: Path, make: clusters.Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = ground / "venv"
    closed.mkdir()
    hidden = binaries.copy(binaries.find(), closed)
    closed.chmod(0o700)
    monkeypatch.setattr(binaries, "find", lambda: hidden)
    for _ in range(2):
        cluster = make()
        cluster.start()
        assert clusters.ask(cluster.dsn, "SELECT 7") == 7
        assert cluster._place.programs.is_relative_to(elsewhere)
        assert "postgres.programs_copied" in clusters.said(cluster)
        cluster.stop()
    assert len(list(elsewhere.iterdir())) == 1
    assert not list(elsewhere.rglob("include"))


@clusters.as_root
def test_a_place_that_somebody_else_prepared_is_not_used(ground: Path, elsewhere: Path, make: clusters.Make) -> None:
    elsewhere.mkdir(parents=True)
    shutil.chown(elsewhere, "nobody")
    closed = ground / "root"
    closed.mkdir(mode=0o700)
    with pytest.raises(embedded.Failed, match="reaches neither"):
        make(closed / "postgres").start()
