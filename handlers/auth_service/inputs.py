"""What auth-service accepts. Every problem of a request is told at once, so its fields are read one by one, by rules.

A rule takes whatever came and answers the value that goes on, or None for what breaks it. Fields stand in the order of
the document, in which their problems are listed; one with a default may be absent.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from handlers.core import accounts, names, passwords, refusals
from handlers.rest import ask as ask_
from handlers.rest import bodies, routes

Rule = Callable[[Any], Any]
Shape = TypeVar("Shape", bound=msgspec.Struct)

PASSWORD_CHARACTERS_MAX = 1024
LOGIN_CHARACTERS_MAX = 254
NAME_CHARACTERS_MAX = 200
CITY_CHARACTERS_MAX = 200
ZIP_CODE_CHARACTERS_MIN = 5
ZIP_CODE_CHARACTERS_MAX = 50
CODE_CHARACTERS = 6
# The fifty, the capital's district, the territories and the states in free association, as the postal service has them.
STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI UM FM MH PW".split()
)

Email = Annotated[str, msgspec.Meta(max_length=LOGIN_CHARACTERS_MAX)]
Password = Annotated[str, msgspec.Meta(min_length=passwords.CHARACTERS_MIN, max_length=PASSWORD_CHARACTERS_MAX)]
FullName = Annotated[str, msgspec.Meta(min_length=1, max_length=2 * NAME_CHARACTERS_MAX + 1)]
Gender = Literal["M", "F"]
City = Annotated[str, msgspec.Meta(min_length=1, max_length=CITY_CHARACTERS_MAX)]
State = Annotated[str, msgspec.Meta(min_length=2, max_length=2)]
ZipCode = Annotated[str, msgspec.Meta(min_length=ZIP_CODE_CHARACTERS_MIN, max_length=ZIP_CODE_CHARACTERS_MAX)]


class Credentials(msgspec.Struct):
    """Source: Login. `email` takes a username too."""

    email: Email
    password: Annotated[str, msgspec.Meta(max_length=PASSWORD_CHARACTERS_MAX)]


class NewUser(msgspec.Struct, rename="camel"):
    """Source: SignUp and Create User. In a sign-up `isAdmin` has no effect."""

    email: Email
    password: Password
    full_name: FullName
    gender: Gender
    city: City
    state: State
    zip_code: ZipCode
    is_admin: bool = False


class Changes(msgspec.Struct, rename="camel"):
    """Source: Update User. What is absent stays as it is; `email` may be told, and is not changed."""

    email: Email | None = None
    password: Password | None = None
    full_name: FullName | None = None
    gender: Gender | None = None
    city: City | None = None
    state: State | None = None
    zip_code: ZipCode | None = None


class Address(msgspec.Struct):
    """Source: Request password reset. Takes a username too."""

    email: Email


class NewPassword(msgspec.Struct):
    """Source: Change Password. `email` takes a username too."""

    email: Email
    password: Password
    code: Annotated[str, msgspec.Meta(min_length=CODE_CHARACTERS, max_length=CODE_CHARACTERS)]


def _text(value: Any, *, least: int, most: int) -> str | None:
    return value if isinstance(value, str) and least <= len(value.strip()) and len(value) <= most else None


def _email(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    email = _lower(value)
    try:
        accounts.require_email(email)
    except refusals.InvalidEmail:
        return None
    return email


def _lower(text: str) -> str:
    """Letter by letter, as the database compares.

    Python looks at neighbours ("ΝΙΚΟΣ" ends in another sigma than it is typed in) and makes two letters of "İ": such an
    address would neither be found as its owner writes it, nor be known as taken.
    """
    return "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


def _login(value: Any) -> str | None:
    return _text(value, least=1, most=LOGIN_CHARACTERS_MAX)


def _login_or_email(value: Any) -> str | None:
    """What holds an "@" is an e-mail, any other a username. Source: contract, 1, One name space."""
    return _email(value) if isinstance(value, str) and "@" in value else _login(value)


def _password(value: Any) -> str | None:
    """Source: the document's message, and contract, 5, Rules."""
    if _text(value, least=0, most=PASSWORD_CHARACTERS_MAX) is None or len(value) < passwords.CHARACTERS_MIN:
        return None
    kinds = (
        any(one.isupper() for one in value),
        any(one.islower() for one in value),
        any(not one.isalnum() and not one.isspace() for one in value),
    )
    return value if all(kinds) else None


def _full_name(value: Any) -> str | None:
    if _text(value, least=1, most=2 * NAME_CHARACTERS_MAX + 1) is None:
        return None
    first_name, last_name = names.split(value)
    return value if max(len(first_name), len(last_name or "")) <= NAME_CHARACTERS_MAX else None


def _one_of(choices: frozenset[str]) -> Rule:
    return lambda value: value if isinstance(value, str) and value in choices else None


RULES: Mapping[str, Rule] = {
    "email": _email,
    "password": _password,
    "fullName": _full_name,
    "gender": _one_of(frozenset("MF")),
    "city": lambda value: _text(value, least=1, most=CITY_CHARACTERS_MAX),
    "state": _one_of(STATES),
    "zipCode": lambda value: _text(value, least=ZIP_CODE_CHARACTERS_MIN, most=ZIP_CODE_CHARACTERS_MAX),
    "isAdmin": lambda value: value if isinstance(value, bool) else None,
    "code": lambda value: value if isinstance(value, str) and len(value) == CODE_CHARACTERS else None,
}
# Where an account is named, not made. A password to sign in with is whatever it is: it may be older than the rule.
NAMED: Mapping[str, Rule] = {**RULES, "email": _login_or_email}
SIGNING_IN: Mapping[str, Rule] = {
    "email": _login,
    "password": lambda value: _text(value, least=0, most=PASSWORD_CHARACTERS_MAX),
}


def read(raw: bytes, shape: type[Shape], rules: Mapping[str, Rule] = RULES) -> Shape:
    """A body by its rules. Refuses: Malformed for what is no object, InvalidFields with all that is wrong in it."""
    given = bodies.decode(raw, dict[str, Any])
    values: dict[str, Any] = {}
    wrong: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        name = field.encode_name
        if name not in given:
            if field.required:
                wrong[name] = msgspec.UNSET
            continue
        values[field.name] = rules[name](given[name])
        if values[field.name] is None:
            wrong[name] = given[name]
    if wrong:
        raise refusals.InvalidFields(wrong)
    return shape(**values)


def reading(shape: type[msgspec.Struct], rules: Mapping[str, Rule] = RULES) -> routes.Handler:
    """What a route declares to have its body read so."""

    async def prepare(ask: ask_.Ask) -> msgspec.Struct:
        return read(await ask.receive(), shape, rules)

    return prepare


def require_strong(password: str) -> None:
    """Refuses: InvalidFields, where a new password would not be taken. Source: Login, answer 4."""
    if _password(password) is None:
        raise refusals.InvalidFields({"password": password})
