"""Places and processes for tests of the embedded PostgreSQL."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from server import embedded
from tests import databases
from tests.server import clusters, processes


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that every user gets through to, as a checkout is: pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="hiroba-ground-", dir=databases.place()))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def seed() -> Iterator[Path]:
    """The data of a cluster that was stopped. Copying it is quicker than making another."""
    with databases.cluster() as made:
        made.stop()
        yield made.home / "data"


@pytest.fixture
def make(ground: Path, seed: Path) -> Iterator[clusters.Make]:
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
def people() -> Iterator[clusters.People]:
    """Starts processes that use a cluster. All are ended."""
    started: list[subprocess.Popen[str]] = []

    def one(directory: Path, script: str = clusters.USER, **options: Any) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", script, str(directory)],
                cwd=clusters.ROOT,
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


@pytest.fixture
def servers(ground: Path, seed: Path) -> Iterator[processes.Servers]:
    """Prepares servers that are processes of their own. All are ended, and so is their PostgreSQL."""
    made: list[processes.Server] = []

    def one(*, fresh: bool = False, **settings: str) -> processes.Server:
        folder = ground / f"server{len(made)}"
        folder.mkdir()
        folder.chmod(0o755)
        made.append(processes.Server(folder, settings))
        if not fresh:
            made[-1].postgres.mkdir()
            subprocess.run(["cp", "-a", str(seed), str(made[-1].postgres)], check=True)
        return made[-1]

    yield one
    for server in made:
        server.clean_up()


@pytest.fixture
async def phones() -> AsyncIterator[processes.Phones]:
    """Clients of servers in other processes."""
    phones = processes.Phones()
    yield phones
    await phones.hang_up()
