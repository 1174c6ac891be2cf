"""What the forms of the pages send. A field that is not there is blank: the page asks for it beside the field."""

from typing import Annotated

import msgspec

LOGIN_CHARACTERS_MAX = 254
USERNAME_CHARACTERS_MAX = 200
PASSWORD_CHARACTERS_MAX = 1024

Login = Annotated[str, msgspec.Meta(max_length=LOGIN_CHARACTERS_MAX)]
# More than is allowed, so that who types too many is told how many there may be, and keeps what was typed.
Username = Annotated[str, msgspec.Meta(max_length=USERNAME_CHARACTERS_MAX)]
Password = Annotated[str, msgspec.Meta(max_length=PASSWORD_CHARACTERS_MAX)]


class SignIn(msgspec.Struct):
    """Who somebody is, by e-mail or username, and the proof."""

    login: Login = ""
    password: Password = ""


class SignUp(msgspec.Struct):
    """A new account."""

    username: Username = ""
    email: Login = ""
    password: Password = ""


class LinkRequest(msgspec.Struct):
    """Where the link to set a new password is to be mailed."""

    email: Login = ""


class NewPassword(msgspec.Struct):
    """The password to have from now on. `username` is whose the page said it would be, for password managers too."""

    username: Login = ""
    new_password: Password = ""
