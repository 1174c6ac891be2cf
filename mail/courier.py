"""The courier: carries letters from the outbox to the mail server, one after the other, until each has an end.

Several couriers in several processes may work on one outbox. A letter is claimed under a lease that its courier renews
while it works; the lease of one that died runs out and another takes the letter. So no letter is lost, and the worst
that can happen to one is that it arrives twice under the same Message-ID.
"""

import asyncio
import contextlib
import enum
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

import prometheus_client
import structlog

from mail import given, outbox, transports
from mail import letters as written
from mail import settings as settings_
from storage import letters as rows
from storage.database import Database, Unavailable

LETTERS = prometheus_client.Counter(
    "hiroba_letters", "Letters that a courier had in hand, by what came of it.", ["kind", "outcome"]
)
"""Outcomes: delivered, retried, given_up."""

ERROR_CHARACTERS_MAX = 200
JITTER = 0.25
"""A wait is shortened by up to this part of it, so that letters that failed together do not return together."""
PATIENCE_SECONDS = 5
"""How much longer than a letter may take the courier can be silent before it counts as stuck."""

_log = structlog.get_logger("mail")
# Mail servers like to quote what they refuse. Whatever looks like a link or a token is cut out of their answers.
_REVEALING = re.compile(r"\S*://\S*|\b(?=[\w-]*\d)[\w-]{20,}|[\w-]{32,}")


class Look(enum.Enum):
    """What one look at the outbox came to: nothing was due, a batch was carried, or it was broken off."""

    NOTHING_DUE = enum.auto()
    CARRIED = enum.auto()
    BROKEN_OFF = enum.auto()


