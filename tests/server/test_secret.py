"""The server's key is made once, by whoever comes first, and read by nobody else."""

import subprocess
import sys
from pathlib import Path

import pytest

from server import config, secret, settings

ASK = "import sys; from server import secret, settings; print(secret.of(settings.Secrets(file=sys.argv[1])))"


def test_it_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    wishes = settings.Secrets(file=str(tmp_path / "var" / "server.key"))
    made = secret.of(wishes)
    assert len(made) >= 43
    assert secret.of(wishes) == made
    assert Path(wishes.file).stat().st_mode & 0o777 == 0o600


def test_all_who_start_at_once_have_the_same(tmp_path: Path) -> None:
    file = tmp_path / "server.key"
    root = config.DEFAULT_FILE.parent
    racers = [
        subprocess.Popen([sys.executable, "-c", ASK, str(file)], cwd=root, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = {racer.communicate(timeout=60)[0] for racer in racers}
    assert answers == {file.read_text()}


def test_what_is_given_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "server.key"
    assert secret.of(settings.Secrets(key="given by somebody", file=str(file))) == "given by somebody"
    assert not file.exists()


def test_a_file_that_others_can_read_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "server.key"
    file.write_text("a secret that was copied\n")
    file.chmod(0o644)
    assert secret.of(settings.Secrets(file=str(file))) == "a secret that was copied"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "\n", "short"])
def test_a_file_without_a_secret_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "server.key"
    file.write_text(text)
    with pytest.raises(secret.Unusable, match=r"server\.key"):
        secret.of(settings.Secrets(file=str(file)))
    assert file.read_text() == text


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder is due")
    with pytest.raises(secret.Unusable, match="neither read nor made"):
        secret.of(settings.Secrets(file=str(tmp_path / "var" / "server.key")))
