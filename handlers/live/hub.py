"""Who is connected to this process, and the delivery of what happens to those of them who are due it.

The hub has no topics and no rights: each event comes with its recipients, which the log computed from the memberships.
It follows the log itself, so it does not matter which process did what.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

import structlog

from handlers.core import context as context_
from handlers.core import events, sessions, threads
from handlers.live import connection as connection_
from handlers.live import frames, metrics, runs, telling, unread, words
from handlers.live import settings as settings_
from storage import database as database_
from storage import events as event_rows
from storage import threads as thread_rows

LOG = structlog.get_logger("hiroba.live")
# Acts of this process wake the hub. Those of others, and of the command line, are found this soon.
POLL_SECONDS = 0.25
# After a delivery, more acts gather for so long: fewer rounds under load; a lone message never waits for it.
GATHER_SECONDS = 0.003
# How long to leave a database alone that is not there.
RETRY_SECONDS = 0.25
# How long readers have to take their leave when the server stops.
FAREWELL_SECONDS = 2.0
# And how long it is waited for those who took none.
CUT_SECONDS = 0.5
# So many bytes are handed to sockets before the loop has its turn to send them: what is handed to one of them in a turn
# is sent with one call. Never so many that a reader who keeps up looks like one who does not.
TURN_BYTES = 524_288


class Present:
    """An account that is connected to this process, or about to be."""

    __slots__ = ("account_id", "connections", "expected", "unread")

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        # A list: nearly always of one, and lighter.
        self.connections: list[connection_.Connection] = []
        # How many are open, also those that were not greeted yet or are still catching up.
        self.expected = 0
        self.unread = unread.Unread(account_id)


class Hub:
    """The live connections of one process. `running` must be entered before anybody connects."""

    def __init__(self, context: context_.Context, lookups: sessions.Lookups, settings: settings_.Live) -> None:
        self.context = context
        self.lookups = lookups
        self.settings = settings
        self._present: dict[int, Present] = {}
        # All that are open, also those that are still catching up.
        self._open: set[connection_.Connection] = set()
        self._tail: events.Tail | None = None
        self._handed = 0
        self._turn_bytes = min(TURN_BYTES, settings.socket_queue_bytes_max // 2)

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
        closing = list(self._open)
        for connection in closing:
            connection.end(words.GOING_AWAY, grace_seconds=FAREWELL_SECONDS)
        # One that is in the middle of a command is cut off too, and ends with it.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS + CUT_SECONDS):
                for connection in closing:
                    await connection.gone()

    @contextlib.contextmanager
    def holding(self, connection: connection_.Connection) -> Iterator[Present]:
        """The connection is known while the block lasts; what it is told begins with `join`."""
        account_id = connection.account.id
        present = self._present.get(account_id)
        if present is None:
            present = self._present[account_id] = Present(account_id)
        present.expected += 1
        self._open.add(connection)
        metrics.SOCKETS.inc()
        try:
            yield present
        finally:
            metrics.SOCKETS.dec()
            self._open.discard(connection)
            if connection in present.connections:
                present.connections.remove(connection)
            present.expected -= 1
            if present.expected == 0:
                del self._present[account_id]

    def join(self, present: Present, connection: connection_.Connection) -> None:
        """From now on the connection is told what follows its `since`. It must know all up to the hub's cursor."""
        present.connections.append(connection)

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
        while True:
            bell.clear()
            try:
                page = await tail.advance()
                paid = telling.Paid(self.context, page)
                for run in runs.split(page):
                    await self._deliver(tail, run, paid)
                if time.monotonic() - settled > events.SETTLE_SECONDS:
                    settled = time.monotonic()
                    if not await tail.settle():
                        await self._begin_anew(tail)
            except database_.Unavailable:
                # What was not delivered yet is there when the database is.
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

    async def _begin_anew(self, tail: events.Tail) -> None:
        """The database was replaced by another, or by its own past: all connect anew, and load what they must."""
        LOG.warning("the database is another one now")
        tail.start_at(await events.find_end(self.context))
        await self.close_sockets()

    async def _deliver(self, tail: events.Tail, run: Sequence[event_rows.Followed], paid: telling.Paid) -> None:
        """Tells the recipients who are here. The position moves with the last of it, with nothing awaited between."""
        event = run[0]
        try:
            if event.kind in telling.SAME:
                self._tell_same(tail, run)
            elif event.kind in telling.SHOWN:
                await self._tell_shown(tail, event)
            elif event.kind in telling.PAID:
                await self._tell_paid(tail, event, paid)
            elif event.kind == "sessions_ended":
                self._end_sessions(event)
        except database_.Unavailable:
            raise
        except Exception:
            # One event that cannot be told must not keep all that follow from everybody.
            LOG.exception("an event could not be told", event_id=event.id, kind=event.kind)
        tail.position = run[-1].position
        metrics.LAG.observe(max(0.0, (self.context.clock.now() - event.at).total_seconds()))
        if self._handed > self._turn_bytes:
            self._handed = 0
            await asyncio.sleep(0)

    def _tell_same(self, tail: events.Tail, events_: Sequence[event_rows.Followed]) -> None:
        here = self._among(events_[0].recipient_ids)
        if not here:
            return
        run = runs.Run(events_, tail.epoch)
        frames_handed = bytes_handed = 0
        for present in here:
            account_id = present.account_id
            for connection in present.connections:
                said = run.told(account_id, connection.since)
                if said:
                    connection.send(said)
                    frames_handed += len(run.events)
                    bytes_handed += len(said)
            unread_ = present.unread
            for event in run.heard(account_id):
                if unread_.hear(event):
                    self.tell_unread(present)
        metrics.DELIVERIES.inc(frames_handed)
        self._handed += bytes_handed

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
            wire = frames.wire(telling.shown(event, tail.epoch, view))
            due = [one for one in present.connections if event.position > one.since]
            for connection in due:
                connection.send(wire)
            self._count(len(due), wire)
            if event.kind == "joined":
                present.unread.come(event.thread_id or 0, shown[account_id].unread_message_id)
                self.tell_unread(present)

    async def _tell_paid(self, tail: events.Tail, event: event_rows.Followed, paid: telling.Paid) -> None:
        if not self._among(event.recipient_ids):
            return
        await paid.load()
        transaction = paid.of(event)
        # Who is here may be others by now.
        for present in self._among(event.recipient_ids):
            wire = frames.wire(telling.paid(event, tail.epoch, transaction, present.account_id))
            notice = telling.notice_of_payment(transaction, present.account_id)
            if notice is not None:
                wire += frames.wire(notice)
            due = [one for one in present.connections if event.position > one.since]
            for connection in due:
                connection.send(wire)
            self._count(len(due), wire)

    def _count(self, handed: int, wire: bytes) -> None:
        metrics.DELIVERIES.inc(handed)
        self._handed += len(wire) * handed

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
            if connection.account.id == account_id and (session_ids is None or connection.session.id in session_ids):
                connection.end(words.SESSION_ENDED)
