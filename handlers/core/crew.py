"""A bounded queue before a few threads that let everybody else go first: for work that takes long and can wait."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from prometheus_client import Gauge

from handlers.core import refusals

T = TypeVar("T")

# Above every other thread of the machine: a reader's answer never waits for this work.
NICENESS = 19
RETRY_AFTER_SECONDS = 2


def _step_back() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class Crew:
    """So many threads; so many jobs in hand and waiting at most, whose number is told by a gauge."""

    def __init__(self, name: str, *, threads: int, queue_max: int, queued: Gauge) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=_step_back)
        self._queue_max = queue_max
        self._gauge = queued
        self._queued = 0

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """What the work comes to. Refuses: Overloaded; what the work refuses."""
        if self._queued >= self._queue_max:
            raise refusals.Overloaded(RETRY_AFTER_SECONDS)
        self._queued += 1
        self._gauge.inc()
        job = self.start(work, *arguments)
        job.add_done_callback(self._leave)
        # Shielded: a caller that gives up does not make the thread stop, and its place is taken until it does.
        return await asyncio.shield(job)

    def start(self, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """Work of our own, which takes nobody's place in the queue."""
        return asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _leave(self, job: asyncio.Future[Any]) -> None:
        self._queued -= 1
        self._gauge.dec()
        if not job.cancelled():
            job.exception()

    def close(self) -> None:
        """Lets the job in hand be finished and takes no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
