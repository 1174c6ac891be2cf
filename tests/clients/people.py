"""People who use the typed client: how they join, and what they wait for."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import hiroba_client
from handlers.core import audit, ledger, operators
from hiroba_client import backoff, frames
from tests import serving

PASSWORD = serving.PASSWORD
PATIENCE_SECONDS = 20

F = TypeVar("F")


class Person(NamedTuple):
    """Somebody who is signed in."""

    client: hiroba_client.Client
    id: int


class Town:
    """A community on a server, and those who came."""

    def __init__(self, stack: contextlib.AsyncExitStack, url: str, community_id: int) -> None:
        self.url = url
        self._stack = stack
        self._community_id = community_id

    async def visitor(self, url: str | None = None, **settings: float) -> hiroba_client.Client:
        """Somebody who is not signed in, at the server or at what stands before it."""
        return await self._stack.enter_async_context(hiroba_client.Client(url or self.url, **settings))

    async def join(self, username: str, *, url: str | None = None, **settings: float) -> Person:
        """A new member."""
        client = await self.visitor(url, **settings)
        account = await client.community.create_account(
            username=username,
            password=PASSWORD,
            first_name=username.title(),
            last_name="Sato",
            community_id=self._community_id,
        )
        return Person(client, account.id)

    async def line(self, client: hiroba_client.Client, **more: object) -> hiroba_client.Line:
        """A live connection, hung up at the end, that comes back quickly."""
        line = client.live(waits=quick(), **more)
        return await self._stack.enter_async_context(line)


async def mint(hiroba: serving.Serving, username: str, *, units: int) -> None:
    """Gives somebody tokens. *Units*: hundredths."""
    account = await operators.find(hiroba.context, username)
    await ledger.mint(hiroba.context, audit.COMMAND_LINE, account, units=units, description="minted")


def quick() -> backoff.Backoff:
    """Waits for tests: what they are about takes milliseconds."""
    return backoff.Backoff(first_seconds=0.01, max_seconds=0.1)


async def next_of(line: hiroba_client.Line, kind: type[F]) -> F:
    """The next frame of a kind; others are passed over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for frame in line:
            if isinstance(frame, kind):
                return frame
    raise AssertionError("the line ended")


async def texts_until(line: hiroba_client.Line, last: str) -> list[str]:
    """What is said from now on, up to this."""
    return [frame.message.text for frame in await messages_until(line, lambda frame: frame.message.text == last)]


async def messages_until(
    line: hiroba_client.Line, is_last: Callable[[frames.Message], bool], *, seconds: float = PATIENCE_SECONDS
) -> list[frames.Message]:
    """The messages that come from now on, up to the one that is asked for."""
    heard: list[frames.Message] = []
    async with asyncio.timeout(seconds):
        async for frame in line:
            if isinstance(frame, frames.Message):
                heard.append(frame)
                if is_last(frame):
                    return heard
    raise AssertionError("the line ended")
