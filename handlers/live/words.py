"""What the live connection says when it says no: codes of `error` frames, and codes of closing."""

from handlers.core import refusals
from handlers.live import frames

# Of closing. Source: contract, 8; RFC 6455, 7.4.
GOING_AWAY = 1001
TOO_BIG = 1009
TRY_AGAIN = 1013
FAILED = 1011
SESSION_ENDED = 4401

# Each code of an `error` frame, with what it means to whoever programs a client.
CODES: dict[str, str] = {
    "malformed": "The frame is no JSON object of a type that is understood here, with its fields.",
    "invalid": "A field's value breaks its rule.",
    "forbidden": "There is no such thing, or it is not yours to see.",
    "conflict": "What it is about is not in a state for this.",
    "unavailable": "The server cannot do it now; try again in a moment.",
    "fault": "The server failed at it.",
}
TABLE: dict[type[refusals.Refusal], str] = {
    refusals.Malformed: "malformed",
    refusals.Missing: "malformed",
    refusals.TooLarge: "malformed",
    refusals.UnknownPath: "malformed",
    refusals.WrongMethod: "malformed",
    refusals.NotSignedIn: "forbidden",
    refusals.WrongCredentials: "forbidden",
    refusals.SessionTooOld: "forbidden",
    refusals.NotEntitled: "forbidden",
    refusals.OperatorsOnly: "forbidden",
    refusals.Foreign: "forbidden",
    refusals.Throttled: "unavailable",
    refusals.Invalid: "invalid",
    refusals.UsernameTaken: "invalid",
    refusals.EmailTaken: "invalid",
    refusals.InvalidEmail: "invalid",
    refusals.InvalidUsername: "invalid",
    refusals.WeakPassword: "invalid",
    refusals.UnknownCommunity: "invalid",
    refusals.NoCommunity: "invalid",
    refusals.OwnAd: "invalid",
    refusals.WithYourself: "invalid",
    refusals.NobodyElse: "invalid",
    refusals.PrivateThread: "invalid",
    refusals.AlreadyAuthorized: "conflict",
    refusals.NotEnoughFunds: "conflict",
    refusals.UnknownRecipient: "invalid",
    refusals.UnknownAd: "invalid",
    refusals.NotPayable: "invalid",
    refusals.OtherBeneficiary: "invalid",
    refusals.NoEmail: "conflict",
    refusals.EmailFixed: "invalid",
    refusals.UnknownAccount: "invalid",
    refusals.NotApproved: "forbidden",
    refusals.InvalidFields: "invalid",
    refusals.WrongCode: "invalid",
    refusals.KeyReused: "conflict",
    refusals.StillRunning: "unavailable",
    refusals.WrongState: "conflict",
    refusals.Overloaded: "unavailable",
    refusals.Unavailable: "unavailable",
    refusals.Fault: "fault",
}


def error(refusal: refusals.Refusal, ref: str | int | None) -> frames.Error:
    """A refusal as its frame."""
    code = TABLE[type(refusal)]
    message = CODES[code]
    if isinstance(refusal, refusals.Malformed):
        message = refusal.reason
    elif isinstance(refusal, refusals.Invalid):
        message = f"{refusal.field}: {refusal.reason}"
    return frames.Error(ref=ref, code=code, message=message)
