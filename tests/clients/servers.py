"""A server that says over `/live` exactly what a test wants, one script a connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

import hiroba_client
from tests.clients import people

Script = Callable[["Talk"], Awaitable[None]]


class Talk:
    """One connection as the server has it."""

    def __init__(self, ws: web.WebSocketResponse, since: str | None) -> None:
        self.since = since
        self._ws = ws

    async def hello(self, cursor: str = "c0", *, resumed: bool = False) -> None:
        """Greets."""
        user = {"id": 1, "fullName": "Sato Haru"}
        await self.say("hello", user=user, cursor=cursor, heartbeatSeconds=25, resumed=resumed)

    async def message(self, number: int, *, cursor: str | None = None) -> None:
        """An event: this message, at this place in the log."""
        said = {"id": number, "createdAt": "2024-06-14T12:00:00.000Z", "createdBy": 2, "text": str(number)}
        await self.say("message", threadId=7, message=said, cursor=cursor or f"c{number}")

    async def say(self, kind: str, **fields: Any) -> None:
        """Any frame."""
        await self._ws.send_str(msgspec.json.encode({"type": kind, **fields}).decode())

    async def babble(self, text: str) -> None:
        """No frame."""
        await self._ws.send_str(text)

    async def hear(self) -> dict[str, Any]:
        """What the client says next."""
        return msgspec.json.decode(await self._ws.receive_str())

    async def close(self, code: int) -> None:
        """Ends it."""
        await self._ws.close(code=code)

    async def stay(self) -> None:
        """Says no more until the client goes."""
        await self._ws.receive()


def refusing(status: int, **headers: str) -> Script:
    """A script that does not let the client in."""

    async def refuse(talk: Talk) -> None:
        raise AssertionError("never called")

    refuse.answer = web.Response(status=status, headers=headers)  # type: ignore[attr-defined]
    return refuse


@contextlib.asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[hiroba_client.Line]:
    """A line to a server that follows these scripts, one a connection."""
    left = list(scripts)

    async def get_live(request: web.Request) -> web.StreamResponse:
        script = left.pop(0)
        if hasattr(script, "answer"):
            return script.answer
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        # A script that ends without a goodbye is a connection that is cut.
        with contextlib.suppress(ConnectionError, TypeError):
            await script(Talk(ws, request.query.get("since")))
        if not ws.closed and request.transport is not None:
            request.transport.abort()
        return ws

    app = web.Application()
    app.router.add_get("/live", get_live)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    try:
        async with (
            asyncio.timeout(people.PATIENCE_SECONDS),
            hiroba_client.Client(f"http://{host}:{port}") as client,
            client.live(waits=people.quick()) as line,
        ):
            yield line
    finally:
        await runner.cleanup()
