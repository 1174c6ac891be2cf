"""Upkeep: what expired is removed, in small batches, by every process that has a moment. Visible in /metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import prometheus_client
import structlog

from handlers.core import context as context_
from handlers.core import media
from storage import database as database_
from storage import upkeep as rows

EVERY_SECONDS = 60.0
BATCH_ROWS = 500
# Between two batches of one chore: whoever else wants the database goes first.
PAUSE_SECONDS = 0.05

# How long after its end each kind is kept. Codes longer than they work: an old link still tells whether its account is.
KEPT = {
    "codes": timedelta(days=30),
    "passcodes": timedelta(days=30),
    "tickets": timedelta(),
    "waitlist_links": timedelta(),
    "waitlist": timedelta(days=30),
    "attempts": timedelta(hours=25),
    "known_addresses": timedelta(days=180),
    "answers": timedelta(hours=25),
    "letters": timedelta(days=7),
    "mails": timedelta(days=30),
}

REMOVED = prometheus_client.Counter("hiroba_upkeep_removed_rows", "Rows removed because they expired.", ["kind"])
FAILED = prometheus_client.Counter("hiroba_upkeep_failures", "Chores that met a defect.", ["kind"])
DONE_AT = prometheus_client.Gauge("hiroba_upkeep_done_timestamp_seconds", "When a round of upkeep last ended.")
LOG = structlog.get_logger("hiroba.upkeep")


class Chore(NamedTuple):
    """One kind of rows (or files), and what removes a batch of them."""

    kind: str
    remove: Callable[[], Awaitable[int]]


def chores(context: context_.Context, *, replay_days: int) -> list[Chore]:
    """All of them, as of now. *Units*: `replay_days` is how long the event log is kept."""
    now: datetime = context.clock.now()
    idle_since = now - timedelta(seconds=context.settings.sessions.idle_ttl_seconds)
    kept = {**KEPT, "events": timedelta(days=replay_days)}
    return [
        Chore(
            "sessions",
            partial(rows.delete_sessions, context.database, now=now, idle_since=idle_since, most=BATCH_ROWS),
        ),
        *(
            Chore(kind, partial(rows.delete_older, context.database, kind, before=now - age, most=BATCH_ROWS))
            for kind, age in kept.items()
        ),
        Chore("media", partial(media.sweep, context, most=BATCH_ROWS)),
    ]


async def tidy(context: context_.Context, *, replay_days: int) -> dict[str, int]:
    """One round; answers how many rows of each kind went. A chore that fails keeps no other from being done.

    Announces: the end of expired sessions. Refuses: Unavailable.
    """
    removed = {}
    for chore in chores(context, replay_days=replay_days):
        try:
            removed[chore.kind] = await _finish(chore)
        except database_.Unavailable:
            raise
        except Exception:
            FAILED.labels(chore.kind).inc()
            LOG.exception("a chore failed", kind=chore.kind)
    if removed.get("sessions"):
        context.bus.wake()
    DONE_AT.set_to_current_time()
    return removed


async def _finish(chore: Chore) -> int:
    removed = 0
    while True:
        count = await chore.remove()
        removed += count
        REMOVED.labels(chore.kind).inc(count)
        if count < BATCH_ROWS:
            return removed
        await asyncio.sleep(PAUSE_SECONDS)


async def run(context: context_.Context, *, replay_days: int) -> None:
    """Round after round until it is cancelled. No fault ends it."""
    while True:
        try:
            await tidy(context, replay_days=replay_days)
        except database_.Unavailable:
            LOG.warning("upkeep waits for the database")
        except Exception:
            LOG.exception("a round of upkeep failed")
        await asyncio.sleep(EVERY_SECONDS)
