"""Who is connected to this process, and the delivery of what happens to those of them who are due it.

The hub has no topics and no rights: each event comes with its recipients, which the log computed from the memberships.
It follows the log itself, so it does not matter which process did what.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Iterator

import structlog

from handlers.core import context as context_
from handlers.core import events, threads
from handlers.live import connection as connection_
from handlers.live import frames, metrics, telling, unread, words
from handlers.live import settings as settings_
from storage import database as database_
from storage import events as event_rows
from storage import threads as thread_rows

LOG = structlog.get_logger("hiroba.live")
# Acts of this process wake the hub. Those of others, and of the command line, are found this soon.
POLL_SECONDS = 0.25
# After a delivery, others' acts gather for so long: a tenth more posts a second, and nobody notices.
GATHER_SECONDS = 0.003
# How long to leave a database alone that is not there.
RETRY_SECONDS = 0.25
# So many bytes are handed to sockets before the loop has its turn to send them.
TURN_BYTES = 262_144


class Present:
    """An account's connections to this process."""

    __slots__ = ("connections", "unread")

    def __init__(self, account_id: int) -> None:
        self.connections: set[connection_.Connection] = set()
        self.unread = unread.Unread(account_id)


class Hub:
    """The live connections of one process. `running` must be entered before anybody connects."""

    def __init__(self, context: context_.Context, settings: settings_.Live) -> None:
        self.context = context
        self.settings = settings
        self._present: dict[int, Present] = {}
        # All that are open, also those that are still catching up.
        self._open: set[connection_.Connection] = set()
        self._tail: events.Tail | None = None
        self._handed = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Delivers while the block lasts; afterwards all sockets are closed with 1001. Refuses: Unavailable."""
        self._tail = events.Tail(self.context, await events.find_end(self.context))
        with self.context.bus.listening() as bell:
            following = asyncio.create_task(self._follow(self._tail, bell))
            try:
                yield
            finally:
                await self.close_sockets()
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
                self._tail = None

    @property
    def is_running(self) -> bool:
        """Whether somebody may connect."""
        return self._tail is not None

    @property
    def cursor(self) -> events.Cursor:
        """Up to where everybody who is connected was told everything."""
        assert self._tail is not None
        return events.Cursor(self._tail.epoch, self._tail.position)

    async def close_sockets(self) -> None:
        """Ends every connection with 1001 and waits until they have ended, or had their time."""
        for connection in list(self._open):
            connection.end(words.GOING_AWAY)
        await asyncio.gather(*(connection.ended() for connection in list(self._open)))

    @contextlib.contextmanager
    def holding(self, connection: connection_.Connection) -> Iterator[None]:
        """The connection is known while the block lasts; what it is told begins with `join`."""
        self._open.add(connection)
        metrics.SOCKETS.inc()
        try:
            yield
        finally:
            metrics.SOCKETS.dec()
            self._open.discard(connection)
            present = self._present.get(connection.account.id)
            if present is not None:
                present.connections.discard(connection)
                if not present.connections:
                    del self._present[connection.account.id]

    def join(self, connection: connection_.Connection) -> Present:
        """From now on the connection is told what follows its `since`. It must know all up to the hub's cursor."""
        present = self._present.get(connection.account.id)
        if present is None:
            present = self._present[connection.account.id] = Present(connection.account.id)
        present.connections.add(connection)
        return present

    def say(self, account_ids: Iterable[int], frame: frames.ToClient) -> None:
        """Tells these, where they are connected here. Nobody hears of it later."""
        wire = frames.wire(frame)
        for present in self._among(account_ids):
            for connection in present.connections:
                connection.send(wire)

    def _among(self, account_ids: Iterable[int]) -> list[Present]:
        present = self._present
        return [present[account_id] for account_id in account_ids if account_id in present]

    async def _follow(self, tail: events.Tail, bell: asyncio.Event) -> None:
        settled = time.monotonic()
        lost = False
        while True:
            bell.clear()
            try:
                if lost:
                    lost = await self._return_to(tail)
                page = await tail.advance()
                for event in page:
                    await self._deliver(tail, event)
                if time.monotonic() - settled > events.SETTLE_SECONDS:
                    settled = time.monotonic()
                    await tail.settle()
            except database_.Unavailable:
                # What was not delivered yet is there when the database is.
                lost = True
                await asyncio.sleep(RETRY_SECONDS)
                continue
            except Exception:
                LOG.exception("the log could not be followed")
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if page:
                await asyncio.sleep(GATHER_SECONDS)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await bell.wait()

    async def _return_to(self, tail: events.Tail) -> bool:
        """After an absence: whether it is another log now. Then all connect anew, and load what they must."""
        end = await events.find_end(self.context)
        if end.epoch != tail.epoch or end.position < tail.position:
            LOG.warning("the database is another one now")
            await self.close_sockets()
            tail.start_at(end)
        return False

    async def _deliver(self, tail: events.Tail, event: event_rows.Event) -> None:
        """Tells the recipients who are here. The position moves with the last of it, with nothing awaited between."""
        try:
            if event.kind in telling.SAME:
                self._tell_same(tail, event)
            elif event.kind in telling.SHOWN:
                await self._tell_shown(tail, event)
            elif event.kind == "sessions_ended":
                self._end_sessions(event)
        except database_.Unavailable:
            raise
        except Exception:
            # One event that cannot be told must not keep all that follow from everybody.
            LOG.exception("an event could not be told", event_id=event.id, kind=event.kind)
        tail.position = event.position
        metrics.LAG.observe(max(0.0, (self.context.clock.now() - event.at).total_seconds()))
        if self._handed > TURN_BYTES:
            self._handed = 0
            await asyncio.sleep(0)

    def _tell_same(self, tail: events.Tail, event: event_rows.Event) -> None:
        here = self._among(event.recipient_ids)
        if not here:
            return
        wire = frames.wire(telling.same(event, tail.epoch))
        for present in here:
            self._hand(present, event, wire)
            present.unread.hear(event)
            self.tell_unread(present)

    async def _tell_shown(self, tail: events.Tail, event: event_rows.Event) -> None:
        asked: set[int] = set()
        shown: dict[int, thread_rows.Thread] = {}
        # Somebody may connect while threads are fetched, who is due this event as well.
        while missing := [one for one in event.recipient_ids if one in self._present and one not in asked]:
            asked.update(missing)
            shown |= await threads.find_shared(self.context, event.thread_id or 0, missing)
        views = telling.views({one: shown[one] for one in shown if one in self._present})
        for account_id, view in views.items():
            present = self._present[account_id]
            self._hand(present, event, frames.wire(telling.shown(event, tail.epoch, view)))
            if event.kind == "joined":
                present.unread.come(event.thread_id or 0, shown[account_id].unread_message_id)
                self.tell_unread(present)

    def _hand(self, present: Present, event: event_rows.Event, wire: bytes) -> None:
        for connection in present.connections:
            if event.position > connection.since:
                connection.send(wire)
        metrics.DELIVERIES.inc(len(present.connections))
        self._handed += len(wire) * len(present.connections)

    def tell_unread(self, present: Present) -> None:
        """Tells an account its number of unread threads, if that is another than it was told."""
        number = present.unread.news()
        if number is not None:
            wire = frames.wire(frames.Unread(unread_threads=number))
            for connection in present.connections:
                connection.send(wire)

    def _end_sessions(self, event: event_rows.Event) -> None:
        for account_id in event.recipient_ids:
            self.end_sessions(account_id, event_rows.ended(event.subject))

    def end_sessions(self, account_id: int, session_ids: list[int] | None) -> None:
        """Closes the sockets of these sessions (None: of all) of an account with 4401."""
        for connection in self._open:
            if connection.account.id == account_id and (
                session_ids is None or connection.session.id in session_ids
            ):
                connection.end(words.SESSION_ENDED)
