"""A town for the tests of the APIs."""

import pytest

from handlers.core import audit, communities
from tests import serving
from tests.surfaces.towns import Phone, Town


@pytest.fixture
async def town(hiroba: serving.Serving) -> Town:
    """Kaga city and Shibuya People, empty."""
    kaga = await communities.found(hiroba.context, audit.COMMAND_LINE, "Kaga city")
    shibuya = await communities.found(hiroba.context, audit.COMMAND_LINE, "Shibuya People")
    return Town(hiroba, kaga, shibuya)


@pytest.fixture
async def john(town: Town) -> Phone:
    """A member of Kaga."""
    return await town.join("john")
