"""Every sentence of the shop. Source: contract, 6, for those that its clients know."""

import msgspec

from handlers.core import refusals
from handlers.rest import problems

PASSWORD_UPDATED = "Password updated"
SESSION_EXPIRED = "Session expired"
SESSION_UPDATED = "Session updated"
INVALID_SESSION = "Invalid session"


class Error(msgspec.Struct):
    """The body of every refusal."""

    error: str


TABLE: problems.Table = {
    refusals.Malformed: problems.Word(400, lambda refusal: f"Bad request: {refusal.reason}"),
    refusals.Missing: problems.Word(400, lambda refusal: f"Missing {refusal.names[0]}"),
    refusals.TooLarge: problems.Word(413, lambda refusal: f"The request is larger than {refusal.limit_bytes} bytes"),
    refusals.UnknownPath: problems.Word(404, "There is no such endpoint"),
    refusals.WrongMethod: problems.Word(405, "Every endpoint takes POST, and nothing else"),
    refusals.NotSignedIn: problems.Word(403, INVALID_SESSION),
    refusals.WrongCredentials: problems.Word(403, "Invalid username or password"),
    refusals.SessionTooOld: problems.Word(403, INVALID_SESSION),
    # All that anybody asks for by an id of its own is an item.
    refusals.NotEntitled: problems.Word(404, "Item not found"),
    refusals.OperatorsOnly: problems.Word(403, "For operators only"),
    refusals.Foreign: problems.Word(403, "Sent from another site"),
    refusals.Throttled: problems.Word(
        429, lambda refusal: f"Too many attempts, try again in {refusal.retry_after_seconds} seconds"
    ),
    refusals.Invalid: problems.Word(400, lambda refusal: f"Invalid {refusal.field}"),
    refusals.UsernameTaken: problems.Word(400, "The username is taken"),
    refusals.EmailTaken: problems.Word(400, "The email is taken"),
    refusals.InvalidEmail: problems.Word(400, "Invalid email"),
    refusals.InvalidUsername: problems.Word(400, lambda refusal: f"Invalid username: {refusal.reason}"),
    refusals.WeakPassword: problems.Word(
        400, lambda refusal: f"A password has at least {refusal.characters_min} characters"
    ),
    refusals.UnknownCommunity: problems.Word(400, "There is no such community"),
    refusals.NoCommunity: problems.Word(400, "The team belongs to no community"),
    refusals.OwnAd: problems.Word(400, "The ad is the team's own"),
    refusals.WithYourself: problems.Word(400, "The recipient is the team itself"),
    refusals.NobodyElse: problems.Word(400, "Somebody else has to be in it"),
    refusals.PrivateThread: problems.Word(400, "The thread is private"),
    refusals.AlreadyAuthorized: problems.Word(400, "Linked already"),
    refusals.NotEnoughFunds: problems.Word(403, "Insufficient funds"),
    refusals.UnknownRecipient: problems.Word(404, "Team not found"),
    refusals.UnknownAd: problems.Word(400, "There is no such ad"),
    refusals.NotPayable: problems.Word(400, "The ad is not payable by the team"),
    refusals.OtherBeneficiary: problems.Word(400, "The recipient is not the author of the ad"),
    refusals.NoEmail: problems.Word(400, "The team has no email"),
    refusals.EmailFixed: problems.Word(400, "The email cannot be changed"),
    refusals.UnknownAccount: problems.Word(404, "Team not found"),
    refusals.NotApproved: problems.Word(403, "The team is not let in yet"),
    refusals.InvalidFields: problems.Word(400, lambda refusal: f"Invalid: {', '.join(refusal.fields)}"),
    refusals.WrongCode: problems.Word(400, "Invalid code"),
    refusals.KeyReused: problems.Word(422, "The Idempotency-Key was used with another request"),
    refusals.StillRunning: problems.Word(409, "The first request with this Idempotency-Key is still running"),
    refusals.WrongState: problems.Word(409, lambda refusal: f"It is {refusal.state}"),
    refusals.Overloaded: problems.Word(429, "Too many requests at this moment, try again soon"),
    refusals.Unavailable: problems.Word(503, "The server cannot reach its database, try again soon"),
    refusals.Fault: problems.Word(500, "The server met a defect of its own"),
}


def _body(said: problems.Said, refusal: refusals.Refusal) -> Error:
    return Error(said.sentence)


WORDS = problems.Words(TABLE, _body)
