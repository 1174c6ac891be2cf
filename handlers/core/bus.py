"""Tells, inside this process, that something was committed. It carries nothing: what happened is read from the log."""

import asyncio
import contextlib
from collections.abc import Iterator


class Bus:
    """Whoever committed an act rings it; whoever delivers events listens. In the event loop's thread only."""

    def __init__(self) -> None:
        self._bells: set[asyncio.Event] = set()

    def wake(self) -> None:
        """There is something new. Ringing again before it was heard is the same as ringing once."""
        for bell in self._bells:
            bell.set()

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """A bell that is set at every wake until the block is left. The listener clears it before it looks."""
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            yield bell
        finally:
            self._bells.discard(bell)
