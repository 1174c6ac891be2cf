"""One open socket: what is written to it, how much of that may wait, and how it ends."""

import asyncio
import time

import structlog
from aiohttp import abc, web

from handlers.live import frames, metrics, words
from handlers.live import settings as settings_
from storage import accounts as account_rows
from storage import sessions as session_rows

LOG = structlog.get_logger("hiroba.live")


class Connection:
    """A socket of somebody who is signed in. Writing never waits for the reader; only `drained` does.

    `since` is the position in the log up to which its reader knows everything, when it begins to be told.
    """

    __slots__ = (
        "_expiry",
        "_frames",
        "_gone",
        "_is_ending",
        "_is_gone",
        "_queue_bytes_max",
        "_second",
        "_settings",
        "_transport",
        "_typed",
        "_writer",
        "_ws",
        "noted_at",
        "session",
        "since",
    )

    def __init__(
        self,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport,
        writer: abc.AbstractStreamWriter,
        session: session_rows.Session,
        settings: settings_.Live,
    ) -> None:
        self.session = session
        # When the use of its session was noted last.
        self.noted_at = session.last_seen_at
        self.since = 0
        self._ws = ws
        self._transport = transport
        self._writer = writer
        self._settings = settings
        self._queue_bytes_max = settings.socket_queue_bytes_max
        self._is_ending = False
        self._is_gone = False
        # Made when somebody waits for the end: an idle socket should weigh little.
        self._gone: asyncio.Event | None = None
        self._second = 0
        self._frames = 0
        self._typed: dict[int, float] | None = None
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def account(self) -> account_rows.Account:
        """Whose it is, as the account was when it connected."""
        assert self.session.account is not None
        return self.session.account

    @property
    def is_open(self) -> bool:
        """Whether what is written may still be read."""
        return not (self._is_ending or self._ws.closed or self._transport.is_closing())

    def send(self, wire: bytes) -> None:
        """Hands ready frames to the socket, or ends it when its reader is too far behind to be given more."""
        if self._is_ending or self._transport.is_closing():
            return
        # What waits is bounded, not what comes: a single frame may be larger than the bound.
        if self._transport.get_write_buffer_size() > self._queue_bytes_max:
            LOG.info("a reader was too slow", account_id=self.account.id)
            self.end(words.TRY_AGAIN)
        else:
            self._transport.write(wire)

    def tell(self, frame: frames.ToClient) -> None:
        """Sends a frame that is for this socket alone."""
        self.send(frames.wire(frame))

    async def drained(self) -> None:
        """Waits until the reader has taken most of what was written. Refuses: ConnectionError (it is gone)."""
        await self._writer.drain()
        if not self.is_open:
            raise ConnectionResetError("the connection was closed")

    def end(self, code: int, *, grace_seconds: float | None = None) -> None:
        """Says why it ends, after what was written before; nothing follows it.

        The reader has the grace to take it and to say that it did; then the connection is cut.
        """
        if not self.is_open:
            return
        self._is_ending = True
        metrics.CUT.labels(str(code)).inc()
        self._transport.write(frames.closing(code))
        grace = self._settings.close_grace_seconds if grace_seconds is None else grace_seconds
        asyncio.get_running_loop().call_later(grace, self._transport.abort)

    def expire_in(self, seconds: float) -> None:
        """Its session lasts so long, whatever happens: then it ends. Upkeep, which finds expired ones, is later."""
        self._expiry = asyncio.get_running_loop().call_later(seconds, self.end, words.SESSION_ENDED)

    def be_gone(self) -> None:
        """Nobody listens to the client any more. What is still to be written is given its time, and no more."""
        if self._expiry is not None:
            self._expiry.cancel()
        self._is_gone = True
        if self._gone is not None:
            self._gone.set()
        self._is_ending = True
        self._transport.close()
        if self._transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(self._settings.close_grace_seconds, self._transport.abort)

    async def gone(self) -> None:
        """Waits for the end."""
        if self._is_gone:
            return
        if self._gone is None:
            self._gone = asyncio.Event()
        await self._gone.wait()

    async def receive(self) -> bytes | None:
        """The next frame of the client; None when there is none any more. No faster than a client may send.

        After an end, what it still sends is passed over until it has read why: closed with something unread in it,
        the connection would be reset, and the reason lost.
        """
        while True:
            if not self._is_ending:
                await self._keep_pace()
            try:
                message = await self._ws.receive()
            except ConnectionError:
                # It is gone while a ping of its own was answered.
                return None
            if message.type is web.WSMsgType.CLOSE and not self._is_ending:
                await self._ws.close(drain=False)
            if message.type not in (web.WSMsgType.TEXT, web.WSMsgType.BINARY):
                return None
            if self._is_ending:
                continue
            if len(message.data) <= self._settings.frame_bytes_max:
                return message.data
            self.end(words.TOO_BIG)

    async def _keep_pace(self) -> None:
        """Counts a frame; beyond what one second may have, waits for the next. What the client sent waits with it."""
        while True:
            now = time.monotonic()
            if int(now) != self._second:
                self._second, self._frames = int(now), 0
            if self._frames < self._settings.frames_per_second_max:
                self._frames += 1
                return
            # It may end a moment early: then the second is not over yet.
            await asyncio.sleep(self._second + 1 - now)

    def may_say_typing(self, thread_id: int) -> bool:
        """Whether it is time to tell again that its owner is writing in this thread."""
        now = time.monotonic()
        if self._typed is None:
            self._typed = {}
        if now - self._typed.get(thread_id, -60.0) < self._settings.typing_every_seconds:
            return False
        if len(self._typed) >= self._settings.typing_threads_max:
            self._typed.clear()
        self._typed[thread_id] = now
        return True