class Courier:
    """One carrier with one transport. `run` it as a task; `wake` it after a commit; `stop` it before the end."""

    def __init__(
        self,
        database: Database,
        transport: transports.Transport,
        keys: given.Keys,
        settings: settings_.Mail,
        clock: given.Clock,
        *,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._transport = transport
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._dice = dice
        self._sender = written.sender(settings.sender)
        self._awake = asyncio.Event()
        self._idle = asyncio.Event()
        self._stopping = False
        self._running = False
        self._sound = True
        self._moved_at = 0.0

    @property
    def healthy(self) -> bool:
        """Whether letters are being carried: it runs, it moved lately, and its last look met no defect of ours.

        A mail server that cannot be reached does not make it unhealthy: letters wait, and the outbox's depth tells.
        """
        silent_seconds = time.monotonic() - self._moved_at
        most = self._settings.timeout_seconds + self._settings.poll_seconds + PATIENCE_SECONDS
        return self._running and self._sound and silent_seconds < most

    def wake(self) -> None:
        """There may be a letter. Returns at once; many calls make one look at the outbox."""
        self._idle.clear()
        self._awake.set()

    async def idle(self) -> None:
        """Returns when a look at the outbox that began after the last `wake` found nothing due."""
        await self._idle.wait()

    def stop(self) -> None:
        """Asks it to finish the letter in hand and to give back the others; then `run` returns."""
        self._stopping = True
        self._awake.set()

    async def run(self) -> None:
        """Carries letters until it is stopped. No fault ends it."""
        self._running = True
        try:
            while not self._stopping:
                self._awake.clear()
                look = await self._look()
                if look is Look.NOTHING_DUE and not self._awake.is_set():
                    self._idle.set()
                if look is not Look.CARRIED:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._awake.wait(), self._settings.poll_seconds)
        finally:
            self._running = False
            await self._transport.close()

    async def _look(self) -> Look:
        self._moved_at = time.monotonic()
        try:
            look = await self.deliver()
        except Unavailable:
            _log.warning("outbox_unavailable")
            return Look.BROKEN_OFF
        except Exception:
            _log.exception("courier_fault")
            self._sound = False
            return Look.BROKEN_OFF
        self._sound = True
        return look

    async def deliver(self) -> Look:
        """Takes a batch of the letters that are longest due and carries them. Refuses: Unavailable."""
        held = await rows.claim(
            self._database,
            letters_max=self._settings.batch_letters_max,
            now=self._clock.now(),
            until=self._lease_end(),
        )
        if not held:
            return Look.NOTHING_DUE
        renewing = asyncio.create_task(self._renew(held))
        try:
            while held and not self._stopping:
                self._moved_at = time.monotonic()
                reached = await self._carry(held[0])
                held.pop(0)
                if not reached:
                    break
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})
        if held:
            await rows.release(self._database, held)
            return Look.BROKEN_OFF
        return Look.CARRIED if reached else Look.BROKEN_OFF

    def _lease_end(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._settings.lease_seconds)

    async def _renew(self, held: list[rows.Claimed]) -> None:
        """Keeps the lease of what is in the list, as long as somebody is at work on it."""
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            try:
                await rows.renew(self._database, held, until=self._lease_end())
            except Exception as fault:
                # Another courier may take these letters now; the marks below tell the claims apart.
                _log.warning("lease_not_renewed", fault=type(fault).__name__)

    async def _carry(self, letter: rows.Claimed) -> bool:
        """Brings one letter one step on, whatever comes. False when there is no mail server to talk to."""
        if letter.attempts > self._settings.attempts_max:
            await self._give_up(letter, "every courier that had it fell silent")
            return True
        secrets: Iterable[str] = ()
        try:
            whole = await outbox.take_out(self._database, self._keys, letter)
            secrets = whole.secrets.values()
            # In a thread: some letters have a file that is drawn now.
            message = await asyncio.to_thread(
                written.compose,
                whole,
                sender=self._sender,
                message_id=letter.message_id,
                written_at=letter.created_at,
            )
            await self._transport.send(message, sender=self._sender.addr_spec, recipient=letter.recipient)
        except Unavailable:
            raise
        except transports.Refused as refused:
            reason = _tidy(refused.reason, secrets)
            await (self._give_up(letter, reason) if refused.permanent else self._retry(letter, reason))
        except transports.Interrupted as interrupted:
            await self._retry(letter, _tidy(interrupted.reason, secrets))
        except transports.Unreachable as unreachable:
            await self._retry(letter, _tidy(unreachable.reason, secrets))
            return False
        except Exception as fault:
            # It cannot be opened, written or handed over as it is. A later version of the server may be able to.
            _log.exception("letter_fault", letter_id=letter.id, kind=letter.kind)
            await self._retry(letter, f"cannot be sent: {type(fault).__name__}")
        else:
            await self._record(lambda: rows.mark_delivered(self._database, letter, now=self._clock.now()))
            LETTERS.labels(letter.kind, "delivered").inc()
            _log.info("letter_delivered", letter_id=letter.id, kind=letter.kind, attempts=letter.attempts)
        return True

    async def _retry(self, letter: rows.Claimed, reason: str) -> None:
        settings = self._settings
        if letter.attempts >= settings.attempts_max:
            await self._give_up(letter, reason)
            return
        wait_seconds = min(settings.backoff_max_seconds, settings.backoff_first_seconds * 2 ** (letter.attempts - 1))
        wait_seconds *= 1 - JITTER * self._dice()
        due_at = self._clock.now() + timedelta(seconds=wait_seconds)
        if await self._record(lambda: rows.postpone(self._database, letter, due_at=due_at, error=reason)):
            LETTERS.labels(letter.kind, "retried").inc()
            _log.warning(
                "letter_postponed",
                letter_id=letter.id,
                kind=letter.kind,
                attempts=letter.attempts,
                reason=reason,
                wait_seconds=round(wait_seconds, 1),
            )

    async def _give_up(self, letter: rows.Claimed, reason: str) -> None:
        if await self._record(lambda: rows.mark_failed(self._database, letter, error=reason, now=self._clock.now())):
            LETTERS.labels(letter.kind, "given_up").inc()
            _log.error(
                "letter_given_up", letter_id=letter.id, kind=letter.kind, attempts=letter.attempts, reason=reason
            )

    async def _record(self, note: Callable[[], Awaitable[bool]]) -> bool:
        """Notes what became of a letter, even if the database must return for it first: unnoted, it is sent again."""
        while True:
            try:
                return await note()
            except Unavailable:
                if self._stopping:
                    raise
                await asyncio.sleep(self._settings.poll_seconds)


def _tidy(reason: str, secrets: Iterable[str]) -> str:
    """A mail server's answer without what nobody but the recipient may read."""
    for secret in secrets:
        reason = reason.replace(secret, "[...]")
    return _REVEALING.sub("[...]", written.plain(reason, characters_max=1000))[:ERROR_CHARACTERS_MAX]
