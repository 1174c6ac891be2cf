"""Passwords: what a new one needs, and bcrypt in threads of its own so that it never holds up anybody else."""

import asyncio
import base64
import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import bcrypt
from prometheus_client import Gauge

from handlers.core import refusals, settings

T = TypeVar("T")

CHARACTERS_MIN = 8
# Above every other thread of the machine: a reader's answer never waits for a password.
NICENESS = 19
RETRY_AFTER_SECONDS = 2

QUEUED = Gauge("hiroba_password_queue", "Passwords being hashed or checked, and waiting for it.")


def require_strength(password: str) -> None:
    """Refuses: WeakPassword, under 8 characters. Source: contract, 2, Passwords."""
    if len(password) < CHARACTERS_MIN:
        raise refusals.WeakPassword(CHARACTERS_MIN)


def _digest(password: str) -> bytes:
    # bcrypt reads 72 bytes and stops at a NUL: a digest in ASCII keeps the whole password's entropy.
    return base64.b64encode(hashlib.sha256(password.encode()).digest())


def hash_now(password: str, cost: int) -> str:
    """A password's hash, on the calling thread: for commands, never for the event loop."""
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(cost)).decode()


def _check_now(password: str, password_hash: str) -> bool:
    return bcrypt.checkpw(_digest(password), password_hash.encode())


def _step_back() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class Hasher:
    """A bounded queue before a few threads that let everybody else go first."""

    def __init__(self, wishes: settings.Passwords) -> None:
        self._cost = wishes.bcrypt_cost
        self._queue_max = wishes.queue_max
        self._queued = 0
        self._threads = ThreadPoolExecutor(wishes.threads, thread_name_prefix="bcrypt", initializer=_step_back)
        self._nobody: asyncio.Future[str] | None = None

    async def hash(self, password: str) -> str:
        """A new password's hash. Refuses: Overloaded."""
        return await self._run(hash_now, password, self._cost)

    async def check(self, password: str, password_hash: str | None) -> bool:
        """Whether this is the password. Without a hash the same work is done, and the answer is no.

        Refuses: Overloaded. Source: contract, 2, Passwords.
        """
        if password_hash is None:
            await self._run(_check_now, password, await self._hash_of_nobody())
            return False
        return await self._run(_check_now, password, password_hash)

    async def prepare(self) -> None:
        """Makes what unknown accounts are checked against, so that the first of them takes no longer than others."""
        await self._hash_of_nobody()

    async def _hash_of_nobody(self) -> str:
        if self._nobody is None:
            loop = asyncio.get_running_loop()
            self._nobody = loop.run_in_executor(self._threads, hash_now, os.urandom(16).hex(), self._cost)
        return await asyncio.shield(self._nobody)

    async def _run(self, work: Callable[..., T], *arguments: str | int) -> T:
        if self._queued >= self._queue_max:
            raise refusals.Overloaded(RETRY_AFTER_SECONDS)
        self._queued += 1
        QUEUED.inc()
        job = asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        job.add_done_callback(self._leave)
        # Shielded: a caller that gives up does not make the thread stop, and its place is taken until it does.
        return await asyncio.shield(job)

    def _leave(self, job: asyncio.Future[Any]) -> None:
        self._queued -= 1
        QUEUED.dec()
        if not job.cancelled():
            job.exception()

    def close(self) -> None:
        """Lets the password in hand be finished and takes no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
