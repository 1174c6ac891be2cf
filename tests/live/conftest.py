"""A server with nothing but `/live` on a real socket, and phones that connect to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from handlers.core import audit, events, sessions
from handlers.core import context as context_
from handlers.live import hub as hub_
from handlers.live import routes
from handlers.live import settings as settings_
from storage import accounts as account_rows
from storage import events as event_rows
from storage import sessions as session_rows
from storage.database import Database
from tests import clocks, people

API = "community"
PATIENCE_SECONDS = 5
ORIGIN = "https://app.example"


@pytest.fixture
def core(database: Database, clock: clocks.MovableClock) -> context_.Context:
    """What acts take."""
    return people.core(database, clock)


@pytest.fixture
async def town(core: context_.Context) -> people.Town:
    """Two communities, nobody there yet."""
    return await people.Town(core).found()


class Phone:
    """A live connection as a client has it. What it hears is read only when it is asked for.

    What it would show on a locked screen is set aside, in `noticed`: beside nearly every message there is one.
    """

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, account: account_rows.Account) -> None:
        self.ws = ws
        self.account = account
        self.cursor = ""
        self.noticed: list[dict[str, Any]] = []

    async def hear(self) -> dict[str, Any]:
        """The next frame but notifications."""
        while (frame := await self.hear_any())["type"] == "notification":
            self.noticed.append(frame)
        return frame

    async def hear_any(self) -> dict[str, Any]:
        """The next frame, whatever it is."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            message = await self.ws.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, message
        frame = msgspec.json.decode(message.data)
        self.cursor = frame.get("cursor", self.cursor)
        return frame

    async def hear_of(self, *kinds: str) -> list[dict[str, Any]]:
        """The next frames, which must be of these types in this order."""
        frames = []
        for kind in kinds:
            frame = await self.hear()
            assert frame["type"] == kind, (frame, frames)
            frames.append(frame)
        return frames

    async def hear_until(self, kind: str) -> list[dict[str, Any]]:
        """All frames up to the next of a type."""
        frames = [await self.hear()]
        while frames[-1]["type"] != kind:
            frames.append(await self.hear())
        return frames

    async def hear_nothing_else(self) -> None:
        """All that was said so far has been heard."""
        await self.say(type="ping")
        await self.hear_of("pong")

    async def hear_until_quiet(self) -> list[dict[str, Any]]:
        """All frames that were said so far."""
        await self.say(type="ping")
        return (await self.hear_until("pong"))[:-1]

    async def say(self, **frame: Any) -> None:
        """Sends a frame."""
        await self.ws.send_bytes(msgspec.json.encode(frame))

    async def closing(self) -> int | None:
        """The code that the server closes with; what was said before it does not matter."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (message := await self.ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), message
        return self.ws.close_code

    async def hang_up(self) -> None:
        """Goes away, as a phone does."""
        await self.ws.close()


class Live:
    """A process that serves live connections. Several may share a database."""

    def __init__(self, core: context_.Context, hub: hub_.Hub, url: str, http: aiohttp.ClientSession) -> None:
        self.core = core
        self.hub = hub
        self.url = url
        self.http = http
        self.tokens: dict[int, str] = {}

    async def sign_in(self, account: account_rows.Account) -> str:
        """A token of a new session."""
        credentials = await account_rows.find_credentials(self.core.database, account.username or "")
        assert credentials is not None
        opened = await sessions.open_for(self.core, audit.Visit(api=API, address=""), credentials)
        return opened.token

    async def dial(self, query: str = "", **more: Any) -> aiohttp.ClientWebSocketResponse:
        """A bare connection. *Refuses*: aiohttp.WSServerHandshakeError."""
        return await self.http.ws_connect(f"{self.url}/live{query}", compress=0, max_msg_size=0, **more)

    async def connect(
        self, account: account_rows.Account, *, since: str | None = None, token: str | None = None, **more: Any
    ) -> Phone:
        """A phone that is connected and has not heard anything yet."""
        token = token or await self.sign_in(account)
        query = "" if since is None else f"?since={since}"
        return Phone(await self.dial(query, headers={"Authorization": f"Bearer {token}"}, **more), account)

    async def settled(self) -> None:
        """Waits until all that was committed is delivered."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                is_placed = (await event_rows.find_settled(self.core.database, id=2**62)).is_placed
                if is_placed and self.hub.cursor == await events.find_end(self.core):
                    return
                await asyncio.sleep(0.002)

    async def greeted(self, account: account_rows.Account) -> Phone:
        """A phone that is connected, was greeted, and has heard of all that was done before."""
        await self.settled()
        phone = await self.connect(account)
        await phone.hear_of("hello")
        return phone


@contextlib.asynccontextmanager
async def serving(core: context_.Context, **settings: Any) -> AsyncIterator[Live]:
    """One process while the block lasts."""
    lookups = sessions.Lookups(core.database, core.clock, core.settings)
    hub = hub_.Hub(core, lookups, settings_.Live(**settings))

    async def identify(request: web.Request) -> session_rows.Session | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return await lookups.find(token, api=API)

    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(lookups.close)
        await stack.enter_async_context(hub.running())
        app = web.Application()
        routes.add(app, hub, identify, friends=[ORIGIN])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Live(core, hub, f"http://{host}:{port}", http)


Serve = Callable[..., Awaitable[Live]]


@pytest.fixture
async def serve(core: context_.Context, town: people.Town) -> AsyncIterator[Serve]:
    """Starts a process with the settings that a test wants."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(inside: context_.Context = core, **settings: Any) -> Live:
            return await stack.enter_async_context(serving(inside, **settings))

        yield start


@pytest.fixture
async def live(serve: Serve) -> Live:
    """A process as it comes."""
    return await serve()
