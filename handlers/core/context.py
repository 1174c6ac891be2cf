"""What every act needs and none owns: chosen once in `server`, passed as the first argument."""

from dataclasses import dataclass, field
from typing import Protocol

from handlers.core import bus as bus_
from handlers.core import clock as clock_
from handlers.core import keys as keys_
from handlers.core import pictures as pictures_
from handlers.core import settings as settings_
from storage.database import Database
from storage.files import Files


class Hasher(Protocol):
    """Passwords to hashes and back to a verdict, off the event loop. Refuses: Overloaded."""

    async def hash(self, password: str) -> str:
        """A new password's hash."""
        ...

    async def prepare(self) -> None:
        """Makes ready what unknown accounts are checked against."""
        ...

    async def check(self, password: str, password_hash: str | None) -> bool:
        """Whether this is the password; without a hash the same work, and no."""
        ...


class Post(Protocol):
    """Somebody who carries letters and may be told that there are new ones."""

    def wake(self) -> None:
        """There may be a new letter."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """The core's surroundings. Immutable; tests replace single parts."""

    database: Database
    clock: clock_.Clock
    settings: settings_.Settings
    hasher: Hasher
    keys: keys_.Keys
    bus: bus_.Bus
    post: Post
    studio: pictures_.Studio
    files: Files
    # Rung when somebody paid: the settlement listens, and nobody else wants to be woken for it.
    settling: bus_.Bus = field(default_factory=bus_.Bus)
