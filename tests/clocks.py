"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from handlers.core import clock

# Whole, so that no rounding to milliseconds blurs a comparison.
NOON = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)


class MovableClock(clock.Clock):
    """Starts at noon of a spring day, or where a test says."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment that the test is at. *Units*: aware, UTC."""
        return self._now

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
        """Moves forward (or back) and answers the new moment."""
        self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self._now
