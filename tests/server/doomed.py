"""The server, to end as by `kill -9` at a step of the first request that has an Idempotency-Key.

`python -m tests.server.doomed STEP serve`: everything is as in `python -m server serve`, but for the one function that
the step is in, which ends the process before it begins or after it has returned.
"""

import contextlib
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from handlers.rest import idempotency
from server import commands
from storage import answers, connection

Act = Callable[..., Awaitable[Any]]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(act: Act) -> Act:
    @functools.wraps(act)
    async def dying(*given: Any, **named: Any) -> Any:
        _die()

    return dying


def _after(act: Act) -> Act:
    @functools.wraps(act)
    async def dying(*given: Any, **named: Any) -> Any:
        await act(*given, **named)
        _die()

    return dying


def _on_the_way(act: Act) -> Act:
    """Ends it when COMMIT was sent and nobody knows what becomes of it."""

    @functools.wraps(act)
    async def dying(self: Any, text: str, *given: Any, **named: Any) -> Any:
        committing = act(self, text, *given, **named)
        if text != "COMMIT" or not ARMED:
            return await committing
        # Up to its first wait, if there is one: the socket has it.
        with contextlib.suppress(StopIteration):
            committing.send(None)  # type: ignore[attr-defined]
        return _die()

    return dying


# Whether a request with a key was seen: what other requests and the workers do ends nothing.
ARMED: list[bool] = []


def _arming(act: Act) -> Act:
    @functools.wraps(act)
    async def arm(*given: Any, **named: Any) -> Any:
        ARMED.append(True)
        return await act(*given, **named)

    return arm


# In the order in which a request comes through them: where, which function of it, and how it is changed.
STEPS: dict[str, tuple[Any, str, Callable[[Act], Act]]] = {
    "before anything": (idempotency, "once", _before),
    "before the transaction": (answers, "find", _after),
    "before the lock": (answers, "lock", _before),
    "after the lock": (answers, "lock", _after),
    "after the act": (answers, "upsert", _before),
    "after its answer is stored": (answers, "upsert", _after),
    "while it commits": (connection.Connection, "command", _on_the_way),
    "after the commit": (idempotency, "once", _after),
}
# Where the act may have been done when the process ends, and where it was.
UNCERTAIN = {"while it commits"}
DONE = {"after the commit"}


def main(step: str, *arguments: str) -> None:
    """Serves, doomed."""
    where, name, doom = STEPS[step]
    idempotency.once = _arming(idempotency.once)
    setattr(where, name, doom(getattr(where, name)))
    sys.argv = ["server", *arguments]
    commands.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
