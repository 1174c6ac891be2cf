"""What `/me` accepts."""

from typing import Annotated

import msgspec

Login = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]


class SignIn(msgspec.Struct):
    """Who somebody is, by e-mail or username, and the proof."""

    login: Login
    password: Password


class Farewell(msgspec.Struct):
    """The proof that it is oneself who wants to be deleted."""

    password: Password
