"""What tests of the APIs can ask for: a town with people, and a log in which nothing is a fault."""

import logging
from collections.abc import Iterator

import pytest
import structlog

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


@pytest.fixture
def calm(caplog: pytest.LogCaptureFixture) -> Iterator[list]:
    """Fails the test afterwards if anything was logged as a fault, or with a trace; gives what is logged."""
    with structlog.testing.capture_logs() as entries:
        yield entries
    assert [entry for entry in entries if entry["log_level"] in ("error", "critical") or "exc_info" in entry] == []
    records = caplog.get_records("call")
    assert [record.getMessage() for record in records if record.levelno >= logging.ERROR or record.exc_info] == []
