"""What was asked of the server over the line and is not answered yet: asked again on each new connection."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from hiroba_client import backoff, faults, frames

T = TypeVar("T")

AT_ONCE_MAX = 100
COMMAND_BYTES_MAX = 65_536
# Of which so many are left for what names the command.
REF_BYTES_MAX = 32
# A connection that does not bring an answer for so long is given up.
ANSWER_SECONDS_MAX = 10.0
UNAVAILABLE = "unavailable"
CODES: dict[str, type[faults.Refused]] = {
    "malformed": faults.Invalid,
    "invalid": faults.Invalid,
    "forbidden": faults.Forbidden,
    "conflict": faults.Invalid,
    "fault": faults.Failed,
}


class Errand:
    """A command as it is sent, and its answer to be."""

    __slots__ = ("answer", "wire")

    def __init__(self, wire: str) -> None:
        self.wire = wire
        self.answer: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()


class Errands:
    """The commands that wait for their answers, a bounded number at a time."""

    def __init__(
        self,
        *,
        send: Callable[[str], Awaitable[None]],
        cut: Callable[[int], None],
        connection: Callable[[], int],
        stirred: Callable[[], None],
    ) -> None:
        """`send` sends if there is a connection, `connection` is its number, `cut` gives that one up.

        `stirred` is called when something is asked.
        """
        self._send = send
        self._cut = cut
        self._connection = connection
        self._stirred = stirred
        self._room = asyncio.Semaphore(AT_ONCE_MAX)
        self._waiting: dict[int, Errand] = {}
        self._refs = itertools.count(1)
        self._end: faults.Fault | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def wires(self) -> list[str]:
        """What is to be sent on a new connection, in the order in which it was asked."""
        return [errand.wire for errand in self._waiting.values() if not errand.answer.done()]

    async def ask(self, command: dict[str, Any], shape: type[T]) -> T:
        """The answer to a command that does no harm when it is sent twice, over as many connections as it takes.

        *Refuses*: Invalid, Forbidden, Failed, Unreadable, what ends the line.
        """
        body = msgspec.json.encode(command)
        if len(body) > COMMAND_BYTES_MAX - REF_BYTES_MAX:
            raise faults.Invalid(0, "invalid", f"a command has at most {COMMAND_BYTES_MAX} bytes")
        waits = backoff.Backoff()
        async with self._room:
            ref = next(self._refs)
            wire = msgspec.json.encode({**command, "ref": ref}).decode()
            try:
                while True:
                    answer = await self._try(ref, wire)
                    if answer is not None:
                        return msgspec.json.decode(answer, type=shape)
                    await asyncio.sleep(waits.next())
            except msgspec.DecodeError as fault:
                raise faults.Unreadable(str(fault)) from fault
            finally:
                errand = self._waiting.pop(ref, None)
                if errand is not None and errand.answer.done():
                    # Who asked may have been cancelled at the moment at which the answer came.
                    errand.answer.exception()

    async def _try(self, ref: int, wire: str) -> msgspec.Raw | None:
        """The answer; None when the server could not do it at this moment."""
        if self._end is not None:
            raise self._end
        errand = self._waiting[ref] = Errand(wire)
        self._stirred()
        await self._send(wire)
        while True:
            connection = self._connection()
            await asyncio.wait([errand.answer], timeout=ANSWER_SECONDS_MAX)
            if not errand.answer.done():
                self._cut(connection)
                continue
            try:
                return errand.answer.result()
            except faults.Unavailable:
                return None

    def hear(self, signal: frames.Ack | frames.Error | frames.Pong) -> None:
        """An answer came. One that nobody waits for any more is dropped: it was asked twice."""
        errand = self._waiting.get(signal.ref) if isinstance(signal.ref, int) else None
        if errand is None or errand.answer.done():
            return
        if isinstance(signal, frames.Ack):
            errand.answer.set_result(signal.result)
        elif isinstance(signal, frames.Pong):
            errand.answer.set_result(msgspec.Raw(b"{}"))
        elif signal.code == UNAVAILABLE:
            errand.answer.set_exception(faults.Unavailable(0, signal.code, signal.message, retry_after_seconds=0.0))
        else:
            kind = CODES.get(signal.code, faults.Refused)
            errand.answer.set_exception(kind(0, signal.code, signal.message))

    def finish(self, fault: faults.Fault) -> None:
        """No answer comes any more."""
        self._end = fault
        for errand in self._waiting.values():
            if not errand.answer.done():
                errand.answer.set_exception(fault)
