"""Everything that a run needs and that is gone after it: PostgreSQL with its towns, and processes to be measured."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import structlog

from bench import cores as cores_
from bench import processes, towns
from server import embedded
from storage import migrate

# Where results stay and everything else goes again.
PLACE = processes.ROOT / "var" / "bench"
SECRET = "a secret for measuring, and for nothing else"
BCRYPT_COST = 12


class World:
    """PostgreSQL on one core, and ways to start things on the other."""

    def __init__(self, cluster: embedded.Cluster, folder: Path, cores: cores_.Cores) -> None:
        self.cores = cores
        self._cluster = cluster
        self._folder = folder
        self._small: towns.Town | None = None
        self._large: towns.Town | None = None

    async def small(self) -> towns.Town:
        """10,000 accounts and as many messages. Made when it is first asked for."""
        if self._small is None:
            dsn = self._cluster.create_database("small")
            await migrate.migrate(dsn)
            self._small = await asyncio.to_thread(towns.settle, dsn, bcrypt_cost=BCRYPT_COST)
        return self._small

    async def large(self, messages: int) -> towns.Town:
        """The same people, with so many messages."""
        if self._large is None:
            small = await self.small()
            # As it was made: other measurements have written into the first.
            dsn = self._cluster.create_database("large")
            await migrate.migrate(dsn)
            large = await asyncio.to_thread(towns.settle, dsn, bcrypt_cost=BCRYPT_COST)
            assert [talk.id for talk in large.talks] == [talk.id for talk in small.talks]
            self._large = await asyncio.to_thread(towns.grow, large, dsn, messages=messages)
        return self._large

    async def cheap(self, bcrypt_cost: int) -> towns.Town:
        """The same people, whose password is hashed at this cost. Made anew each time."""
        dsn = self._cluster.create_database(f"cost_{bcrypt_cost}")
        await migrate.migrate(dsn)
        return await asyncio.to_thread(towns.settle, dsn, bcrypt_cost=bcrypt_cost)

    async def purses(self, name: str, *, entries: int = towns.SMALL_ENTRIES) -> towns.Town:
        """A town of its own, in a database of this name, where people pay each other."""
        dsn = self._cluster.create_database(name)
        await migrate.migrate(dsn)
        town = await asyncio.to_thread(towns.settle, dsn, bcrypt_cost=BCRYPT_COST)
        await asyncio.to_thread(towns.fill_purses, dsn, entries=entries)
        return town

    @contextlib.asynccontextmanager
    async def server(
        self, town: towns.Town, *arguments: str, module: str = "server", **settings: str
    ) -> AsyncIterator[processes.Process]:
        """The server on a town's database, as it is configured by default."""
        port = processes.free_port()
        given = {
            "DATABASE_URL": town.dsn,
            "SERVER_HOST": "127.0.0.1",
            "SERVER_PORT": str(port),
            "SECRETS_KEY": SECRET,
            "MEDIA_DIRECTORY": str(self._folder / "media"),
            "PASSWORDS_BCRYPT_COST": str(BCRYPT_COST),
            **settings,
        }
        async with processes.started(
            module, *arguments, core=self.cores.server, port=port,
            log=self._folder / "server.log", ready_path="/readyz", **given,
        ) as process:  # fmt: skip
            yield process

    @contextlib.asynccontextmanager
    async def hello(self) -> AsyncIterator[processes.Process]:
        """The bare aiohttp server."""
        port = processes.free_port()
        async with processes.started(
            "bench.hello", str(port), core=self.cores.server, port=port, log=self._folder / "hello.log", ready_path="/"
        ) as process:
            yield process


@contextlib.contextmanager
def made(cores: cores_.Cores) -> Iterator[World]:
    """A world for the time of a block. PostgreSQL is set up as the embedded one always is, its data is on disk."""
    PLACE.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=PLACE))
    folder.chmod(0o755)
    cluster = embedded.Cluster(folder / "postgres", log=structlog.testing.CapturingLogger())
    homes = {folder}
    try:
        cluster.start()
        homes.add(cluster.home)
        yield World(cluster, folder, cores)
    finally:
        cluster.stop("immediate")
        for home in homes:
            shutil.rmtree(home, ignore_errors=True)
