"""What tests of the shop can ask for."""

import pytest

from tests import serving
from tests.surfaces.shop import teams


@pytest.fixture
async def shop(hiroba: serving.Serving) -> teams.Shop:
    """The shop, with five items and nobody in it."""
    return await teams.opened(hiroba)


@pytest.fixture
async def team1(shop: teams.Shop) -> teams.Team:
    """A team that is signed in and has 1000 credits."""
    return await shop.signed_in("team1", credits=1000)


@pytest.fixture
async def team2(shop: teams.Shop) -> teams.Team:
    """Another one."""
    return await shop.signed_in("team2", credits=1000)
