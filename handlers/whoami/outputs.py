"""What whoami answers: records in its document's form."""

from datetime import UTC, datetime

import msgspec

from handlers.rest import writing
from storage import accounts


class Done(msgspec.Struct):
    """It was done."""

    status: bool = True


class Told(msgspec.Struct):
    """It was done, or was not, and why."""

    status: bool
    message: str


class User(msgspec.Struct):
    """The person of a session. `registered_on` is RFC 1123, GMT."""

    confirmed: bool
    email: str | None
    registered_on: str
    username: str | None


class SignedIn(msgspec.Struct):
    """Who is signed in."""

    status: bool
    message: str
    user: User


class SignedOut(msgspec.Struct):
    """Who was signed in until now."""

    status: bool
    message: str
    email: str | None


class ListedUser(msgspec.Struct):
    """A person in the operators' list. `registered_on` is `YYYY-MM-DD HH:MM:SS.ffffff`, UTC."""

    email: str | None
    username: str | None
    registered_on: str
    confirmed: bool


class Users(msgspec.Struct):
    """Everybody."""

    status: bool
    users: list[ListedUser]


class DeletedUser(msgspec.Struct):
    """The names that became free."""

    username: str | None
    email: str | None


class Deleted(msgspec.Struct):
    """Who left."""

    status: bool
    deleted_user: DeletedUser


class InstagramRegistered(msgspec.Struct):
    """Instagram is linked. `authorized_time` is `YYYY-MM-DD HH:MM:SS.ffffff`, UTC."""

    status: bool
    authorized_time: str
    message: str


class Addition(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What became of a picture that was to be linked; a message only where it was not."""

    status: bool
    message: str | None = None
    image_id: str


class DeletedImage(msgspec.Struct):
    """A picture that is linked no more."""

    image_id: str
    raw_image_url: str


class Deletion(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What became of a picture that was to be unlinked: itself, or why not."""

    status: bool
    message: str | None = None
    image_id: str | None = None
    deleted_image: DeletedImage | None = None


class InstagramUpdated(msgspec.Struct):
    """A verdict for each item. A list is there if it was asked for."""

    additions: list[Addition] | msgspec.UnsetType = msgspec.UNSET
    deletions: list[Deletion] | msgspec.UnsetType = msgspec.UNSET


def stamp(moment: datetime) -> str:
    """To the microsecond, UTC: "2018-10-02 06:28:08.427133"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def user(account: accounts.Account) -> User:
    """The person of a session."""
    return User(account.confirmed_at is not None, account.email, writing.gmt(account.created_at), account.username)


def listed(account: accounts.Account) -> ListedUser:
    """A person in the operators' list."""
    return ListedUser(account.email, account.username, stamp(account.created_at), account.confirmed_at is not None)
