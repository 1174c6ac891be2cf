"""What the machine that runs the server asks it: alive (/healthz), ready (/readyz), how it goes (/metrics)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

import prometheus_client
from aiohttp import web
from prometheus_client import core, registry

from handlers.rest import writing
from mail import courier, outbox
from storage import database as database_
from storage import health as health_rows

# Readiness turns red within two seconds of the database's end: an answer takes no longer than this.
PATIENCE_SECONDS = 1.5
LAG_EVERY_SECONDS = 0.5

LAG = prometheus_client.Gauge("hiroba_loop_lag_seconds", "How late the event loop came to a timer, lately.")


class Pool(registry.Collector):
    """The database's connections, read when somebody asks."""

    def __init__(self, database: database_.Database) -> None:
        self._database = database

    def collect(self) -> Iterable[core.Metric]:
        """One gauge with a row for each state."""
        gauge = core.GaugeMetricFamily(
            "hiroba_database_connections", "Connections in use and idle, and callers that wait.", labels=["state"]
        )
        for state, count in self._database.stats._asdict().items():
            gauge.add_metric([state], count)
        yield gauge


OUTBOX = prometheus_client.Gauge("hiroba_outbox_depth", "Letters that wait to be delivered.")


def routes(database: database_.Database, carrier: courier.Courier) -> list[web.RouteDef]:
    """The three endpoints."""

    async def get_healthz(request: web.Request) -> web.Response:
        return writing.json({"status": "ok"})

    async def get_readyz(request: web.Request) -> web.Response:
        checks = {"database": await _answers(database), "mail": carrier.healthy}
        ready = all(checks.values())
        return writing.json({"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503)

    async def get_metrics(request: web.Request) -> web.Response:
        with contextlib.suppress(database_.Unavailable, TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                OUTBOX.set(await outbox.depth(database))
        return web.Response(
            body=prometheus_client.generate_latest(), headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        )

    return [
        web.get("/healthz", get_healthz),
        web.get("/readyz", get_readyz),
        web.get("/metrics", get_metrics),
    ]


async def _answers(database: database_.Database) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await health_rows.ping(database)
    except (database_.Unavailable, TimeoutError):
        return False
    return True


@contextlib.asynccontextmanager
async def observed(database: database_.Database) -> AsyncIterator[None]:
    """Measures the event loop's lag and offers the pool's figures, for the time of a block."""
    pool = Pool(database)
    prometheus_client.REGISTRY.register(pool)
    watch = asyncio.create_task(_watch_lag())
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        prometheus_client.REGISTRY.unregister(pool)


async def _watch_lag() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_EVERY_SECONDS
        await asyncio.sleep(LAG_EVERY_SECONDS)
        LAG.set(max(0.0, loop.time() - due))
