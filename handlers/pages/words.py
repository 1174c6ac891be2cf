"""Every sentence with which the pages say no, and the status it goes with. What they say otherwise is in templates.

A form that was filled in wrongly is 422: browsers show it like any other, and password managers keep no password that
came with it.
"""

import msgspec

from handlers.core import refusals
from handlers.rest import details, problems

MISSING = {
    "login": "Enter your e-mail address or your username.",
    "username": "Choose a username.",
    "email": "Enter your e-mail address.",
    "password": "Enter a password.",
    "new_password": "Enter a new password.",
}
"""What is said beside a field that was left blank, by its name."""

LINK_USED_UP = "This link has been used or is too old. If you have just set a new password, sign in with it."
ANOTHER_ACCOUNT = "This page was for another account, whose link is used up. Now it is for the account below."

TITLES = {
    400: "That could not be read",
    401: "Please sign in",
    403: "Not from here",
    404: "There is nothing here",
    405: "That cannot be done here",
    409: "Not now",
    413: "That is too much",
    422: "Something is not right",
    429: "Too often",
    500: "Something broke",
    503: "Back in a moment",
}
"""The heading of the page that says no, by its status."""


class Problem(msgspec.Struct):
    """A refusal for whoever asked for JSON: RFC 9457."""

    title: str
    status: int
    detail: str


def _wait(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"


def _throttled(refusal: refusals.Throttled) -> str:
    return f"Too many attempts. Try again in {_wait(refusal.retry_after_seconds)}."


def _missing(refusal: refusals.Missing) -> str:
    return " ".join(MISSING.get(name, f"The field {name} is missing.") for name in refusal.names)


TABLE: problems.Table = {
    refusals.Malformed: problems.Word(400, "What your browser sent is not what this page takes."),
    refusals.Missing: problems.Word(422, _missing),
    refusals.TooLarge: problems.Word(413, lambda refusal: f"At most {refusal.limit_bytes} bytes can be sent here."),
    refusals.UnknownPath: problems.Word(404, "No page has this address. Perhaps the link was cut off."),
    refusals.WrongMethod: problems.Word(405, "This address does not take such a request."),
    refusals.NotSignedIn: problems.Word(401, "You are not signed in."),
    refusals.WrongCredentials: problems.Word(422, "That login or password is not right."),
    refusals.SessionTooOld: problems.Word(403, "You signed in too long ago for this. Sign out, and in again."),
    refusals.NotEntitled: problems.Word(404, "There is no such thing, or it is not yours to see."),
    refusals.OperatorsOnly: problems.Word(403, "This is for operators."),
    refusals.Foreign: problems.Word(
        403, "This form was sent from another site. If that was you, open the page here and fill it in again."
    ),
    refusals.Throttled: problems.Word(429, _throttled),
    refusals.Invalid: problems.Word(422, lambda refusal: f"{refusal.field} {refusal.reason}."),
    refusals.UsernameTaken: problems.Word(422, "Somebody has this username already. Choose another."),
    refusals.EmailTaken: problems.Word(422, "There is an account with this e-mail address already."),
    refusals.InvalidEmail: problems.Word(422, "Enter an e-mail address such as name@example.com."),
    refusals.InvalidUsername: problems.Word(422, lambda refusal: f"A username has {refusal.reason}."),
    refusals.WeakPassword: problems.Word(
        422, lambda refusal: f"A password has at least {refusal.characters_min} characters."
    ),
    refusals.UnknownCommunity: problems.Word(422, "There is no such community."),
    refusals.NoCommunity: problems.Word(422, "You belong to no community yet."),
    refusals.OwnAd: problems.Word(422, "This ad is your own."),
    refusals.WithYourself: problems.Word(422, "That is you."),
    refusals.NobodyElse: problems.Word(422, "Somebody else has to be in it."),
    refusals.PrivateThread: problems.Word(422, "This conversation is between two."),
    refusals.AlreadyAuthorized: problems.Word(422, "Your Instagram account is linked already."),
    refusals.NotEnoughFunds: problems.Word(422, "There is not enough in the wallet."),
    refusals.UnknownRecipient: problems.Word(422, "There is nobody of that name to be paid."),
    refusals.UnknownAd: problems.Word(422, "There is no such ad."),
    refusals.NotPayable: problems.Word(422, "That ad is not yours to pay for."),
    refusals.OtherBeneficiary: problems.Word(422, "The payment would not go to the author of the ad."),
    refusals.NoEmail: problems.Word(422, "The account has no e-mail address."),
    refusals.EmailFixed: problems.Word(422, "The e-mail address cannot be changed."),
    refusals.UnknownAccount: problems.Word(422, "There is no such account."),
    refusals.NotApproved: problems.Word(403, "You are on the waiting list, and not let in yet."),
    refusals.InvalidFields: problems.Word(422, lambda refusal: f"Please look again at: {', '.join(refusal.fields)}"),
    refusals.WrongCode: problems.Word(422, "The code is not right, or not good any more."),
    refusals.KeyReused: problems.Word(422, "This Idempotency-Key was used with another request."),
    refusals.StillRunning: problems.Word(409, "The same request is still being worked on."),
    refusals.WrongState: problems.Word(409, lambda refusal: f"It is {refusal.state}."),
    refusals.Overloaded: problems.Word(429, "Very many people are signing in at this moment. Try again in a moment."),
    refusals.Unavailable: problems.Word(503, "The database cannot be reached at this moment. Nothing was changed."),
    refusals.Fault: problems.Word(500, "That was our mistake. It has been noted."),
}


def _problem(said: problems.Said, _refusal: refusals.Refusal) -> Problem:
    return Problem(TITLES[said.status], said.status, said.sentence)


WORDS = problems.Words(TABLE, _problem, details.CONTENT_TYPE)


def sentence(refusal: refusals.Refusal) -> str:
    """What is said to a refusal."""
    return WORDS.said(refusal).sentence
