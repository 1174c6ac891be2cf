"""`python -m bench.hello PORT`: a bare aiohttp server that says hello. What everything else is a share of."""

import asyncio
import signal
import sys

import uvloop
from aiohttp import web

BODY = b'{"hello":"world"}'
HEADERS = {"Content-Type": "application/json; charset=utf-8"}


async def get_hello(request: web.Request) -> web.Response:
    """Hello."""
    return web.Response(body=BODY, headers=HEADERS)


async def serve(port: int) -> None:
    """Says hello until SIGTERM."""
    app = web.Application()
    app.router.add_get("/", get_hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
