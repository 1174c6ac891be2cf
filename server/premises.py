"""Where the embedded PostgreSQL lives, and as whom it runs.

PostgreSQL refuses to run as root. Where the server does, an unprivileged user runs it, and that user must reach both
the folder of the data and the programs: what it cannot reach is put where it can.
"""

import hashlib
import os
import pwd
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server import binaries

# As whom PostgreSQL runs when the server is root: the first that the machine knows.
USERS = ("hiroba", "postgres", "nobody")
# Where the data goes when that user cannot reach the configured folder: the first that can be made.
FALLBACKS = (Path("/var/lib/hiroba"), Path("/var/tmp/hiroba"))  # noqa: S108, made safe by _make_our_own
# A socket's path has room for 107 bytes on Linux, for 103 elsewhere.
SOCKET_PATH_BYTES_MAX = 99
SOCKET_NAME = ".s.PGSQL.5432"
SOCKETS_ELSEWHERE = Path("/tmp")  # noqa: S108, made safe by _sockets


class Unreachable(Exception):
    """The folder of the data cannot be used. The text says by whom, and what would help."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who runs PostgreSQL. `switch`: we are root and must become that user."""

    user_id: int
    group_id: int
    switch: bool

    @property
    def name(self) -> str:
        """The name of the user, or the number of one that has none."""
        try:
            return pwd.getpwuid(self.user_id).pw_name
        except KeyError:
            return str(self.user_id)

    def options(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this person."""
        if not self.switch:
            return {}
        return {"user": self.user_id, "group": self.group_id, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Makes a folder that we made this person's own, and nobody else's business."""
        if self.switch:
            os.chown(path, self.user_id, self.group_id)
        path.chmod(0o700)


@dataclass(frozen=True, slots=True)
class Premises:
    """`home` holds `data`, the log and the locks; `sockets` is the folder of the socket."""

    home: Path
    sockets: Path
    programs: Path
    person: Person

    @property
    def data(self) -> Path:
        """What PostgreSQL calls its data directory."""
        return self.home / "data"


def settle(directory: Path, log: Any) -> Premises:
    """Finds or makes the place for a cluster that is configured to be in `directory`. Makes no data.

    *Refuses*: Unreachable, binaries.Missing. The same directory always leads to the same premises.
    """
    programs = binaries.find()
    wanted = directory.resolve()
    person = _choose(wanted)
    if person.switch:
        home = _reachable_home(wanted, person, log)
        programs = _reachable_programs(programs, person, log)
    else:
        home = wanted
    try:
        _make(home)
        return Premises(home, _sockets(home, person), programs, person)
    except OSError as fault:
        raise Unreachable(f"{fault}: the user {person.name} cannot keep a database in {home}") from fault


def _choose(wanted: Path) -> Person:
    if os.geteuid() != 0:
        ourselves = Person(os.geteuid(), os.getegid(), switch=False)
        made_by = (wanted / "data").stat().st_uid if (wanted / "data").exists() else ourselves.user_id
        if made_by != ourselves.user_id:
            other = Person(made_by, made_by, switch=False)
            raise Unreachable(f"the database in {wanted} belongs to the user {other.name}, not to {ourselves.name}")
        return ourselves
    # Data that exists belongs to somebody who can read it already.
    for home in (wanted, *_fallback_homes(wanted)):
        if _is_made(home):
            owner = (home / "data").stat()
            if owner.st_uid != 0:
                return Person(owner.st_uid, owner.st_gid, switch=True)
    for name in USERS:
        try:
            known = pwd.getpwnam(name)
        except KeyError:
            continue
        return Person(known.pw_uid, known.pw_gid, switch=True)
    raise Unreachable(f"PostgreSQL does not run as root, and there is none of the users {', '.join(USERS)}")


def _reachable_home(wanted: Path, person: Person, log: Any) -> Path:
    fallbacks = _fallback_homes(wanted)
    for home in fallbacks:
        if _is_made(home) and not _is_made(wanted):
            # Made here once, when the configured folder was out of reach: it stays here, or it would seem lost.
            log.info("postgres.elsewhere", configured=str(wanted), used=str(home))
            return home
    if _is_made(wanted):
        if not _reaches(wanted, person):
            raise Unreachable(f"{wanted} holds a database, but the user {person.name} cannot reach it any more")
        return wanted
    try:
        _make(wanted)
        if _reaches(wanted, person):
            return wanted
    except OSError:
        pass  # A folder that root may not write in (mounted read-only, or over the network): the same as unreachable.
    for home in fallbacks:
        try:
            _make_our_own(home.parent)
            _make(home)
        except OSError:
            continue
        if _reaches(home, person):
            log.warning(
                "postgres.elsewhere", configured=str(wanted), used=str(home),
                reason=f"PostgreSQL runs as {person.name}, who cannot reach the configured folder",
            )  # fmt: skip
            return home
    raise Unreachable(f"the user {person.name}, as whom PostgreSQL runs, reaches neither {wanted} nor any other place")


def _reachable_programs(programs: Path, person: Person, log: Any) -> Path:
    if _runs(programs, person):
        return programs
    for place in FALLBACKS:
        try:
            _make_our_own(place)
            copied = binaries.copy(programs, place)
        except OSError:
            continue
        if _runs(copied, person):
            log.info("postgres.programs_copied", of=str(programs), used=str(copied), user=person.name)
            return copied
    raise Unreachable(f"the user {person.name}, as whom PostgreSQL runs, cannot run {programs / 'postgres'}")


def _fallback_homes(wanted: Path) -> list[Path]:
    return [place / f"{wanted.name}-{_digest(wanted)}" for place in FALLBACKS]


def _is_made(home: Path) -> bool:
    return (home / "data" / "PG_VERSION").exists()


def _make(folder: Path) -> None:
    # Others must get through to what is theirs inside, whatever our umask; folders that were there stay as they were.
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(exist_ok=True)
        missing.chmod(0o755)


def _make_our_own(place: Path) -> None:
    # Programs are run from here: nobody else may have put it there first (/var/tmp is everybody's).
    _make(place)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{place} is not ours alone")


def _reaches(folder: Path, person: Person) -> bool:
    # Tried, not computed: modes are not all there is to it (access lists, mounts).
    return _succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)], person)


def _runs(programs: Path, person: Person) -> bool:
    return _succeeds([str(programs / "postgres"), "--version"], person)


def _succeeds(command: list[str], person: Person) -> bool:
    try:
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False, **person.options()
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _sockets(home: Path, person: Person) -> Path:
    """A folder for the socket that only this person enters (trust is by socket: whoever reaches it is superuser)."""
    folder = home / "sockets"
    # In a list of folders or of hosts, a comma or a blank would be read as something else.
    if len(bytes(folder / SOCKET_NAME)) > SOCKET_PATH_BYTES_MAX or not re.fullmatch(r"[A-Za-z0-9_./+-]+", str(folder)):
        folder = SOCKETS_ELSEWHERE / f"hiroba-{person.user_id}-{_digest(home)}"
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        # Ours for the moment in which another process has made it and not yet given it away.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (person.user_id, os.geteuid()):
            raise Unreachable(f"{folder} is not a folder of the user {person.name}: remove it") from None
    person.give(folder)
    return folder


def _digest(path: Path) -> str:
    return hashlib.sha256(bytes(path)).hexdigest()[:12]
