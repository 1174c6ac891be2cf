"""Every sentence of the allowances API. Whoever shows no token is told so in a form of its own. Source: contract, 7."""

import msgspec

from handlers.allowances import outputs
from handlers.core import refusals
from handlers.rest import problems

USER_UPDATED = "User successfully updated!"
CREATED = "Transaction successfully created"
UPDATED = "Transaction successfully updated!"
DELETED = "Transaction successfully deleted!"
CANCELLED = "Transaction Status: CANCELLED!"
PROCESSING = "Transaction Status: PROCESSING!"
LOGGED_OUT = "User successfully logged out!"
WAITLISTED = "Please confirm your email by the link that was sent to it."
CONFIRMED = "Email successfully confirmed!"
SIGNED_UP = "User successfully signed up!"
UNAUTHORIZED = "Unauthorized"


class Unauthorized(msgspec.Struct):
    """What a gateway says before the API is asked."""

    message: str = UNAUTHORIZED


TABLE: problems.Table = {
    refusals.Malformed: problems.Word(400, lambda refusal: f"Bad request: {refusal.reason}"),
    refusals.Missing: problems.Word(400, lambda refusal: f"Missing: {', '.join(refusal.names)}"),
    refusals.TooLarge: problems.Word(413, lambda refusal: f"The request is larger than {refusal.limit_bytes} bytes"),
    refusals.UnknownPath: problems.Word(404, "There is no such resource"),
    refusals.WrongMethod: problems.Word(405, "The resource does not have this method"),
    refusals.NotSignedIn: problems.Word(401, UNAUTHORIZED),
    refusals.WrongCredentials: problems.Word(401, "Incorrect username or password."),
    refusals.SessionTooOld: problems.Word(401, "The refresh token is not valid."),
    refusals.NotEntitled: problems.Word(404, "Not found"),
    refusals.OperatorsOnly: problems.Word(403, "For operators only"),
    refusals.Foreign: problems.Word(403, "Sent from another site"),
    refusals.Throttled: problems.Word(
        429, lambda refusal: f"Too many attempts, try again in {refusal.retry_after_seconds} seconds"
    ),
    refusals.Invalid: problems.Word(400, lambda refusal: f"{refusal.field} {refusal.reason}"),
    refusals.UsernameTaken: problems.Word(409, "The username is taken"),
    refusals.EmailTaken: problems.Word(409, "The email is taken"),
    refusals.InvalidEmail: problems.Word(400, "This is not an email address"),
    refusals.InvalidUsername: problems.Word(400, lambda refusal: f"A username has {refusal.reason}"),
    refusals.WeakPassword: problems.Word(
        400, lambda refusal: f"A password has at least {refusal.characters_min} characters"
    ),
    refusals.UnknownCommunity: problems.Word(400, "There is no such community"),
    refusals.NoCommunity: problems.Word(400, "The user belongs to no community"),
    refusals.OwnAd: problems.Word(400, "The ad is the user's own"),
    refusals.WithYourself: problems.Word(400, "That is the user"),
    refusals.NobodyElse: problems.Word(400, "Somebody else has to be in it"),
    refusals.PrivateThread: problems.Word(400, "The thread is private"),
    refusals.AlreadyAuthorized: problems.Word(400, "Linked already"),
    refusals.NotEnoughFunds: problems.Word(400, "The balance is too low"),
    refusals.UnknownRecipient: problems.Word(404, "There is no such recipient"),
    refusals.UnknownAd: problems.Word(400, "There is no such ad"),
    refusals.NotPayable: problems.Word(400, "The ad is not payable by the user"),
    refusals.OtherBeneficiary: problems.Word(400, "The beneficiary is not the author of the ad"),
    refusals.NoEmail: problems.Word(409, "The user has no email that an invoice could be sent to"),
    refusals.EmailFixed: problems.Word(400, "The email cannot be changed"),
    refusals.UnknownAccount: problems.Word(404, "There is no such user"),
    refusals.NotApproved: problems.Word(403, "The email is not confirmed and approved on the waitlist yet"),
    refusals.InvalidFields: problems.Word(400, lambda refusal: f"Invalid: {', '.join(refusal.fields)}"),
    refusals.WrongCode: problems.Word(400, "The code is not valid"),
    refusals.KeyReused: problems.Word(422, "The Idempotency-Key was used with another request"),
    refusals.StillRunning: problems.Word(409, "The first request with this Idempotency-Key is still running"),
    refusals.WrongState: problems.Word(409, lambda refusal: f"Transaction Status: {refusal.state}"),
    refusals.Overloaded: problems.Word(429, "Too many requests at this moment, try again soon"),
    refusals.Unavailable: problems.Word(503, "The server cannot reach its database, try again soon"),
    refusals.Fault: problems.Word(500, "The server met a defect of its own"),
}


def _body(said: problems.Said, refusal: refusals.Refusal) -> outputs.Said | Unauthorized:
    if isinstance(refusal, refusals.NotSignedIn):
        return Unauthorized()
    return outputs.Said(status_code=said.status, body=said.sentence)


WORDS = problems.Words(TABLE, _body)
