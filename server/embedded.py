"""The embedded PostgreSQL: made, started, found again, kept running and stopped.

Three files beside the data tell processes of each other, all of them locks (`server.locks`): `start.lock` is held
while a cluster is made, started or stopped; `users.lock` is shared by all who use it (a server, a command beside it),
so that only the last one stops it; `alive.lock` is inherited by PostgreSQL itself and all its processes, so that it is
free exactly when none of them lives, however they ended. Pids prove nothing: they are used again.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import structlog

from server import binaries, locks, premises, programs

Mode = Literal["smart", "fast", "immediate", "kill"]

DATABASE = "hiroba"
SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}

# Others may be making the data, or PostgreSQL may be replaying what a crash left.
START_PATIENCE_SECONDS = 60
# After a crash the first starts can fail, while the remains of the old server are still going away.
RETRY_SECONDS = 10
STOP_PATIENCE_SECONDS = 3
WATCH_SECONDS = 1
POLL_SECONDS = 0.01


class Failed(Exception):
    """PostgreSQL could not be made, started or stopped. The text says why."""


class Cluster:
    """One embedded PostgreSQL, as one of its users sees it. Blocking; `postgres` is the same for the event loop."""

    def __init__(self, directory: Path, *, durable: bool = True, log: Any = None) -> None:
        """`durable=False` is for tests: faster, and lost when the machine crashes."""
        self._directory = directory
        self._durable = durable
        self._log = log if log is not None else structlog.get_logger()
        self._settled: premises.Premises | None = None
        self._sockets = ""
        self._using: int | None = None
        self._is_abandoned = False

    @property
    def home(self) -> Path:
        """Where it really is: not always where it was asked for (see `premises`)."""
        return self._place.home

    @property
    def dsn(self) -> str:
        """How to connect to the database `hiroba`, as superuser."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """How to connect to another database of this cluster."""
        folder = quote(self._sockets, safe="")
        return f"postgresql://{programs.SUPERUSER}@/{quote(database, safe='')}?host={folder}&port={programs.PORT}"

    def start(self) -> None:
        """Makes what is missing, starts what is not running, and becomes one of its users.

        A server that outlived the process that started it is used as it is. Safe to call again, and beside others.
        *Refuses*: Failed.
        """
        began = time.monotonic()
        try:
            self._settled = premises.settle(self._directory, self._log)
            with self._alone(START_PATIENCE_SECONDS):
                self._use()
                try:
                    self._initialise()
                    started = self._run()
                except BaseException:
                    self._leave()
                    raise
        except (premises.Unreachable, binaries.Missing) as fault:
            raise Failed(str(fault)) from fault
        except locks.Busy:
            raise Failed(f"another process has been starting PostgreSQL in {self.home} for too long") from None
        except PermissionError as fault:
            raise Failed(f"{fault}: the folder of PostgreSQL belongs to another user") from fault
        self._log.info(
            "postgres.started" if started else "postgres.found",
            directory=str(self.home),
            user=self._place.person.name,
            seconds=round(time.monotonic() - began, 3),
        )

    def stop(self, mode: Mode = "fast", *, patience_seconds: float = STOP_PATIENCE_SECONDS) -> bool:
        """Stops being a user, and stops PostgreSQL when there is no other. Answers whether it was stopped.

        When it does not stop in time it is stopped without a checkpoint: the next start replays its log.
        """
        if self._settled is None:
            return False
        try:
            with self._alone(patience_seconds):
                self._leave()
                sole = locks.try_exclusive(self.home / "users.lock")
                if sole is None:
                    self._log.info("postgres.left_running", directory=str(self.home), reason="others use it")
                    return False
                try:
                    self._end(mode, patience_seconds)
                finally:
                    locks.release(sole)
        except locks.Busy:
            self._leave()
            self._log.info("postgres.left_running", directory=str(self.home), reason="another process is starting it")
            return False
        self._log.info("postgres.stopped", directory=str(self.home), mode=mode)
        return True

    def abandon(self) -> None:
        """Makes a start that is under way in another thread fail soon: nobody waits for it any more."""
        self._is_abandoned = True

    def is_alive(self) -> bool:
        """Whether any process of this PostgreSQL lives, be it the last worker of one that was killed."""
        free = locks.try_shared(self.home / "alive.lock")
        if free is None:
            return True
        locks.release(free)
        return False

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Makes a database, as a copy of another if asked, and answers its DSN. *Refuses*: Failed."""
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.dsn_of(name)

    def drop_database(self, name: str) -> None:
        """Removes a database with all that is connected to it; nothing when there is none. *Refuses*: Failed."""
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @property
    def _place(self) -> premises.Premises:
        if self._settled is None:
            raise Failed("PostgreSQL was not started")
        return self._settled

    def _alone(self, patience_seconds: float) -> contextlib.AbstractContextManager[None]:
        return locks.held(self.home / "start.lock", patience_seconds=patience_seconds)

    def _use(self) -> None:
        if self._using is None:
            # Nobody holds it alone now: that takes start.lock, which is ours.
            self._using = locks.try_shared(self.home / "users.lock")

    def _leave(self) -> None:
        if self._using is not None:
            locks.release(self._using)
            self._using = None

    def _initialise(self) -> None:
        data = self._place.data
        version = data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != binaries.MAJOR:
                raise Failed(f"{data} was made by PostgreSQL {found}, this is {binaries.MAJOR}: dump there, load here")
            return
        if data.exists() and any(data.iterdir()):
            raise Failed(f"{data} is not empty and holds no database: move it away")
        # Made beside and renamed whole: a crash in the middle leaves nothing that looks like a database.
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._place.person.give(fresh)
        fault = programs.initdb(self._place, fresh, durable=self._durable)
        if fault is not None:
            raise Failed(f"initdb failed: {fault}")
        fresh.rename(data)
        descriptor = os.open(self.home, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    def _run(self) -> bool:
        """Sees to it that PostgreSQL answers. Answers whether it had to be started."""
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        first_failure: float | None = None
        launched = False
        while not self._answers():
            if self._is_abandoned:
                raise Failed("PostgreSQL is not wanted any more")
            now = time.monotonic()
            alive = locks.try_exclusive(self.home / "alive.lock")
            if alive is not None:
                if launched:
                    first_failure = first_failure or now
                    if now - first_failure > RETRY_SECONDS:
                        locks.release(alive)
                        raise Failed(f"PostgreSQL does not start: {programs.last_words(self._place)}")
                    time.sleep(POLL_SECONDS * 20)
                programs.launch(self._place, alive, durable=self._durable)
                launched = True
            elif now > deadline:
                raise Failed(f"PostgreSQL does not become ready: {programs.last_words(self._place)}")
            time.sleep(POLL_SECONDS)
        return launched

    def _answers(self) -> bool:
        """Whether PostgreSQL is ready; then its database exists too."""
        postmaster = programs.postmaster(self._place)
        if postmaster is None or not postmaster.ready:
            return False
        self._sockets = postmaster.sockets
        absent = f"NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}')"
        script = f"SELECT 'CREATE DATABASE {DATABASE} TEMPLATE template0' WHERE {absent}\n\\gexec\n"
        return programs.psql(self._place, self._sockets, script) is None

    def _end(self, mode: Mode, patience_seconds: float) -> None:
        steps: tuple[tuple[Mode, float], ...] = ((mode, patience_seconds), ("immediate", 2.0), ("kill", 2.0))
        for step, patience in steps:
            deadline = time.monotonic() + patience
            is_told = False
            while self.is_alive():
                # One that was launched a moment ago cannot be told yet.
                is_told = is_told or programs.tell(self._place, SIGNALS[step])
                if time.monotonic() > deadline:
                    self._log.warning("postgres.slow_to_stop", directory=str(self.home), mode=step)
                    break
                time.sleep(POLL_SECONDS)
            else:
                return
        raise Failed(f"PostgreSQL in {self.home} does not stop: {programs.last_words(self._place)}")

    def _say(self, statement: str) -> None:
        fault = programs.psql(self._place, self._sockets, statement)
        if fault is not None:
            raise Failed(fault)


@contextlib.asynccontextmanager
async def postgres(directory: Path, log: Any) -> AsyncIterator[str]:
    """Runs the embedded PostgreSQL for the time of a block, which is given the DSN of its database.

    Should it die meanwhile, it is started again. It is stopped at the end unless another process uses it.
    *Refuses*: Failed.
    """
    cluster = Cluster(directory, log=log)
    try:
        await _whole(cluster.start, interrupt=cluster.abandon)
    except asyncio.CancelledError:
        await _whole(cluster.stop)
        raise
    watch = asyncio.create_task(_keep_alive(cluster, log))
    try:
        yield cluster.dsn
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await _whole(cluster.stop)


async def _keep_alive(cluster: Cluster, log: Any) -> None:
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            if not cluster.is_alive():
                log.error("postgres.died", directory=str(cluster.home))
                await _whole(cluster.start, interrupt=cluster.abandon)
        except Exception as fault:
            log.error("postgres.not_restarted", reason=str(fault))


async def _whole(act: Callable[[], Any], *, interrupt: Callable[[], None] | None = None) -> None:
    """Runs it in a thread to its end, also when the waiting task is cancelled: half a start would stay half."""
    running = asyncio.ensure_future(asyncio.to_thread(act))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        if interrupt is not None:
            interrupt()
        await asyncio.gather(running, return_exceptions=True)
        raise
