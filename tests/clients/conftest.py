"""People with the typed client, at a real server."""

import contextlib
from collections.abc import AsyncIterator

import pytest

import hiroba_client
from handlers.core import audit, communities
from tests import serving
from tests.clients import people


@pytest.fixture
async def town(hiroba: serving.Serving) -> AsyncIterator[people.Town]:
    """A server with Kaga city; those who join are hung up at the end."""
    kaga = await communities.found(hiroba.context, audit.COMMAND_LINE, "Kaga city")
    async with contextlib.AsyncExitStack() as stack:
        yield people.Town(stack, hiroba.url, kaga)


@pytest.fixture
async def haru(town: people.Town) -> hiroba_client.Client:
    """Somebody who is signed in."""
    return (await town.join("haru")).client


@pytest.fixture
async def riku(town: people.Town) -> people.Person:
    """Somebody else."""
    return await town.join("riku")
