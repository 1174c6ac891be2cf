"""The whole server on a real socket, for tests that talk to it as its clients do."""

import atexit
import contextlib
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from handlers.core import clock as clock_
from server import app, lifecycle, wire
from server import config as config_
from storage import mailbox

SECRET = "a secret for tests, and for nothing else"
PASSWORD = "somepassword"
# Where pictures go unless a test says. Named by their content, those of different tests do not meet.
MEDIA = Path(tempfile.mkdtemp(prefix="hiroba-test-media-"))
atexit.register(shutil.rmtree, MEDIA, ignore_errors=True)


def config(dsn: str, **sections: dict[str, Any]) -> config_.Config:
    """The configuration of a test's server: the cheapest passwords that are accepted, and whatever the test sets."""
    given = {
        "HIROBA_DATABASE_URL": dsn,
        "HIROBA_PASSWORDS_BCRYPT_COST": "4",
        "HIROBA_SECRETS_KEY": SECRET,
        "HIROBA_LOGS_REQUESTS": "false",
        "HIROBA_MEDIA_DIRECTORY": str(MEDIA),
        "HIROBA_MAIL_POLL_SECONDS": "0.2",
    }
    for section, values in sections.items():
        for key, value in values.items():
            given[f"HIROBA_{section}_{key}".upper()] = str(value)
    return config_.load(None, given)


class Answer(msgspec.Struct):
    """What came back, read whole."""

    status: int
    headers: Any
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON of it."""
        return msgspec.json.decode(self.raw)


class Client:
    """A phone or browser: keeps its cookies, follows no redirects."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url = url
        self._prefix = prefix
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """One request; `body` is sent as JSON unless it is bytes."""
        if body is not None:
            more["data"] = body if isinstance(body, bytes) else msgspec.json.encode(body)
            more.setdefault("headers", {}).setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else f"{self.url}{self._prefix}{path}"
        async with self.http.request(method, url, allow_redirects=False, **more) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **more: Any) -> Answer:
        """GET."""
        return await self.ask("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        """POST."""
        return await self.ask("POST", path, body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> Answer:
        """PUT."""
        return await self.ask("PUT", path, body, **more)

    async def delete(self, path: str, body: Any = None, **more: Any) -> Answer:
        """DELETE."""
        return await self.ask("DELETE", path, body, **more)


class Serving:
    """A running server, and the clients that a test makes for it."""

    def __init__(self, url: str, parts: app.Parts, settings: config_.Config) -> None:
        self.url = url
        self.parts = parts
        self.config = settings
        self._clients: list[Client] = []

    @property
    def context(self):
        """What acts take, for tests that set something up without a client."""
        return self.parts.context

    def client(self, prefix: str = "") -> Client:
        """A new phone for one API."""
        client = Client(self.url, prefix)
        self._clients.append(client)
        return client

    async def letters(self, to: str) -> list[mailbox.Mail]:
        """All mail that arrived for an address, newest first, once everything that was put is delivered."""
        self.parts.courier.wake()
        await self.parts.courier.idle()
        return await mailbox.list(self.context.database, to=to)

    async def link(self, to: str) -> str:
        """The link in the newest letter to an address, at this server."""
        newest = (await self.letters(to))[0]
        found = re.search(r"https?://\S+", newest.text)
        assert found is not None
        return self.url + found.group().removeprefix(self.config.server.public_url)

    async def close(self) -> None:
        """Hangs up all clients."""
        for client in self._clients:
            await client.http.close()


@contextlib.asynccontextmanager
async def served(settings: config_.Config, time: clock_.Clock | None = None) -> AsyncIterator[Serving]:
    """The server of these settings on a free port, with all its workers, while the block lasts."""
    async with lifecycle.running(settings, time=time) as parts:
        # As `server.lifecycle` serves it; aiohttp's own test server would cancel handlers, which the real one does not.
        runner = wire.Runner(app.build_app(settings, parts), shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        serving = Serving(f"http://{host}:{port}", parts, settings)
        try:
            yield serving
        finally:
            await serving.close()
            await runner.cleanup()


Serve = Callable[..., Awaitable[Serving]]
