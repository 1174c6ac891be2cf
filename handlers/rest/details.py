"""What the server's own endpoints say when they say no: problem details (RFC 9457). Source: contract, 9."""

from http import HTTPStatus

import msgspec

from handlers.core import refusals
from handlers.rest import problems

CONTENT_TYPE = "application/problem+json"


class Problem(msgspec.Struct):
    """A refusal. `type` is the status's own: there is nothing more to look up."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"


TABLE: problems.Table = {
    refusals.Malformed: problems.Word(400, lambda refusal: refusal.reason),
    refusals.Missing: problems.Word(400, lambda refusal: f"missing: {', '.join(refusal.names)}"),
    refusals.TooLarge: problems.Word(413, lambda refusal: f"at most {refusal.limit_bytes} bytes"),
    refusals.UnknownPath: problems.Word(404, "there is no such path"),
    refusals.WrongMethod: problems.Word(405, "the path does not have this method"),
    refusals.NotSignedIn: problems.Word(401, "not signed in"),
    refusals.WrongCredentials: problems.Word(401, "the login or the password is not right"),
    refusals.SessionTooOld: problems.Word(403, "signed in too long ago for this"),
    refusals.NotEntitled: problems.Word(404, "there is no such thing, or it is not yours to see"),
    refusals.OperatorsOnly: problems.Word(403, "for operators only"),
    refusals.Foreign: problems.Word(403, "sent from a page of another site"),
    refusals.Throttled: problems.Word(429, "too many attempts"),
    refusals.Invalid: problems.Word(400, lambda refusal: f"{refusal.field} {refusal.reason}"),
    refusals.UsernameTaken: problems.Word(409, "the username is taken"),
    refusals.EmailTaken: problems.Word(409, "the e-mail is taken"),
    refusals.InvalidEmail: problems.Word(400, "not an e-mail address"),
    refusals.InvalidUsername: problems.Word(400, lambda refusal: f"a username has {refusal.reason}"),
    refusals.WeakPassword: problems.Word(
        400, lambda refusal: f"a password has at least {refusal.characters_min} characters"
    ),
    refusals.UnknownCommunity: problems.Word(400, "there is no such community"),
    refusals.NoCommunity: problems.Word(400, "the account belongs to no community"),
    refusals.OwnAd: problems.Word(400, "the ad is the account's own"),
    refusals.WithYourself: problems.Word(400, "the other person is the account itself"),
    refusals.NobodyElse: problems.Word(400, "somebody else has to be in it"),
    refusals.PrivateThread: problems.Word(400, "the thread is private"),
    refusals.AlreadyAuthorized: problems.Word(409, "linked already"),
    refusals.NotEnoughFunds: problems.Word(409, "the wallet has too little"),
    refusals.UnknownRecipient: problems.Word(404, "there is no such recipient"),
    refusals.UnknownAd: problems.Word(400, "there is no such ad"),
    refusals.NotPayable: problems.Word(400, "the ad is not payable by the account"),
    refusals.OtherBeneficiary: problems.Word(400, "the beneficiary is not the author of the ad"),
    refusals.NoEmail: problems.Word(409, "the account has no e-mail"),
    refusals.EmailFixed: problems.Word(400, "the e-mail cannot be changed"),
    refusals.UnknownAccount: problems.Word(404, "there is no such account"),
    refusals.NotApproved: problems.Word(403, "the e-mail is not approved"),
    refusals.InvalidFields: problems.Word(400, lambda refusal: f"not acceptable: {', '.join(refusal.fields)}"),
    refusals.WrongCode: problems.Word(400, "the code is not valid"),
    refusals.KeyReused: problems.Word(422, "the Idempotency-Key was used with another request"),
    refusals.StillRunning: problems.Word(409, "the first request of this Idempotency-Key is still running"),
    refusals.WrongState: problems.Word(409, lambda refusal: f"it is {refusal.state}"),
    refusals.Overloaded: problems.Word(429, "too many requests at this moment"),
    refusals.Unavailable: problems.Word(503, "the database cannot be reached"),
    refusals.Fault: problems.Word(500, "a defect of the server"),
}


def _body(said: problems.Said, _refusal: refusals.Refusal) -> Problem:
    return Problem(HTTPStatus(said.status).phrase, said.status, said.sentence)


WORDS = problems.Words(TABLE, _body, CONTENT_TYPE)
