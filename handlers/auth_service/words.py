"""Every sentence of auth-service. A refusal is a list of problems; two endpoints say the first of them beside it, too.

Source: `apis/carbon.md`; contract, 5.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from handlers.core import refusals
from handlers.rest import problems

WELCOME = "Welcome to Carbon Auth Manager Service!"
RUNNING = "Carbon Auth Manager service up and running!"
SIGNED_IN = "Successful login"
CREATED = "User created with success"
FOUND = "Fetcing of users action was successful."
UPDATED = "User was successfully updated."
PASSWORD_SET = "Password reset success."
CODE_SENT = (
    "Password reset success, an email has been sent to your email with the code to reset your password. "
    "The code is only valid for {minutes} minutes."
)

ABSENT = "Invalid value"
NO_SUCH_USER = "User does not exist."
NO_SUCH_EMAIL = "Email does not belong to any registered user"
PASSWORD = (
    "Please enter a password at least 8 character and contain at least one uppercase, least one lower case, "
    "and at least one special character."
)
EMAIL = "Must provide a existing and valid email."
# What is said of a field that breaks its rule.
FIELDS: Mapping[str, str] = {
    "email": EMAIL,
    "password": PASSWORD,
    "fullName": "Must provide your first and last name.",
    "gender": "Gender submitted is not allowed for this field.",
    "city": "Must provide the city in which you stay.",
    "state": "State submitted is not allowed for this field.",
    "zipCode": "Must provide your zip code.",
    "isAdmin": ABSENT,
    "code": "Must provide a valid code.",
    "page": "Must provide a page for users",
    "limit": "Must provide a limit for users",
}
IN_QUERY = frozenset({"page", "limit"})
# Who sends a book in place of a name is shown its beginning.
QUOTED_CHARACTERS_MAX = 200


class Problem(msgspec.Struct, kw_only=True):
    """One thing that is wrong: with a field, or (then `value` is the status in words) with the whole request."""

    value: Any = msgspec.UNSET
    msg: str
    param: str | msgspec.UnsetType = msgspec.UNSET
    location: str | msgspec.UnsetType = msgspec.UNSET


class Problems(msgspec.Struct):
    """The body of every refusal."""

    errors: list[Problem]


class ToldProblems(msgspec.Struct):
    """The body of every refusal to set a password."""

    error: str
    message: str
    errors: list[Problem]


TABLE: problems.Table = {
    refusals.Malformed: problems.Word(400, lambda refusal: f"Request cannot be read: {refusal.reason}"),
    refusals.Missing: problems.Word(400, lambda refusal: f"Must provide {', '.join(refusal.names)}."),
    refusals.TooLarge: problems.Word(413, lambda refusal: f"Request is larger than {refusal.limit_bytes} bytes."),
    refusals.UnknownPath: problems.Word(404, "There is no such endpoint."),
    refusals.WrongMethod: problems.Word(405, "The endpoint does not have this method."),
    refusals.NotSignedIn: problems.Word(401, "Please log in first."),
    refusals.WrongCredentials: problems.Word(400, "Incorrect credentials used for login."),
    refusals.SessionTooOld: problems.Word(401, "Please log in again."),
    refusals.NotEntitled: problems.Word(400, NO_SUCH_USER),
    refusals.OperatorsOnly: problems.Word(403, "Only admins may do this."),
    refusals.Foreign: problems.Word(403, "Sent from another site."),
    refusals.Throttled: problems.Word(
        429, lambda refusal: f"Too many attempts, try again in {refusal.retry_after_seconds} seconds."
    ),
    refusals.Invalid: problems.Word(400, lambda refusal: f"{refusal.field} {refusal.reason}."),
    refusals.UsernameTaken: problems.Word(400, "User with username already exists."),
    refusals.EmailTaken: problems.Word(400, "User with email already exists."),
    refusals.InvalidEmail: problems.Word(400, EMAIL),
    refusals.InvalidUsername: problems.Word(400, lambda refusal: f"A username has {refusal.reason}."),
    refusals.WeakPassword: problems.Word(400, PASSWORD),
    refusals.UnknownCommunity: problems.Word(400, "There is no such community."),
    refusals.NoCommunity: problems.Word(400, "User has no community."),
    refusals.OwnAd: problems.Word(400, "The ad is the user's own."),
    refusals.WithYourself: problems.Word(400, "That is the user."),
    refusals.NobodyElse: problems.Word(400, "Nobody else is there."),
    refusals.PrivateThread: problems.Word(400, "The thread is private."),
    refusals.AlreadyAuthorized: problems.Word(400, "Linked already."),
    refusals.NotEnoughFunds: problems.Word(400, "The balance is too low."),
    refusals.UnknownRecipient: problems.Word(400, "There is no such recipient."),
    refusals.UnknownAd: problems.Word(400, "There is no such ad."),
    refusals.NotPayable: problems.Word(400, "The ad is not payable by the user."),
    refusals.OtherBeneficiary: problems.Word(400, "The beneficiary is not the author of the ad."),
    refusals.NoEmail: problems.Word(400, "User has no email."),
    refusals.EmailFixed: problems.Word(400, "Unable to change email."),
    refusals.UnknownAccount: problems.Word(400, NO_SUCH_USER),
    refusals.NotApproved: problems.Word(403, "User is not let in yet."),
    refusals.InvalidFields: problems.Word(400, lambda refusal: FIELDS[next(iter(refusal.fields))]),
    refusals.WrongCode: problems.Word(
        400, lambda refusal: "The code is no longer valid." if refusal.is_spent else "The code is invalid."
    ),
    refusals.KeyReused: problems.Word(422, "The Idempotency-Key was used with another request."),
    refusals.StillRunning: problems.Word(409, "The first request with this Idempotency-Key is still running."),
    refusals.WrongState: problems.Word(409, lambda refusal: f"That is {refusal.state}."),
    refusals.Overloaded: problems.Word(429, "Too many requests at this moment, try again soon."),
    refusals.Unavailable: problems.Word(503, "The server cannot reach its database, try again soon."),
    refusals.Fault: problems.Word(500, "The server met a defect of its own."),
}


def _problems(said: problems.Said, refusal: refusals.Refusal) -> list[Problem]:
    if isinstance(refusal, refusals.InvalidFields):
        return [problem for name, value in refusal.fields.items() for problem in _of_field(name, value)]
    return [Problem(value=HTTPStatus(said.status).phrase, msg=said.sentence)]


def _of_field(name: str, value: Any) -> Iterator[Problem]:
    """Source: Get Users, answer 2: of an absent field it is said that its value is invalid, and then its sentence."""
    location = "query" if name in IN_QUERY else "body"
    if value is msgspec.UNSET:
        yield Problem(msg=ABSENT, param=name, location=location)
    yield Problem(value=_quoted(value), msg=FIELDS[name], param=name, location=location)


def _quoted(value: Any) -> Any:
    if value is msgspec.UNSET:
        return value
    if isinstance(value, str):
        return value[:QUOTED_CHARACTERS_MAX]
    written = msgspec.json.encode(value)
    return value if len(written) <= QUOTED_CHARACTERS_MAX else written[:QUOTED_CHARACTERS_MAX].decode(errors="ignore")


def _listed(said: problems.Said, refusal: refusals.Refusal) -> Problems:
    return Problems(_problems(said, refusal))


def _told(said: problems.Said, refusal: refusals.Refusal) -> ToldProblems:
    return ToldProblems(HTTPStatus(said.status).phrase, said.sentence, _problems(said, refusal))


def _told_of_request(said: problems.Said, refusal: refusals.Refusal) -> ToldProblems:
    told = _told(said, refusal)
    if isinstance(refusal, refusals.UnknownAccount):
        told.errors[0].msg = NO_SUCH_EMAIL
    return told


WORDS = problems.Words(TABLE, _listed)
# Of Change Password.
CHANGING = problems.Words(
    {**TABLE, refusals.UnknownAccount: problems.Word(400, f"{NO_SUCH_EMAIL}.")},
    _told,
)
# Of Request password reset.
REQUESTING = problems.Words({**TABLE, refusals.UnknownAccount: problems.Word(400, "User not found.")}, _told_of_request)
