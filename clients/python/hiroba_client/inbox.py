"""What came over the line and waits for its reader: bounded, in order, each event once."""

import asyncio
from collections import deque
from collections.abc import Callable

from hiroba_client import faults, frames

# How many events back a repetition is recognised.
SEEN_MAX = 4096


class Inbox:
    """Frames between the line and its reader."""

    def __init__(self, *, frames_max: int, stirred: Callable[[], None]) -> None:
        """`stirred` is called whenever something was taken out."""
        self._frames_max = frames_max
        self._stirred = stirred
        self._waiting: deque[frames.Frame] = deque()
        self._arrived = asyncio.Event()
        self._seen: set[object] = set()
        self._seen_in_order: deque[object] = deque()
        self._is_finished = False
        self._fault: faults.Fault | None = None
        self.received: frames.Cursor | None = None
        """Up to where everything is here: where the line goes on after a cut."""
        self.taken: frames.Cursor | None = None
        """Up to where the reader was given everything: where another line can go on."""

    @property
    def is_full(self) -> bool:
        """Whether the reader is behind by as much as may wait."""
        return len(self._waiting) >= self._frames_max

    @property
    def is_empty(self) -> bool:
        """Whether the reader has taken everything."""
        return not self._waiting

    def start_at(self, cursor: frames.Cursor) -> None:
        """The reader knows everything up to here."""
        self.received = self.taken = cursor

    def begin_anew(self, cursor: frames.Cursor) -> None:
        """What was missed is not told any more; the reader learns so after all that is here already."""
        self._seen.clear()
        self._seen_in_order.clear()
        self.received = cursor
        self._append(frames.Resync(cursor=cursor))

    def put(self, frame: frames.Frame) -> None:
        """Takes a frame in, unless it is the repetition of one. Not bounded: ask `is_full` before."""
        cursor = frames.cursor_of(frame)
        if cursor is not None:
            if cursor in self._seen:
                return
            self.received = cursor
            is_new = [self._remember(name) for name in (cursor, *_names(frame))]
            if not all(is_new):
                return
        self._append(frame)

    def _remember(self, name: object) -> bool:
        """Whether it was not known before."""
        if name in self._seen:
            return False
        self._seen.add(name)
        self._seen_in_order.append(name)
        if len(self._seen_in_order) > SEEN_MAX:
            self._seen.discard(self._seen_in_order.popleft())
        return True

    def _append(self, frame: frames.Frame) -> None:
        self._waiting.append(frame)
        self._arrived.set()

    def finish(self, fault: faults.Fault | None) -> None:
        """Nothing comes any more, because of this fault, or because the line was closed."""
        if not self._is_finished:
            self._is_finished, self._fault = True, fault
            self._arrived.set()

    async def take(self) -> frames.Frame | None:
        """The next frame; None when the line was closed. *Refuses*: what ended the line, after all that came before."""
        while not self._waiting:
            if self._fault is not None:
                raise self._fault
            if self._is_finished:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        frame = self._waiting.popleft()
        self.taken = frames.cursor_of(frame) or self.taken
        self._stirred()
        return frame


def _names(frame: frames.Frame) -> tuple[object, ...]:
    """What else an event is known by: a message that is told twice has the same id, whatever its cursor."""
    return ((frame.thread_id, frame.message.id),) if isinstance(frame, frames.Message) else ()
