"""Connections before anything is asked on them: how long they are held."""

import asyncio

import pytest

from server import wire
from tests import serving


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-", b"GET /live HTTP/1.1\r\nUpgrade: websocket\r\n"],
    ids=["silent", "half a head", "half an upgrade"],
)
async def test_who_never_asks_is_hung_up_on(
    serve: serving.Serve, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(wire, "IDLE_SECONDS_MAX", 0.2)
    hiroba = await serve()
    host, port = hiroba.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(begun)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


async def test_who_asked_is_answered_first(serve: serving.Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "IDLE_SECONDS_MAX", 0.2)
    hiroba = await serve()
    host, port = hiroba.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /whoami/signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{")
    # The body comes later than whoever asks nothing would be let wait.
    asyncio.get_running_loop().call_later(0.5, writer.write, b"}")
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        # Idle again, and then hung up on.
        assert await reader.read()
    writer.close()
