"""The live connection as its user has it: a stream of frames that outlives every single connection.

A line connects again by cursor, with waits that grow and are random, so that no event is lost or told twice. What was
asked over it is asked again until it is answered. What cannot be told any more comes as `frames.Resync`.

Nothing in it grows without bound: frames wait for their reader up to a limit, then the server is left waiting too. Only
while an answer is due it must be read on; what comes then is let go, and fetched again by cursor when the reader is
there.
"""

import asyncio
import contextlib
import time
import uuid
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from hiroba_client import backoff, errands, faults, frames, inbox, sockets

PATH = "/live"
WAITING_FRAMES_MAX = 1000
# A server that is there is heard twice in this many of its heartbeats.
SILENT_HEARTBEATS_MAX = 2.5
HELLO_SECONDS_MAX = 10.0
# A connection that held so long was a good one: the next wait is a short one again.
STEADY_SECONDS = 5.0


class Line:
    """A live connection that is kept. Made by `Client.live`; used with `async with`, read with `async for`."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        *,
        since: frames.Cursor | None,
        first_patience_seconds: float,
        patience_seconds: float | None,
        waiting_frames_max: int = WAITING_FRAMES_MAX,
        waits: backoff.Backoff | None = None,
    ) -> None:
        self._http = http
        self._url = url + PATH
        self._waits = waits or backoff.Backoff()
        self._patience_seconds = patience_seconds
        self._deadline: float | None = time.monotonic() + first_patience_seconds
        self._stirred = asyncio.Event()
        self._inbox = inbox.Inbox(frames_max=waiting_frames_max, stirred=self._on_taken)
        self._errands = errands.Errands(
            send=self._send, cut=self._cut, connection=lambda: self.connections, stirred=self._stirred.set
        )
        self._socket: sockets.Socket | None = None
        self._talk: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_letting_go = False
        if since is not None:
            self._inbox.start_at(since)
        self.user: frames.Self | None = None
        """Whose line it is, once it is connected."""
        self.connections = 0
        """How many connections it has had."""

    @property
    def cursor(self) -> frames.Cursor | None:
        """Up to where the reader was given everything: `Client.live(since=...)` goes on from here, another day too."""
        return self._inbox.taken

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection at this moment."""
        return self._socket is not None

    async def __aenter__(self) -> Self:
        """Connects. *Refuses*: Unreachable, SessionEnded, Refused."""
        self._keeping = asyncio.create_task(self._keep())
        try:
            await asyncio.shield(self._begun)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hangs up."""
        await self.close()

    async def close(self) -> None:
        """Hangs up. Frames that are here already can still be read."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        self._finish(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> frames.Frame:
        """The next frame. *Refuses*: SessionEnded, Unreachable, Unreadable: then the line is over."""
        frame = await self._inbox.take()
        if frame is None:
            raise StopAsyncIteration
        return frame

    # --- what is said -------------------------------------------------------------------------------------------------

    async def post(self, thread_id: int, text: str, *, client_id: str | None = None) -> frames.Posted:
        """Says something in a thread, once, over however many connections it takes; waits until that is certain.

        `client_id` is one's own name for the message: the same again says nothing new. *Refuses*: Invalid, Forbidden,
        Failed, what ends the line.
        """
        command = {
            "type": "post",
            "threadId": thread_id,
            "text": text,
            "clientId": client_id or uuid.uuid4().hex,
        }
        return await self._errands.ask(command, frames.Posted)

    async def read(self, thread_id: int, message_id: int) -> int:
        """Marks a thread as read up to a message; answers how far it is read, which may be further."""
        command = {"type": "read", "threadId": thread_id, "messageId": message_id}
        return (await self._errands.ask(command, frames.ReadUpTo)).message_id

    async def ping(self) -> None:
        """Returns when the server has answered."""
        await self._errands.ask({"type": "ping"}, dict[str, Any])

    async def typing(self, thread_id: int) -> None:
        """Lets the others know that one is writing, if there is a connection."""
        await self._send(msgspec.json.encode({"type": "typing", "threadId": thread_id}).decode())

    async def _send(self, wire: str) -> None:
        socket = self._socket
        if socket is not None:
            # What is lost goes out on the next connection; whoever reads this one learns of its end too.
            with contextlib.suppress(sockets.Lost):
                await socket.send(wire)

    def _cut(self, connection: int) -> None:
        """Gives this connection up, if it is still that one."""
        if self._talk is not None and self.connections == connection:
            self._talk.cancel()

    # --- how it is kept -----------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Connects again and again, until something ends the line."""
        try:
            while True:
                try:
                    await self._connect()
                except sockets.Lost as loss:
                    await self._wait(loss)
        except faults.Fault as fault:
            self._finish(fault)
        except Exception as defect:
            self._finish(faults.Unreadable(f"{type(defect).__name__}: {defect}"))
            raise

    async def _wait(self, loss: sockets.Lost) -> None:
        now = time.monotonic()
        if self._deadline is None and self._patience_seconds is not None:
            self._deadline = now + self._patience_seconds
        wait_seconds = self._waits.next(least_seconds=loss.least_seconds)
        if self._deadline is not None and now + wait_seconds > self._deadline:
            raise faults.Unreachable(str(loss))
        await asyncio.sleep(wait_seconds)

    async def _connect(self) -> None:
        """One connection, from its beginning to its end. *Refuses*: Lost, what ends the line."""
        since = self._inbox.received
        socket = await sockets.Socket.open(self._http, self._url, since=since)
        began = time.monotonic()
        self._is_letting_go = False
        self._talk = asyncio.create_task(self._converse(socket, since))
        try:
            await asyncio.wait([self._talk])
            if not self._talk.cancelled():
                self._talk.result()
            elif not self._is_letting_go:
                raise sockets.Lost("an answer did not come")
            # Else it was ended to fetch, at once, what was let go.
        finally:
            if time.monotonic() - began > STEADY_SECONDS:
                self._waits.reset()
            self._socket = None
            self._talk.cancel()
            await asyncio.gather(self._talk, return_exceptions=True)
            self._talk = None
            await socket.close()

    async def _converse(self, socket: sockets.Socket, since: frames.Cursor | None) -> None:
        hello = await self._greet(socket, since)
        silent_seconds = hello.heartbeat_seconds * SILENT_HEARTBEATS_MAX
        # From here on whoever asks something sends it; what was asked before is sent now.
        self._socket = socket
        for wire in self._errands.wires:
            await socket.send(wire)
        while True:
            raw = await socket.receive(within_seconds=silent_seconds)
            if raw is not None:
                await self._hear(frames.decode(raw))

    async def _greet(self, socket: sockets.Socket, since: frames.Cursor | None) -> frames.Hello:
        raw: bytes | None = None
        while raw is None:
            raw = await socket.receive(within_seconds=HELLO_SECONDS_MAX)
        hello = frames.decode(raw)
        if not isinstance(hello, frames.Hello):
            raise faults.Unreadable("the server does not say hello")
        self.user = hello.user
        self.connections += 1
        self._deadline = None
        if since is None:
            self._inbox.start_at(hello.cursor)
        elif not hello.resumed:
            # Said here and not when the server says so a frame later: a cut between the two would lose it.
            self._inbox.begin_anew(hello.cursor)
        if not self._begun.done():
            self._begun.set_result(None)
        return hello

    async def _hear(self, frame: frames.Frame | frames.Signal) -> None:
        if isinstance(frame, frames.Ack | frames.Error | frames.Pong):
            self._errands.hear(frame)
            return
        if isinstance(frame, frames.Hello | frames.Reload):
            return
        if self._inbox.is_full and isinstance(frame, frames.IsTyping):
            return
        # A number of unread threads follows a durable frame, and is not told again if that one was told.
        while self._inbox.is_full and not self._is_letting_go and not isinstance(frame, frames.Unread):
            if self._errands:
                self._is_letting_go = True
                break
            self._stirred.clear()
            await self._stirred.wait()
        if not self._is_letting_go:
            self._inbox.put(frame)

    def _on_taken(self) -> None:
        self._stirred.set()
        if self._is_letting_go and self._inbox.is_empty and self._talk is not None:
            self._talk.cancel()

    def _finish(self, fault: faults.Fault | None) -> None:
        self._inbox.finish(fault)
        self._errands.finish(fault or faults.Closed("the line was closed"))
        if not self._begun.done():
            self._begun.set_exception(fault or faults.Closed("the line was closed"))
            # Whoever would hear of it may have been cancelled.
            self._begun.exception()
