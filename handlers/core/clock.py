"""What time it is. The only place that asks; everybody else is told."""

from datetime import UTC, datetime


class Clock:
    """The real time. Tests put one in its place that they move by hand."""

    def now(self) -> datetime:
        """The present moment. *Units*: aware, UTC."""
        return datetime.now(UTC)
