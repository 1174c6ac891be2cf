"""Every reason for which an act, or the toolkit before it, says no.

A refusal is a class with data and never a sentence: each API's `words.py` owns the text and the status it answers with.
What no API has words for is a defect that the house tests find.
"""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """The root of all reasons. Never raised itself."""


# --- the request cannot be read ---------------------------------------------------------------------------------------


class Malformed(Refusal):
    """The request is not what its endpoint reads: broken JSON, another shape, NUL, a number out of range."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Missing(Refusal):
    """Fields that the document requires are absent. `names` are all of them, or the first that is not there."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.names = names


class TooLarge(Refusal):
    """The body has more bytes than its endpoint takes."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limit_bytes)
        self.limit_bytes = limit_bytes


class UnknownPath(Refusal):
    """The API has no such path."""


class WrongMethod(Refusal):
    """The path exists, its method does not."""

    def __init__(self, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(*allowed)
        self.allowed = allowed


# --- the requester may not --------------------------------------------------------------------------------------------


class NotSignedIn(Refusal):
    """No session, or one that ended."""


class WrongCredentials(Refusal):
    """The identifier is unknown, the password is wrong, or the account cannot be signed in to: never told apart."""


class SessionTooOld(Refusal):
    """Signed in, but too long ago for what is asked, and without a grant for it."""


class NotEntitled(Refusal):
    """The thing does not exist or is not the requester's to see: never told apart."""


class OperatorsOnly(Refusal):
    """The requester is signed in and no operator."""


class Foreign(Refusal):
    """A browser sent it for a page of another site."""


class Throttled(Refusal):
    """A limit is reached. `retry_after_seconds` is when it is worth trying again, `limit` what is counted."""

    def __init__(self, retry_after_seconds: int, limit: str = "") -> None:
        super().__init__(retry_after_seconds, limit)
        self.retry_after_seconds = max(1, retry_after_seconds)
        self.limit = limit


# --- the value is not acceptable --------------------------------------------------------------------------------------


class Invalid(Refusal):
    """A field's value breaks its rule. `field` is the core's name of it, `reason` a short English phrase."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


class UsernameTaken(Refusal):
    """Another account has this username, in any case."""


class EmailTaken(Refusal):
    """Another account has this e-mail, in any case."""


class InvalidEmail(Refusal):
    """Not the form of an e-mail address."""


class InvalidUsername(Refusal):
    """A username that is too short, too long, or holds an "@" or a control character."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WeakPassword(Refusal):
    """Fewer characters than a new password needs."""

    def __init__(self, characters_min: int) -> None:
        super().__init__(characters_min)
        self.characters_min = characters_min


class UnknownCommunity(Refusal):
    """There is no community of this id."""


class NoCommunity(Refusal):
    """The requester belongs to no community, and the act needs one."""


class OwnAd(Refusal):
    """The ad is the requester's own, and the act needs another's."""


class WithYourself(Refusal):
    """The other person of the act is the requester."""


class NobodyElse(Refusal):
    """A group needs at least one other member."""


class PrivateThread(Refusal):
    """The act is for groups, the thread is private."""


class AlreadyAuthorized(Refusal):
    """The account's Instagram is linked already."""


class NotEnoughFunds(Refusal):
    """The wallet has less available than the act takes."""


class UnknownRecipient(Refusal):
    """There is nobody of this id whom the requester could pay."""


class UnknownAd(Refusal):
    """There is no ad of this id in the requester's community."""


class NotPayable(Refusal):
    """The ad is not one that the requester pays for."""


class OtherBeneficiary(Refusal):
    """Whoever is paid for an ad that gives is its author."""


class NoEmail(Refusal):
    """The account has no e-mail, and the act needs one."""


class EmailFixed(Refusal):
    """The e-mail of an account cannot be changed here."""


class UnknownAccount(Refusal):
    """No account has this name. Said only where the contract lets it be told."""


class NotApproved(Refusal):
    """The e-mail was not let in from the waiting list."""


class InvalidFields(Refusal):
    """Values break their rules. `fields` are all these in the document's order, with what was given; UNSET: nothing."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(*fields)
        self.fields = fields


class WrongCode(Refusal):
    """A mailed code is not the one, or (`is_spent`) not good any more: used, replaced, expired or tried too often."""

    def __init__(self, *, is_spent: bool) -> None:
        super().__init__(is_spent)
        self.is_spent = is_spent


# --- the moment is wrong ----------------------------------------------------------------------------------------------


class KeyReused(Refusal):
    """The Idempotency-Key was used with another request."""


class StillRunning(Refusal):
    """The first request of this Idempotency-Key has not ended."""


class WrongState(Refusal):
    """The thing is in a state from which this move does not lead on. `state` is that state's word."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Overloaded(Refusal):
    """A bounded queue is full. `retry_after_seconds` is when it is worth trying again."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Refusal):
    """The database cannot be reached now. `retry_after_seconds` is when it is worth trying again."""

    def __init__(self, retry_after_seconds: int = 2) -> None:
        super().__init__(retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class Fault(Refusal):
    """A defect of ours. What it was is in the log, never in the answer."""
