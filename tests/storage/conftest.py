"""A database with a table to write on, for the tests of the verbs, of transactions and of connections."""

import pytest

from tests.storage import scratch


@pytest.fixture(scope="module")
async def place(clone):
    """The DSN of a database of the module's own, with the table `scratch` and queries on it."""
    dsn = clone()
    await scratch.make_table(dsn)
    with scratch.known():
        yield dsn


@pytest.fixture
async def scratched(place):
    """As the server has it, with the table `scratch`, empty. Nothing is left busy or waiting in the end."""
    await scratch.command(place, "DELETE FROM scratch")
    async with scratch.opened(place, role="hiroba_server") as database:
        yield database
        await scratch.until(lambda: database.stats.busy == 0)
        assert database.stats.waiting == 0
