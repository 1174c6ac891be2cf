"""Every sentence of whoami. Its clients fall silent on any status but 200, so a refusal is 200 with `status` false.

Only what could not be read, is too much, or came too often has a status of its own. Source: contract, 4.
"""

from handlers.core import refusals
from handlers.rest import problems
from handlers.whoami import outputs

SIGNED_IN = "User successfully signed in"
STILL_SIGNED_IN = "User already signed in"
SIGNED_OUT = "User successfully signed out"
NOT_SIGNED_IN = "Not signed in"
INVALID_SESSION = "Invalid session"
CONFIRMATION_SENT = "The confirmation email has been sent again"
RESET_SENT = "The password reset email has been sent"
INSTAGRAM_REGISTERED = "Successfully registered Instagram account for the user"
IMAGE_ALREADY_ADDED = "Image already added"
NO_SUCH_IMAGE = "There is no image of the user with the image_id"


def _missing(refusal: refusals.Missing) -> str:
    *others, last = refusal.names
    named = f"{', '.join(others)} or {last}" if others else last
    return f"Request is missing either {named}"


def _invalid(refusal: refusals.Invalid) -> str:
    return f"{refusal.field} {refusal.reason}"


TABLE: problems.Table = {
    refusals.Malformed: problems.Word(400, lambda refusal: f"Request cannot be read: {refusal.reason}"),
    refusals.Missing: problems.Word(200, _missing),
    refusals.TooLarge: problems.Word(413, lambda refusal: f"Request is larger than {refusal.limit_bytes} bytes"),
    refusals.UnknownPath: problems.Word(404, "There is no such endpoint"),
    refusals.WrongMethod: problems.Word(405, "The endpoint does not have this method"),
    refusals.NotSignedIn: problems.Word(200, INVALID_SESSION),
    refusals.WrongCredentials: problems.Word(200, "Email or password is not correct"),
    refusals.SessionTooOld: problems.Word(200, INVALID_SESSION),
    refusals.NotEntitled: problems.Word(200, "There is no such thing"),
    refusals.OperatorsOnly: problems.Word(200, "Only operators may see this"),
    refusals.Foreign: problems.Word(200, "Sent from another site"),
    refusals.Throttled: problems.Word(
        429, lambda refusal: f"Too many attempts, try again in {refusal.retry_after_seconds} seconds"
    ),
    refusals.Invalid: problems.Word(200, _invalid),
    refusals.UsernameTaken: problems.Word(200, "The given username already exists"),
    refusals.EmailTaken: problems.Word(200, "The given email already exists"),
    refusals.InvalidEmail: problems.Word(200, "Email is not in a valid format"),
    refusals.InvalidUsername: problems.Word(
        200, lambda refusal: f"Username is not in a valid format: {refusal.reason}"
    ),
    refusals.WeakPassword: problems.Word(
        200, lambda refusal: f"Password must have at least {refusal.characters_min} characters"
    ),
    refusals.UnknownCommunity: problems.Word(200, "There is no such community"),
    refusals.NoCommunity: problems.Word(200, "The user has no community"),
    refusals.OwnAd: problems.Word(200, "The ad is the user's own"),
    refusals.WithYourself: problems.Word(200, "That is the user"),
    refusals.NobodyElse: problems.Word(200, "Nobody else is there"),
    refusals.PrivateThread: problems.Word(200, "The thread is private"),
    refusals.AlreadyAuthorized: problems.Word(200, "The user already authorized Instagram"),
    refusals.NotEnoughFunds: problems.Word(200, "The balance is too low"),
    refusals.UnknownRecipient: problems.Word(200, "There is no such recipient"),
    refusals.UnknownAd: problems.Word(200, "There is no such ad"),
    refusals.NotPayable: problems.Word(200, "The ad is not payable by the user"),
    refusals.OtherBeneficiary: problems.Word(200, "The beneficiary is not the author of the ad"),
    refusals.NoEmail: problems.Word(200, "The user has no email"),
    refusals.EmailFixed: problems.Word(200, "The email cannot be changed"),
    refusals.UnknownAccount: problems.Word(200, "There is no such user"),
    refusals.NotApproved: problems.Word(200, "The user is not let in yet"),
    refusals.InvalidFields: problems.Word(
        200, lambda refusal: f"Request holds what is not acceptable: {', '.join(refusal.fields)}"
    ),
    refusals.WrongCode: problems.Word(200, "The code is not valid"),
    refusals.KeyReused: problems.Word(422, "The Idempotency-Key was used with another request"),
    refusals.StillRunning: problems.Word(409, "The first request with this Idempotency-Key is still running"),
    refusals.WrongState: problems.Word(200, lambda refusal: f"That is {refusal.state}"),
    refusals.Overloaded: problems.Word(429, "Too many requests at this moment, try again soon"),
    refusals.Unavailable: problems.Word(503, "The server cannot reach its database, try again soon"),
    refusals.Fault: problems.Word(500, "The server met a defect of its own"),
}


def _body(said: problems.Said, refusal: refusals.Refusal) -> outputs.Told:
    return outputs.Told(False, said.sentence)


WORDS = problems.Words(TABLE, _body)
