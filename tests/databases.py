"""PostgreSQL for tests: a cluster for each session, a migrated template in it, and a quick way to empty a copy."""

import asyncio
import concurrent.futures
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import structlog
from psycopg2 import sql

from server import embedded, locks
from storage import migrate

PREFIX = "hiroba-test-"
OWNER = "session.lock"
TEMPLATE = "hiroba_template"
YOUNG_SECONDS = 120
# Files in memory, where there is room for some: the tests of a machine with a slow disk are as quick as others.
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 2 * 1024**3

# Every table of the schema, but not the parts of partitioned ones.
TABLES = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '')
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
 GROUP BY c.relname
 ORDER BY c.relname
"""
RESTORE = """
INSERT INTO public.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM pristine.{table};
"""


class OwnPostgres:
    """A cluster of a test's own, migrated, to be stopped and started as the test likes. Every call blocks."""

    def __init__(self, cluster: embedded.Cluster) -> None:
        self._cluster = cluster

    @property
    def dsn(self) -> str:
        """Its database `hiroba`, as superuser. The same after every start."""
        return self._cluster.dsn

    def start(self) -> None:
        """Starts it again, waiting until it answers."""
        self._cluster.start()

    def stop(self, mode: embedded.Mode = "fast") -> None:
        """Takes it away: `fast` hangs up on everybody, `immediate` and `kill` leave a log to replay."""
        self._cluster.stop(mode)


class Cleaner:
    """Puts a database back to what its migrations made, with one call of a function that lives in it.

    DELETE and not TRUNCATE: with few rows it is many times faster. Triggers are off meanwhile, so neither the order of
    foreign keys matters nor what guards tables that only grow.
    """

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg2.connect(dsn)
        self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            # A test that left a transaction open fails here, with a reason, instead of hanging.
            cursor.execute("SET lock_timeout = '5s'")
            self._prepare(cursor)

    def clean(self) -> None:
        """Empties every table but for the rows that migrations put there."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pristine.restore()")

    def close(self) -> None:
        """Hangs up."""
        self._connection.close()

    def _prepare(self, cursor: psycopg2.extensions.cursor) -> None:
        cursor.execute("CREATE SCHEMA pristine")
        cursor.execute(TABLES)
        steps = []
        for table, columns in cursor.fetchall():
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            parts = {"table": sql.Identifier(table), "columns": names}
            steps.append(sql.SQL("DELETE FROM public.{table};").format(**parts))
            cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM public.{table})").format(**parts))
            if cursor.fetchone() == (True,):
                cursor.execute(sql.SQL("CREATE TABLE pristine.{table} AS TABLE public.{table}").format(**parts))
                steps.append(sql.SQL(RESTORE).format(**parts))
        body = sql.SQL("BEGIN\n{}\nEND").format(sql.SQL("\n").join(steps)).as_string(cursor)
        cursor.execute(f"CREATE FUNCTION pristine.restore() RETURNS void LANGUAGE plpgsql AS $body$ {body} $body$")


def place() -> Path:
    """Where clusters for tests are made."""
    with contextlib.suppress(OSError):
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN:
            return MEMORY
    return Path(tempfile.gettempdir())


@contextlib.contextmanager
def cluster(*, durable: bool = False) -> Iterator[embedded.Cluster]:
    """A running cluster in a folder of its own, both gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place()))
    folder.chmod(0o755)
    # As long as this process lives nobody sweeps the folder, also while its cluster is stopped.
    ours = locks.try_shared(folder / OWNER)
    running = embedded.Cluster(folder / "postgres", durable=durable, log=structlog.testing.CapturingLogger())
    try:
        running.start()
        yield running
    finally:
        running.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
        if ours is not None:
            locks.release(ours)


def sweep() -> None:
    """Removes what sessions left behind that were killed."""
    for folder in place().glob(PREFIX + "*"):
        home = folder / "postgres"
        with contextlib.suppress(OSError, ValueError, embedded.Failed):
            # A young one is being made by somebody who has not come to lock it yet.
            if time.time() - folder.stat().st_mtime < YOUNG_SECONDS:
                continue
            sole = locks.try_exclusive(folder / OWNER)
            if sole is None:
                continue
            locks.release(sole)
            free = locks.try_shared(home / "alive.lock")
            if free is None:
                _thaw(home)
                left = embedded.Cluster(home, durable=False, log=structlog.testing.CapturingLogger())
                left.start()
                left.stop("immediate")
            else:
                locks.release(free)
            shutil.rmtree(folder, ignore_errors=True)


def _thaw(home: Path) -> None:
    """Lets a cluster go on that a killed test had stopped in the middle: it would not answer, and never end."""
    postmaster = int((home / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for pid in (postmaster, *map(int, children)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def migrated(dsn: str) -> str:
    """Migrates a database to the newest schema. In a thread, for it needs a loop and the caller may have one."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(migrate.migrate(dsn))).result()
    return dsn
