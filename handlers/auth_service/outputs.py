"""What auth-service answers: entries of the directory in its document's form. What a person lacks is left out."""

import msgspec

from handlers.rest import writing
from storage import directory


class Output(msgspec.Struct, rename="camel", omit_defaults=True):
    """None is a default, and defaults are left out; what is always there has no default."""


class Told(msgspec.Struct):
    """It was done."""

    message: str


class User(Output, kw_only=True):
    """Who signed in."""

    email: str | None = None
    full_name: str
    gender: str | None = None
    city: str | None = None
    state: str | None = None
    user_id: int
    zip_code: str | None = None
    is_admin: bool


class SignedIn(msgspec.Struct):
    """Who is signed in, and the token that proves it: in a cookie or as `Authorization: Bearer`."""

    message: str
    user: User
    token: str


class UpdatedUser(Output, kw_only=True):
    """A person as they are now."""

    email: str | None = None
    full_name: str
    gender: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    is_admin: bool


class Updated(msgspec.Struct):
    """It was done, and this is the person."""

    message: str
    user: UpdatedUser


class ListedUser(UpdatedUser, kw_only=True):
    """A person in the operators' list. `total` people were found, on so many `pages`; times are ISO 8601, UTC."""

    created_at: str
    updated_at: str
    user_id: int
    total: int
    pages: int


class Users(msgspec.Struct):
    """A page of the directory."""

    message: str
    users: list[ListedUser]


class Product(msgspec.Struct):
    """What one can subscribe to."""

    id: str
    type: str


def user(entry: directory.Entry) -> User:
    """Who signed in."""
    return User(**_shared(entry), user_id=entry.id)


def updated(entry: directory.Entry) -> UpdatedUser:
    """A person as they are now."""
    return UpdatedUser(**_shared(entry))


def listed(entry: directory.Found, *, limit: int) -> ListedUser:
    """A person in the operators' list. *Units*: `limit` is people on a page."""
    return ListedUser(
        **_shared(entry),
        created_at=writing.moment(entry.created_at),
        updated_at=writing.moment(entry.updated_at),
        user_id=entry.id,
        total=entry.total,
        pages=-(-entry.total // limit),
    )


def _shared(entry: directory.Entry) -> dict:
    return {
        "email": entry.email,
        "full_name": entry.full_name,
        "gender": entry.gender,
        "city": entry.city,
        "state": entry.state,
        "zip_code": entry.zip_code,
        "is_admin": entry.is_operator,
    }
