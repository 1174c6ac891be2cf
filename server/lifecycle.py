"""The server's parts in the order in which they start, and their end in the opposite one.

`assembled` is the core alone, as commands use it; `serve` adds the workers, the live hub and the sockets.
"""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import web

from handlers.core import bus, clock, context, keys, passwords, pictures, sessions, settlement, upkeep
from handlers.live import hub as hub_
from mail import courier as courier_
from mail import sink as sink_
from mail import transports
from server import app as app_
from server import config as config_
from server import demo, doors, embedded, health, secret, wire
from storage import database as database_
from storage import files, migrate

LOG = structlog.get_logger("hiroba")
# Of the time that a graceful stop may take, what requests have, then the letter in hand, then statements that still
# run. The rest is PostgreSQL's own.
REQUESTS_SHARE = 0.4
LETTER_SHARE = 0.2
STATEMENTS_SHARE = 0.2
# What ends a server. A closed terminal too: the database would live on without it.
COLLECTING = (10_000, 20, 20)
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


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
            media_url=config.core.media_url,
        )
        patience_seconds = config.server.shutdown_seconds * STATEMENTS_SHARE
        stack.push_async_callback(database.close, patience_seconds=patience_seconds)
        hasher = passwords.Hasher(config.passwords)
        stack.callback(hasher.close)
        studio = pictures.Studio(config.media)
        stack.callback(studio.close)
        time = time or clock.Clock()
        core = context.Context(
            database=database,
            clock=time,
            settings=config.core,
            hasher=hasher,
            keys=keys.Keys(secret.of(config.secrets)),
            bus=bus.Bus(),
            post=post or Silent(),
            studio=studio,
            files=files.Files(Path(config.media.directory)),
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
            sink = await sink_.Sink.open(inside.database, inside.clock, message_bytes_max=config.mail.message_bytes_max)
            stack.push_async_callback(sink.close)
            mail_url = sink.url
        transport = transports.Smtp(transports.server(mail_url), timeout_seconds=config.mail.timeout_seconds)
        courier = courier_.Courier(inside.database, transport, inside.keys, config.mail, inside.clock)
        patience_seconds = config.server.shutdown_seconds * LETTER_SHARE
        stack.push_async_callback(_finish, asyncio.create_task(courier.run()), courier, patience_seconds)
        post.target = courier
        hub = hub_.Hub(inside, core.lookups, config.live)
        await stack.enter_async_context(hub.running())
        await stack.enter_async_context(health.observed(inside.database))
        settler = settlement.Settlement(
            inside, settlement.Internal(), delay_seconds=config.community.settlement_delay_seconds
        )
        stack.push_async_callback(_cancel, asyncio.create_task(settler.run()))
        tidying = asyncio.create_task(upkeep.run(inside, replay_days=config.live.replay_days))
        stack.push_async_callback(_cancel, tidying)
        await inside.hasher.prepare()
        stack.enter_context(_settled_memory())
        yield app_.Parts(core.context, core.lookups, hub, courier)


@contextlib.contextmanager
def _settled_memory() -> Iterator[None]:
    """What there is by now lives as long as the server: the collector of cycles passes it over, and looks less often.

    A twelfth of a request's work went into looking through the same modules again, and one request in a hundred waited
    for that.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*COLLECTING)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _finish(task: asyncio.Task[None], courier: courier_.Courier, patience_seconds: float) -> None:
    """The letter in hand is finished; what waits stays in the outbox."""
    courier.stop()
    await asyncio.wait([task], timeout=patience_seconds)
    await _cancel(task)


async def serve(config: config_.Config) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP, then stops within `server.shutdown_seconds`.

    *Refuses*: doors.Taken, before anything is started; as `running`.
    """
    doors_ = doors.take(config.server.host, config.server.port)
    try:
        with _heeding_signals() as stop:
            async with running(config) as parts:
                await _serve(config, parts, doors_, stop)
    finally:
        doors.close(doors_)


class Stop:
    """Whether the server is to end. While it starts, that breaks the start off."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._starting = asyncio.current_task()

    @property
    def is_asked(self) -> bool:
        """Whether somebody did."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Asks for it. More than once is the same as once."""
        starting, self._starting = self._starting, None
        self._asked.set()
        if starting is not None:
            starting.cancel()

    async def asked_for(self) -> None:
        """The start is over: returns when somebody asks."""
        self._starting = None
        await self._asked.wait()


@contextlib.contextmanager
def _heeding_signals() -> Iterator[Stop]:
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        # Under nohup a closed terminal is nothing to heed.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, stop.ask)
    try:
        yield stop
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if not stop.is_asked or task is None:
            raise
        task.uncancel()
        LOG.info("stopped while starting")


async def _serve(config: config_.Config, parts: app_.Parts, doors_: Sequence[doors.Door], stop: Stop) -> None:
    patience_seconds = config.server.shutdown_seconds * REQUESTS_SHARE
    # aiohttp waits that long twice: for the answer, then for the end of the task that gave it.
    runner = wire.Runner(app_.build_app(config, parts), shutdown_timeout=patience_seconds / 2)
    await runner.setup()
    try:
        await doors.open_all(doors_, runner)
        LOG.info("serving", url=config.server.public_url, process=os.getpid())
        await stop.asked_for()
        LOG.info("stopping")
    finally:
        await _close(runner, patience_seconds)


async def _close(runner: web.AppRunner, patience_seconds: float) -> None:
    """Stops accepting and finishes requests; whoever does not come to an end in time is cut off."""
    closing = asyncio.create_task(runner.cleanup())
    await asyncio.wait([closing], timeout=patience_seconds)
    if not closing.done():
        for connection in runner.server.connections if runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()
        LOG.warning("requests were cut off", after_seconds=patience_seconds)
    await closing
