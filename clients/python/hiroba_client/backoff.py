"""How long to wait before trying again: longer each time, and never all clients at the same moment."""

import random
from collections.abc import Callable

FIRST_SECONDS = 0.1
MAX_SECONDS = 20.0


class Backoff:
    """The waits of one endeavour: each is drawn between nothing and a ceiling that doubles.

    The whole wait is random, not a part of it: after a restart all clients come back, spread evenly over the ceiling.
    """

    def __init__(
        self,
        *,
        first_seconds: float = FIRST_SECONDS,
        max_seconds: float = MAX_SECONDS,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._first_seconds = first_seconds
        self._max_seconds = max_seconds
        self._draw = draw
        self._ceiling_seconds = first_seconds

    def next(self, *, least_seconds: float = 0.0) -> float:
        """The next wait; `least_seconds` is what the server asked for. *Units*: seconds."""
        ceiling = self._ceiling_seconds
        self._ceiling_seconds = min(ceiling * 2, self._max_seconds)
        return least_seconds + self._draw(0.0, ceiling)

    def reset(self) -> None:
        """It worked: the next trouble begins anew."""
        self._ceiling_seconds = self._first_seconds
