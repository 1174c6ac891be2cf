"""`python -m bench.serving PORT`: the server, with a door behind which bare bytes are written to sockets of its own.

That is what deliveries are a share of: the same bytes to the same sockets from the same process, without anything that
decides who is due them. The door speaks lines of JSON: `{"ports": [...], "frame": "...", "count": 400}`; it answers
with a line when everything is handed to the sockets.
"""

import asyncio
import base64
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator

import msgspec
import uvloop
from aiohttp import web

from server import app, lifecycle, logs, wire
from server import config as config_

LINE_BYTES_MAX = 1024 * 1024


class Order(msgspec.Struct):
    """What is to be written, and to whom: by the ports of their ends."""

    ports: list[int]
    frame: str
    count: int


async def write(runner: web.AppRunner, order: Order) -> None:
    """Writes the frame so often to each; the loop has its turn after each time."""
    assert runner.server is not None
    ports = frozenset(order.ports)
    transports = [
        connection.transport
        for connection in runner.server.connections
        if connection.transport is not None and connection.transport.get_extra_info("peername")[1] in ports
    ]
    assert len(transports) == len(ports)
    frame = base64.b64decode(order.frame)
    for _ in range(order.count):
        for transport in transports:
            transport.write(frame)
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def door(runner: web.AppRunner, port: int) -> AsyncIterator[None]:
    """Open while the block lasts."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            await write(runner, msgspec.json.decode(line, type=Order))
            writer.write(b"written\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=LINE_BYTES_MAX)
    try:
        yield
    finally:
        server.close()


async def serve(config: config_.Config, door_port: int) -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with lifecycle.running(config) as parts:
        runner = wire.Runner(app.build_app(config, parts), shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, config.server.host[0], config.server.port, backlog=1024).start()
            async with door(runner, door_port):
                await stop.wait()
        finally:
            await runner.cleanup()


if __name__ == "__main__":
    settings = config_.load(None, os.environ)
    logs.configure(settings.logs)
    uvloop.run(serve(settings, int(sys.argv[1])))
