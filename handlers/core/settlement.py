"""The settlement: what is pending is handed to an engine, and ended as the engine says. Exactly once, whoever crashes.

An engine is asked twice: to take payments (`submit`), and, for what it could not end at once, how they came out
(`poll`). Both may be asked again about the same payments: after a crash nobody knows how far it came.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import prometheus_client
import structlog

from handlers.core import context as context_
from handlers.core import events
from storage import database as database_
from storage import payments as rows

LOG = structlog.get_logger("hiroba.settlement")
BATCH_PAYMENTS = 100
# What nobody told of is looked for this often: payments of other processes, and what a crash left.
EVERY_SECONDS = 1.0
# After a round that ended some, more gather for so long: fewer rounds under load; a lone payment never waits for it.
GATHER_SECONDS = 0.05

SETTLED = prometheus_client.Counter("hiroba_settlement_payments", "Payments that were ended.", ["outcome"])


@dataclass(frozen=True, slots=True)
class Ended:
    """The payment came to its end: its units have moved, or cannot."""

    is_posted: bool


@dataclass(frozen=True, slots=True)
class Submitted:
    """The engine has it, and calls it so."""

    reference: str


Outcome = Ended | Submitted


class Engine(Protocol):
    """Whoever makes payments final. Payments that it says nothing about stay as they are, and it is asked again."""

    async def submit(self, payments: Sequence[rows.Pending]) -> Mapping[int, Outcome]:
        """Takes payments on, by their posting's id. One that it has taken already is not taken twice."""
        ...

    async def poll(self, payments: Sequence[rows.Pending]) -> Mapping[int, Ended]:
        """How payments came out that it took earlier."""
        ...


class Internal:
    """The ledger itself is final: whatever is pending is posted."""

    async def submit(self, payments: Sequence[rows.Pending]) -> Mapping[int, Outcome]:
        """Ends all."""
        return {payment.posting_id: Ended(is_posted=True) for payment in payments}

    async def poll(self, payments: Sequence[rows.Pending]) -> Mapping[int, Ended]:
        """None is ever left to ask about."""
        return {}


class Settlement:
    """One process's share of the work: several may do it beside each other."""

    def __init__(self, context: context_.Context, engine: Engine, *, delay_seconds: float) -> None:
        self._context = context
        self._engine = engine
        self._delay = timedelta(seconds=delay_seconds)

    async def settle(self) -> int:
        """One round over all that is due; answers how many payments it ended.

        *Units*: payments younger than `delay_seconds` are left alone. *Refuses*: Unavailable; what the engine raises.
        """
        return await self._round(is_submitted=True) + await self._round(is_submitted=False)

    async def _round(self, *, is_submitted: bool) -> int:
        ended, after_id = 0, 0
        while True:
            until = self._context.clock.now() - self._delay
            batch = await rows.list_pending(
                self._context.database, after_id=after_id, until=until, is_submitted=is_submitted, most=BATCH_PAYMENTS
            )
            if batch:
                ended += await self._end(
                    await (self._engine.poll(batch) if is_submitted else self._engine.submit(batch))
                )
            if len(batch) < BATCH_PAYMENTS:
                return ended
            after_id = batch[-1].posting_id

    async def _end(self, outcomes: Mapping[int, Outcome]) -> int:
        context = self._context
        references = {key: one.reference for key, one in outcomes.items() if isinstance(one, Submitted)}
        if references:
            await rows.refer(context.database, references)
        ended = 0
        for is_posted, word in ((True, "completed"), (False, "failed")):
            ids = [key for key, one in outcomes.items() if isinstance(one, Ended) and one.is_posted is is_posted]
            if ids:
                count = await rows.settle(context.database, ids, is_posted=is_posted, now=context.clock.now())
                SETTLED.labels(word).inc(count)
                ended += count
        if ended:
            events.announce(context)
        return ended

    async def run(self) -> None:
        """Round after round, when somebody paid and once in a while, until it is cancelled. No fault ends it."""
        with self._context.settling.listening() as bell:
            while True:
                bell.clear()
                try:
                    if await self.settle():
                        await asyncio.sleep(GATHER_SECONDS)
                except database_.Unavailable:
                    LOG.warning("the settlement waits for the database")
                except Exception:
                    LOG.exception("a round of the settlement failed")
                try:
                    async with asyncio.timeout(EVERY_SECONDS):
                        await bell.wait()
                    # Payments within the delay are not due yet, and there is nothing to hurry for.
                    await asyncio.sleep(min(self._delay.total_seconds(), EVERY_SECONDS))
                except TimeoutError:
                    pass
