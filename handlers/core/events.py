"""What happened, for those who are due to hear of it: announced by acts, followed by the hub, replayed to who was away.

An act writes its events in its own transaction and wakes whoever follows the log after the commit. A cursor names a
place in the log: all before it is known to whoever holds it, nothing after it is.
"""

from datetime import timedelta

import msgspec

from handlers.core import context as context_
from storage import events as rows

# How often it is asked up to which id the log is complete.
SETTLE_SECONDS = 5.0
CURSOR_CHARACTERS_MAX = 64


class Cursor(msgspec.Struct, frozen=True):
    """A place in one log. As text it is opaque to clients."""

    epoch: str
    position: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.position}"


def parse(text: str) -> Cursor | None:
    """The cursor that was handed out as this text; None if none ever was."""
    epoch, _, digits = text.rpartition("-")
    if len(text) > CURSOR_CHARACTERS_MAX or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        return None
    return Cursor(epoch, int(digits))


def announce(context: context_.Context) -> None:
    """Wakes whoever follows the log, once the act's transaction is committed (now, if there is none)."""
    context.database.after_commit(context.bus.wake)


async def announce_sessions_ended(
    context: context_.Context, account_id: int, session_ids: list[int] | None = None
) -> None:
    """Tells every process that these sessions (None: all) of the account are over; it closes their sockets.

    Called inside the transaction that ends them.
    """
    await rows.insert_sessions_ended(
        context.database, account_id=account_id, session_ids=session_ids, now=context.clock.now()
    )
    announce(context)


async def catch_up(context: context_.Context) -> Cursor:
    """The end of the log with everything in it that is committed by now: whoever acts and then asks finds their act."""
    await rows.catch_up(context.database)
    return await find_end(context)


async def find_end(context: context_.Context) -> Cursor:
    """The end of the log as far as it is in order."""
    state = await rows.find_state(context.database, since=0)
    return Cursor(state.epoch, state.position)


async def find_known(context: context_.Context, text: str, *, replay_days: int) -> Cursor | None:
    """The cursor of this text if all that came after it can still be told; None if it is unknown or too far behind."""
    cursor = parse(text)
    if cursor is None:
        return None
    state = await rows.find_state(context.database, since=cursor.position)
    if cursor.epoch != state.epoch or not state.floor <= cursor.position <= state.position:
        return None
    if state.missed_at is not None and context.clock.now() - state.missed_at > timedelta(days=replay_days):
        return None
    return cursor


async def replay(context: context_.Context, account_id: int, *, since: int, until: int, most: int) -> list[rows.Event]:
    """What the account was due after `since` and up to `until`, in order. Fewer than `most`: that is all."""
    return await rows.replay(context.database, account_id=account_id, since=since, until=until, most=most)


async def list_sessions_ended(context: context_.Context, account_id: int, *, since: int) -> list[list[int] | None]:
    """Which sessions of the account ended after a position; None stands for all that it had."""
    return await rows.list_sessions_ended(context.database, account_id=account_id, since=since)


class Tail:
    """The end of the log, followed by one process. *Source*: the log as any other process sees it, too."""

    def __init__(self, context: context_.Context, cursor: Cursor) -> None:
        self._context = context
        self.start_at(cursor)

    def start_at(self, cursor: Cursor) -> None:
        """Goes on from here, knowing nothing of what was before."""
        self.epoch = cursor.epoch
        self.position = cursor.position
        # Up to this id nothing turns up any more. Looking from there keeps a look cheap where a long transaction of
        # somebody else (a backup) holds up the cleaning of the index that says what has no position yet: at 100,000
        # events, 0.2 instead of 6 ms.
        self._low = 0
        self._settling: rows.Settled | None = None

    async def advance(self) -> list[rows.Followed]:
        """What was committed since the last time, in order, with its recipients; as many as one look gives.

        The caller moves `position` on as it delivers them.
        """
        return await rows.advance(self._context.database, since=self.position, low=self._low)

    async def settle(self) -> bool:
        """Learns up to which id the log is complete. For every SETTLE_SECONDS; without it looks become slower.

        False: it is another log now, or the same at an earlier moment, and nothing of what was followed goes on in it.
        """
        before = self._settling
        now = await rows.find_settled(self._context.database, id=0 if before is None else before.id or 0)
        if now.epoch != self.epoch or (now.position is not None and now.position < self.position):
            return False
        if before is not None and now.oldest_id >= before.transaction_id and now.is_placed:
            self._low = before.id or 0
            before = None
        if before is None:
            self._settling = now
        return True
