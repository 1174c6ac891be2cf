"""What every test can ask for. Real things throughout: PostgreSQL, sockets, mail; only the clock is ours to move."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest
import uvloop

from server import embedded
from storage.database import Database
from tests import clocks, databases, serving


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], Any]]:
    """Tests run on the loop that the server runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def cluster() -> Iterator[embedded.Cluster]:
    """The session's PostgreSQL, with a migrated template in it."""
    databases.sweep()
    with databases.cluster() as running:
        databases.migrated(running.create_database(databases.TEMPLATE))
        yield running


@pytest.fixture(scope="session")
def clone(cluster: embedded.Cluster) -> Callable[[], str]:
    """Makes a migrated, empty database for a test that wants one to itself, and answers its DSN."""
    numbers = itertools.count(1)
    return lambda: cluster.create_database(f"hiroba_clone_{next(numbers)}", template=databases.TEMPLATE)


@pytest.fixture(scope="session")
def session_dsn(cluster: embedded.Cluster) -> str:
    """The database that most tests share, one after the other. Ask for `dsn`: it is clean."""
    return cluster.create_database("hiroba_test", template=databases.TEMPLATE)


@pytest.fixture(scope="session")
def cleaner(session_dsn: str) -> Iterator[databases.Cleaner]:
    """Empties the session's database."""
    cleaner = databases.Cleaner(session_dsn)
    yield cleaner
    cleaner.close()


@pytest.fixture
def dsn(session_dsn: str, cleaner: databases.Cleaner) -> Iterator[str]:
    """A migrated database as superuser. Emptied after the test."""
    yield session_dsn
    cleaner.clean()


@pytest.fixture(scope="session")
async def session_database(session_dsn: str) -> AsyncIterator[Database]:
    """The session's connections. Ask for `database`."""
    database = await Database.open(
        session_dsn, connections_max=8, acquire_timeout_seconds=5, statement_timeout_seconds=10
    )
    yield database
    await database.close()


@pytest.fixture
def database(dsn: str, session_database: Database) -> Database:
    """The verbs of storage on an empty, migrated database, with the rights of the server. Emptied after the test."""
    return session_database


@pytest.fixture
def own_postgres() -> Iterator[databases.OwnPostgres]:
    """A PostgreSQL of the test's own, to be stopped, killed and started. Durable, as the real one is."""
    with databases.cluster(durable=True) as running:
        databases.migrated(running.dsn)
        yield databases.OwnPostgres(running)


@pytest.fixture
def clock() -> clocks.MovableClock:
    """A clock that stands still until the test moves it."""
    return clocks.MovableClock()


@pytest.fixture
async def serve(dsn: str, clock: clocks.MovableClock) -> AsyncIterator[serving.Serve]:
    """Starts a server with the settings that a test wants: `await serve(limits={"enabled": "false"})`."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**sections: dict[str, Any]) -> serving.Serving:
            return await stack.enter_async_context(serving.served(serving.config(dsn, **sections), clock))

        yield start


@pytest.fixture
async def hiroba(serve: serving.Serve) -> serving.Serving:
    """A server as it comes, but for cheap passwords."""
    return await serve()
