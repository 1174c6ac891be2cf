"""A process that settles payments, to end as by `kill -9` at a step of it.

`python -m tests.core.doomed STEP ENGINE DSN BOOK`: everything is as in the server, but for the one function that the
step is in, which ends the process when it has returned, or when its statement is on the way.
"""

import asyncio
import contextlib
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from handlers.core import settlement
from storage import connection, payments
from storage.database import Database
from tests import clocks, people

Act = Callable[..., Awaitable[Any]]
# What a notary does not let pass.
FAILING_UNITS = 300
ROUNDS = 3


class Notary:
    """An engine that keeps a book of its own, which outlives us: taken first, ended when it is asked about."""

    def __init__(self, book: Path) -> None:
        self._book = book

    @property
    def taken(self) -> list[int]:
        """What is in the book, in the order in which it came."""
        return [int(line) for line in self._book.read_text().split()] if self._book.exists() else []

    async def submit(self, waiting: Sequence[payments.Pending]) -> Mapping[int, settlement.Outcome]:
        """Enters what is not in the book yet."""
        with self._book.open("a") as book:
            book.writelines(f"{one.posting_id}\n" for one in waiting if one.posting_id not in self.taken)
        return {one.posting_id: settlement.Submitted(f"entry {one.posting_id}") for one in waiting}

    async def poll(self, waiting: Sequence[payments.Pending]) -> Mapping[int, settlement.Ended]:
        """All are decided by now."""
        assert all(one.posting_id in self.taken for one in waiting)
        return {one.posting_id: settlement.Ended(is_posted=one.units != FAILING_UNITS) for one in waiting}


ENGINES: dict[str, Callable[[Path], settlement.Engine]] = {
    "internal": lambda _: settlement.Internal(),
    "notary": Notary,
}


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _after(act: Act) -> Act:
    @functools.wraps(act)
    async def dying(*given: Any, **named: Any) -> Any:
        answer = await act(*given, **named)
        # Where nothing was to be done, that is not the step.
        return _die() if answer else answer

    return dying


def _on_the_way(query: str) -> Callable[[Act], Act]:
    """Ends it when the statement was sent and nobody knows what becomes of it."""

    def doom(act: Act) -> Act:
        @functools.wraps(act)
        async def dying(self: Any, text: str, *given: Any, **named: Any) -> Any:
            sending = act(self, text, *given, **named)
            if not text.startswith(f'EXECUTE "{query}"'):
                return await sending
            # Up to its first wait, if there is one: the socket has it.
            with contextlib.suppress(StopIteration):
                sending.send(None)  # type: ignore[attr-defined]
            return _die()

        return dying

    return doom


# In the order in which a payment comes through them: where, which function of it, and how it is changed.
STEPS: dict[str, tuple[Any, str, Callable[[Act], Act]]] = {
    "it was found": (payments, "list_pending", _after),
    "the engine took it": (Notary, "submit", _after),
    "its reference is on the way": (connection.Connection, "command", _on_the_way("payments.refer")),
    "its reference is kept": (settlement.Settlement, "_round", _after),
    "the engine said how it came out": (Notary, "poll", _after),
    "its end is on the way": (connection.Connection, "command", _on_the_way("payments.settle")),
    "it is ended, and another is not": (payments, "settle", _after),
}


async def main(step: str, engine: str, dsn: str, book: str) -> None:
    """Settles, doomed. Ends by itself where the step never comes."""
    where, name, doom = STEPS[step]
    setattr(where, name, doom(getattr(where, name)))
    database = await Database.open(dsn, connections_max=2, acquire_timeout_seconds=2, statement_timeout_seconds=5)
    core = people.core(database, clocks.MovableClock())
    settler = settlement.Settlement(core, ENGINES[engine](Path(book)), delay_seconds=0)
    for _ in range(ROUNDS):
        await settler.settle()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
