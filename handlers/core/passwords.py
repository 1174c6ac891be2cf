"""Passwords: what a new one needs, and bcrypt in threads of its own so that it never holds up anybody else."""

import asyncio
import base64
import hashlib
import os

import bcrypt
from prometheus_client import Gauge

from handlers.core import crew, refusals, settings

CHARACTERS_MIN = 8

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


class Hasher:
    """A bounded queue before a few threads that let everybody else go first."""

    def __init__(self, wishes: settings.Passwords) -> None:
        self._cost = wishes.bcrypt_cost
        self._crew = crew.Crew("bcrypt", threads=wishes.threads, queue_max=wishes.queue_max, queued=QUEUED)
        self._nobody: asyncio.Future[str] | None = None

    async def hash(self, password: str) -> str:
        """A new password's hash. Refuses: Overloaded."""
        return await self._crew.run(hash_now, password, self._cost)

    async def check(self, password: str, password_hash: str | None) -> bool:
        """Whether this is the password. Without a hash the same work is done, and the answer is no.

        Refuses: Overloaded. Source: contract, 2, Passwords.
        """
        if password_hash is None:
            await self._crew.run(_check_now, password, await self._hash_of_nobody())
            return False
        return await self._crew.run(_check_now, password, password_hash)

    async def prepare(self) -> None:
        """Makes what unknown accounts are checked against, so that the first of them takes no longer than others."""
        await self._hash_of_nobody()

    async def _hash_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self._crew.start(hash_now, os.urandom(16).hex(), self._cost)
        return await asyncio.shield(self._nobody)

    def close(self) -> None:
        """Lets the password in hand be finished and takes no more."""
        self._crew.close()
