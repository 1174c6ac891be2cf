"""The server's parts in the order in which they start, and their end in the opposite one.

`assembled` is the core alone, as commands use it; `serve` adds the workers, the live hub and the sockets.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import web

from handlers.core import bus, clock, context, keys, passwords, sessions
from handlers.live import hub as hub_
from mail import courier as courier_
from mail import sink as sink_
from mail import transports
from server import app as app_
from server import config as config_
from server import demo, embedded, health, secret
from storage import database as database_
from storage import migrate

LOG = structlog.get_logger("hiroba")
BACKLOG = 1024
# Of the time that a graceful stop may take, what is kept for the database and the mail after the last request.
WORKERS_SHARE = 0.5


class Silent:
    """Nobody to be woken: a command's letters are carried by the server beside it."""

    def wake(self) -> None:
        """Does nothing."""


@dataclass(frozen=True, slots=True)
class Core:
    """The system without its doors."""

    context: context.Context
    lookups: sessions.Lookups


class Wakeable:
    """Wakes whoever is put here later: acts need the courier's bell before there is a courier."""

    def __init__(self) -> None:
        self.target: context.Post = Silent()

    def wake(self) -> None:
        """There are new letters."""
        self.target.wake()


@contextlib.asynccontextmanager
async def assembled(
    config: config_.Config, *, post: context.Post | None = None, time: clock.Clock | None = None
) -> AsyncIterator[Core]:
    """The core on its database, migrated. Refuses: what the database, the migrations and the secret refuse."""
    async with contextlib.AsyncExitStack() as stack:
        dsn = config.database.url
        if not dsn:
            dsn = await stack.enter_async_context(embedded.postgres(Path(config.database.directory), LOG))
        for name in await migrate.migrate(dsn):
            LOG.info("migrated", file=name)
        database = await database_.Database.open(
            dsn,
            connections_max=config.database.connections_max,
            acquire_timeout_seconds=config.database.acquire_timeout_seconds,
            statement_timeout_seconds=config.database.statement_timeout_seconds,
        )
        stack.push_async_callback(database.close)
        hasher = passwords.Hasher(config.passwords)
        stack.callback(hasher.close)
        time = time or clock.Clock()
        core = context.Context(
            database=database,
            clock=time,
            settings=config.core,
            hasher=hasher,
            keys=keys.Keys(secret.of(config.secrets)),
            bus=bus.Bus(),
            post=post or Silent(),
        )
        lookups = sessions.Lookups(database, time, config.core)
        stack.push_async_callback(lookups.close)
        yield Core(core, lookups)


@contextlib.asynccontextmanager
async def running(config: config_.Config, *, time: clock.Clock | None = None) -> AsyncIterator[app_.Parts]:
    """The core with its workers: mail is carried and events are delivered while the block lasts."""
    post = Wakeable()
    async with contextlib.AsyncExitStack() as stack:
        core = await stack.enter_async_context(assembled(config, post=post, time=time))
        inside = core.context
        if config.demo.enabled:
            await demo.put(inside)
        mail_url = config.mail.url
        if not mail_url:
            sink = await sink_.Sink.open(
                inside.database, inside.clock, message_bytes_max=config.mail.message_bytes_max
            )
            stack.push_async_callback(sink.close)
            mail_url = sink.url
        transport = transports.Smtp(transports.server(mail_url), timeout_seconds=config.mail.timeout_seconds)
        courier = courier_.Courier(inside.database, transport, inside.keys, config.mail, inside.clock)
        stack.push_async_callback(_finish, asyncio.create_task(courier.run()), courier)
        post.target = courier
        hub = hub_.Hub(inside, config.live)
        await stack.enter_async_context(hub.running())
        await stack.enter_async_context(health.observed(inside.database))
        await inside.hasher.prepare()
        yield app_.Parts(core.context, core.lookups, hub, courier)


async def _finish(task: asyncio.Task, courier: courier_.Courier) -> None:
    """The letter in hand is finished; what waits stays in the outbox."""
    courier.stop()
    await asyncio.wait([task], timeout=2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def serve(config: config_.Config) -> None:
    """Serves until SIGTERM or SIGINT, then stops within `server.shutdown_seconds`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(config) as parts:
        patience_seconds = config.server.shutdown_seconds * (1 - WORKERS_SHARE)
        runner = web.AppRunner(app_.build_app(config, parts), access_log=None, shutdown_timeout=patience_seconds)
        await runner.setup()
        try:
            for listening in _sockets(config):
                await web.SockSite(runner, listening, backlog=BACKLOG).start()
            LOG.info("serving", url=config.server.public_url, process=os.getpid())
            await stop.wait()
            LOG.info("stopping")
        finally:
            await runner.cleanup()


def _sockets(config: config_.Config) -> list[socket.socket]:
    """One listening socket an address. A machine without IPv6 is served over IPv4 alone. Refuses: OSError."""
    opened: list[socket.socket] = []
    for host in config.server.host:
        try:
            info = socket.getaddrinfo(host, config.server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
            listening = socket.socket(info[0], socket.SOCK_STREAM)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if info[0] == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.bind(info[4])
        except OSError as fault:
            if ":" in host and (opened or len(config.server.host) > 1) and fault.errno in (97, 99):
                LOG.warning("no IPv6 here", host=host)
                continue
            for one in opened:
                one.close()
            raise OSError(f"cannot listen on {host} port {config.server.port}: {fault.strerror or fault}") from fault
        listening.setblocking(False)
        opened.append(listening)
    return opened
