"""What the rooms above hand in: the time, and the server's key as far as letters need it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time: aware, UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class Keys(Protocol):
    """Encrypts under the server's key. What was sealed for one purpose opens for that purpose only."""

    def seal(self, purpose: str, data: bytes) -> bytes:
        """Encrypts."""
        ...

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """What was sealed. Refuses by an exception what was not."""
        ...
