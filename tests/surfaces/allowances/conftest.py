"""What tests of the allowances API can ask for."""

import pytest

from tests import serving
from tests.surfaces.allowances import traders


@pytest.fixture
async def trader(hiroba: serving.Serving) -> traders.Trader:
    """The demo's trader, signed in, without any order."""
    return await traders.signed_in(hiroba)
