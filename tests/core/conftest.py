"""The core on a clean database, two towns in it, and other processes beside it."""

from collections.abc import AsyncIterator, Sequence

import pytest

from handlers.core import accounts, audit
from handlers.core import context as context_
from storage import accounts as account_rows
from storage.database import Database
from tests import clocks, people


@pytest.fixture
def core(database: Database, clock: clocks.MovableClock) -> context_.Context:
    """What acts take."""
    return people.core(database, clock)


@pytest.fixture
async def town(core: context_.Context) -> people.Town:
    """Two communities, nobody there yet."""
    return await people.Town(core).found()


@pytest.fixture
async def trader(town: people.Town) -> account_rows.Account:
    """Somebody who can be sent an invoice."""
    newcomer = accounts.Newcomer(username="trader", email="trader@hiroba.example", password=people.PASSWORD)
    return await accounts.register(town.context, audit.COMMAND_LINE, newcomer, is_confirmed=True)


@pytest.fixture
async def beside(core: context_.Context, dsn: str) -> AsyncIterator[Sequence[context_.Context]]:
    """Two further processes on the same database."""
    databases = [
        await Database.open(dsn, connections_max=8, acquire_timeout_seconds=5, statement_timeout_seconds=5)
        for _ in range(2)
    ]
    yield [people.core(database, core.clock) for database in databases]
    for database in databases:
        await database.close()
