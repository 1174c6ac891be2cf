"""The core on a clean database, and two towns in it."""

import pytest

from handlers.core import context as context_
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
