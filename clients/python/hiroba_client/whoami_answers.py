"""What whoami answers. Source: the document of the whoami API."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec


class User(msgspec.Struct, frozen=True):
    """The person of a session. `registered_on` is as the document has it: RFC 1123, GMT."""

    confirmed: bool
    email: str | None
    registered_on: str
    username: str | None

    @property
    def registered_at(self) -> datetime:
        """The same, as a time."""
        return parsedate_to_datetime(self.registered_on)


class ListedUser(msgspec.Struct, frozen=True):
    """A person in the operators' list. `registered_on` is UTC, without saying so."""

    email: str | None
    username: str | None
    registered_on: str
    confirmed: bool

    @property
    def registered_at(self) -> datetime:
        """The same, as a time."""
        return datetime.fromisoformat(self.registered_on).replace(tzinfo=UTC)


class SignedIn(msgspec.Struct, frozen=True):
    """Who is signed in."""

    message: str
    user: User


class Users(msgspec.Struct, frozen=True):
    """Everybody."""

    users: list[ListedUser]


class Image(msgspec.Struct, frozen=True):
    """A linked picture."""

    id: str
    instagram_url: str
    raw_image_url: str
    orig_width: int
    orig_height: int


class Registered(msgspec.Struct, frozen=True):
    """The Instagram account is linked. `authorized_time` is UTC, without saying so."""

    authorized_time: str
    message: str


class Added(msgspec.Struct, frozen=True):
    """The verdict on one picture that was to be added."""

    status: bool
    image_id: str
    message: str | None = None


class DeletedImage(msgspec.Struct, frozen=True):
    """A picture that was linked until now."""

    image_id: str
    raw_image_url: str


class Removed(msgspec.Struct, frozen=True):
    """The verdict on one picture that was to be deleted."""

    status: bool
    image_id: str | None = None
    message: str | None = None
    deleted_image: DeletedImage | None = None


class Updated(msgspec.Struct, frozen=True):
    """The verdicts, in the order of what was asked."""

    additions: list[Added] = []
    deletions: list[Removed] = []


class DeletedUser(msgspec.Struct, frozen=True):
    """The names that became free."""

    username: str | None
    email: str | None


class Deleted(msgspec.Struct, frozen=True):
    """Who left."""

    deleted_user: DeletedUser


class Done(msgspec.Struct, frozen=True):
    """It was done; some calls say more."""

    message: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """What every answer begins with. Pictures' verdicts have none of their own: then it is None."""

    status: bool | None = None
    message: str = ""
