"""Every sentence of community. Clients read `key`; 468 is for what a person should be shown. Source: contract, 3."""

import msgspec

from handlers.core import refusals
from handlers.rest import problems


class Error(msgspec.Struct):
    """The body of every refusal."""

    key: str
    message: str


def _missing(refusal: refusals.Missing) -> str:
    return f"Missing: {', '.join(refusal.names)}"


TABLE: problems.Table = {
    refusals.Malformed: problems.Word(400, lambda refusal: f"Bad request: {refusal.reason}", "error.badRequest"),
    refusals.Missing: problems.Word(400, _missing, "error.badRequest"),
    refusals.TooLarge: problems.Word(413, "The request is too large", "error.tooLarge"),
    refusals.UnknownPath: problems.Word(404, "There is no such path", "error.notFound"),
    refusals.WrongMethod: problems.Word(405, "The path does not have this method", "error.methodNotAllowed"),
    refusals.NotSignedIn: problems.Word(401, "Please sign in", "error.unauthorized"),
    refusals.WrongCredentials: problems.Word(401, "Wrong username or password", "error.loginFailed"),
    refusals.SessionTooOld: problems.Word(401, "Please sign in again", "error.unauthorized"),
    refusals.NotEntitled: problems.Word(403, "You have no access to this", "error.forbidden"),
    refusals.OperatorsOnly: problems.Word(403, "You have no access to this", "error.forbidden"),
    refusals.Foreign: problems.Word(403, "Sent from another site", "error.forbidden"),
    refusals.Throttled: problems.Word(429, "Too many attempts, please try again later", "error.tooManyRequests"),
    refusals.Invalid: problems.Word(400, lambda refusal: f"{refusal.field} {refusal.reason}", "error.badRequest"),
    refusals.UsernameTaken: problems.Word(468, "This username is already taken", "error.usernameTaken"),
    refusals.EmailTaken: problems.Word(468, "This e-mail is already taken", "error.emailTaken"),
    refusals.InvalidEmail: problems.Word(400, "This is not an e-mail address", "error.badRequest"),
    refusals.InvalidUsername: problems.Word(
        400, lambda refusal: f"A username has {refusal.reason}", "error.badRequest"
    ),
    refusals.WeakPassword: problems.Word(
        400, lambda refusal: f"A password has at least {refusal.characters_min} characters", "error.badRequest"
    ),
    refusals.UnknownCommunity: problems.Word(400, "There is no such community", "error.badRequest"),
    refusals.NoCommunity: problems.Word(400, "You belong to no community yet", "error.badRequest"),
    refusals.OwnAd: problems.Word(400, "This is your own ad", "error.badRequest"),
    refusals.WithYourself: problems.Word(400, "This is yourself", "error.badRequest"),
    refusals.NobodyElse: problems.Word(400, "A group has at least one other member", "error.badRequest"),
    refusals.PrivateThread: problems.Word(400, "This is a private thread", "error.badRequest"),
    refusals.AlreadyAuthorized: problems.Word(400, "Your Instagram account is linked already", "error.badRequest"),
    refusals.NotEnoughFunds: problems.Word(468, "Not enough funds", "error.notEnoughFunds"),
    refusals.UnknownRecipient: problems.Word(400, "There is no such beneficiary in your community", "error.badRequest"),
    refusals.UnknownAd: problems.Word(400, "There is no such ad in your community", "error.badRequest"),
    refusals.NotPayable: problems.Word(400, "This ad is not payable by you", "error.badRequest"),
    refusals.OtherBeneficiary: problems.Word(400, "The beneficiary is not the author of the ad", "error.badRequest"),
    refusals.NoEmail: problems.Word(400, "You have no e-mail address", "error.badRequest"),
    refusals.EmailFixed: problems.Word(400, "The e-mail cannot be changed", "error.badRequest"),
    refusals.UnknownAccount: problems.Word(400, "There is no such account", "error.badRequest"),
    refusals.NotApproved: problems.Word(403, "You are not let in yet", "error.forbidden"),
    refusals.InvalidFields: problems.Word(
        400, lambda refusal: f"Bad request: {', '.join(refusal.fields)}", "error.badRequest"
    ),
    refusals.WrongCode: problems.Word(400, "The code is not valid", "error.badRequest"),
    refusals.KeyReused: problems.Word(422, "The Idempotency-Key was used with another request", "error.keyReused"),
    refusals.StillRunning: problems.Word(409, "The first request of this key is still running", "error.stillRunning"),
    refusals.WrongState: problems.Word(409, lambda refusal: f"This is {refusal.state}", "error.conflict"),
    refusals.Overloaded: problems.Word(429, "Too many requests, please try again soon", "error.tooManyRequests"),
    refusals.Unavailable: problems.Word(503, "Not available, please try again soon", "error.unavailable"),
    refusals.Fault: problems.Word(500, "Something went wrong on the server", "error.internal"),
}


def _body(said: problems.Said, refusal: refusals.Refusal) -> Error:
    return Error(said.key, said.sentence)


WORDS = problems.Words(TABLE, _body)
