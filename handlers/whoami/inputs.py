"""What whoami accepts. A field that is absent or null is missing: the words name it, with status 200."""

from typing import Annotated

import msgspec

Email = Annotated[str, msgspec.Meta(max_length=254)]
Username = Annotated[str, msgspec.Meta(max_length=64)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]


class Credentials(msgspec.Struct):
    """Who somebody is, and the proof. `email` takes a username too."""

    email: Email | None = None
    password: Password | None = None


class Registration(msgspec.Struct):
    """A new account."""

    username: Username | None = None
    password: Password | None = None
    email: Email | None = None


class Address(msgspec.Struct):
    """Where a letter is asked for. Takes a username too."""

    email: Email | None = None


class NewPassword(msgspec.Struct):
    """The password to have from now on."""

    new_password: Password | None = None
