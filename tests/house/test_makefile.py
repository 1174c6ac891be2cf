"""`make` on a machine where something is missing: one line that says what to install, and nothing half done."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging import requirements, utils

from tests.house import rooms

MAKE = shutil.which("make")
# A Python as Debian has it without python3-venv: everything but ensurepip.
WITHOUT_VENV = f"""#!/bin/sh
case "$2" in *ensurepip*) exit 1;; esac
exec '{sys.executable}' "$@"
"""
# And one that is too old for everything.
OLD = "#!/bin/sh\nexit 1\n"


def make(folder: Path, *, python: str | None) -> subprocess.CompletedProcess[str]:
    """`make test` in a new checkout, with no other programs than the shell's and perhaps a Python."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("sh", "sed", "touch"):
        (programs / name).symlink_to(shutil.which(name) or "")
    if python is not None:
        (programs / "python3").write_text(python)
        (programs / "python3").chmod(0o755)
    for name in ("Makefile", "setup.cfg", "constraints.txt"):
        shutil.copy(rooms.ROOT / name, folder)
    assert MAKE
    environment = {"PATH": str(programs)}
    return subprocess.run([MAKE, "test"], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(MAKE is None, reason="there is no make to try it with")
@pytest.mark.parametrize(
    ("python", "advice"),
    [
        (None, "Hiroba needs Python 3.11 or newer: apt-get install python3 python3-venv"),
        (OLD, "Hiroba needs Python 3.11 or newer: apt-get install python3 python3-venv"),
        (WITHOUT_VENV, "Hiroba needs venv and ensurepip of python3.{}: apt-get install python3.{}-venv"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path: Path, python: str | None, advice: str) -> None:
    done = make(tmp_path, python=python)
    said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make: ***")]
    assert said == [advice.replace("{}", str(sys.version_info.minor))]
    assert done.returncode != 0
    assert not (tmp_path / ".venv").exists()


def test_every_exact_version_meets_what_is_asked_for() -> None:
    exact = {}
    for line in (rooms.ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, version = line.split("==")
            exact[utils.canonicalize_name(name)] = version
    lists = configparser.RawConfigParser()
    lists.read(rooms.ROOT / "setup.cfg")
    asked = [lists["options"]["install_requires"], *lists["options.extras_require"].values()]
    for line in "\n".join(asked).splitlines():
        if line and not line.startswith("#"):
            wanted = requirements.Requirement(line)
            assert exact[utils.canonicalize_name(wanted.name)] in wanted.specifier, line
