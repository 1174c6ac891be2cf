"""How PostgreSQL's programs are called: as whom, with which settings, and what they leave behind."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

from server import locks, premises

SUPERUSER = "postgres"
# Only the name of the socket: there is no TCP port.
PORT = "5432"
LOG_BYTES_MAX = 10 * 1024 * 1024
CALL_SECONDS_MAX = 120

INITDB = ("-A", "trust", "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": PORT,
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    # A query whose client went away ends too.
    "client_connection_check_interval": "1s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Short statements only: compiling them takes longer than running them.
    "jit": "off",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # Statements and details hold values, values hold secrets, and a log never does.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For data that nobody would miss: a crash of the machine loses it all, and its folder is all there is of it.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "dynamic_shared_memory_type": "mmap"}


class Postmaster(NamedTuple):
    """What PostgreSQL's own pid file says of it. The pid may be long gone, or somebody else's by now."""

    pid: int
    sockets: str
    ready: bool


def initdb(place: premises.Premises, folder: Path, *, durable: bool) -> str | None:
    """Makes the data of an empty cluster in an empty folder. Answers what went wrong, or None."""
    extra = () if durable else ("--no-sync",)
    done = _call(place, "initdb", "-D", str(folder), "-U", SUPERUSER, *INITDB, *extra)
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip()


def launch(place: premises.Premises, alive: int, *, durable: bool) -> None:
    """Sets PostgreSQL going and does not wait for it. It takes over the lock `alive` for as long as it lives."""
    settings = SETTINGS if durable else SETTINGS | FORGETFUL
    command = [str(place.programs / "postgres"), "-D", str(place.data), "-k", str(place.sockets)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    environment = _environment()
    stale = postmaster(place)
    if stale is not None:
        # Nothing of this cluster is alive, so whoever has that pid now is somebody else. This makes PostgreSQL ignore
        # the pid; it still checks that nobody uses the shared memory that belongs to the data.
        environment["PG_GRANDPARENT_PID"] = str(stale.pid)
    output = _open_log(place)
    try:
        # A session of its own: an interrupt from the terminal reaches the server, never the database. The shell ends
        # at once, so that nobody has to wait for PostgreSQL as for a child.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            pass_fds=(alive,), start_new_session=True, umask=0o077, check=True, **place.person.options(),
        )  # fmt: skip
    finally:
        os.close(output)
        locks.release(alive)


def psql(place: premises.Premises, sockets: str, script: str) -> str | None:
    """Runs a script in the database `postgres`, as superuser. Answers what went wrong, or None."""
    done = _call(
        place, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-p", PORT, "-U", SUPERUSER,
        "-d", "postgres", "-f", "-", script=script,
    )  # fmt: skip
    return None if done.returncode == 0 else done.stderr.strip()


def postmaster(place: premises.Premises) -> Postmaster | None:
    """What the pid file says; None when there is none or it is half written."""
    # Lines: pid, data, start, port, socket folder, address, shared memory, status.
    try:
        lines = (place.data / "postmaster.pid").read_text().splitlines()
        return Postmaster(int(lines[0]), lines[4], ready=len(lines) > 7 and lines[7].strip() == "ready")
    except (FileNotFoundError, ValueError, IndexError):
        return None


def tell(place: premises.Premises, number: signal.Signals) -> bool:
    """Sends the postmaster a signal; answers whether there was one. Never to a process that only has its old pid."""
    found = postmaster(place)
    if found is None:
        return False
    process = Path("/proc") / str(found.pid) / "cmdline"
    try:
        if Path("/proc/self").exists() and bytes(place.data) not in process.read_bytes().split(b"\0"):
            return False
        os.kill(found.pid, number)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def last_words(place: premises.Premises) -> str:
    """The end of PostgreSQL's own log, on one line."""
    try:
        return " / ".join((place.home / "postgres.log").read_text(errors="replace").splitlines()[-5:])
    except OSError:
        return "it left no log"


def _call(
    place: premises.Premises, program: str, *arguments: str, script: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [str(place.programs / program), *arguments]
    try:
        return subprocess.run(
            command, cwd="/", env=_environment(), input=script, capture_output=True, text=True, errors="replace",
            timeout=CALL_SECONDS_MAX, check=False, start_new_session=True, umask=0o077, **place.person.options(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"{program} took longer than {CALL_SECONDS_MAX} seconds")


def _environment() -> dict[str, str]:
    # Nothing of ours: variables like PGPORT or PGOPTIONS would change what is started and who is asked.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "5"}


def _open_log(place: premises.Premises) -> int:
    path = place.home / "postgres.log"
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LOG_BYTES_MAX:
            path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
