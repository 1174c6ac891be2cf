"""Everything that goes wrong, one class a kind. All are `Fault`."""


class Fault(Exception):
    """The root of all kinds."""


class Unreachable(Fault):
    """No server, or none that could answer, for as long as it was to be tried."""


class Unreadable(Fault):
    """The server said something that its documents do not have."""


class SessionEnded(Fault):
    """The session of the live connection is over: signed out, disabled, deleted or expired. Another needs a new one."""


class Closed(Fault):
    """The line was closed, by its owner, before the answer came."""


class Refused(Fault):
    """The server said no. `key` is for programs where the API has one ("error.usernameTaken"), `message` for people."""

    def __init__(self, status: int, key: str, message: str) -> None:
        super().__init__(f"{status} {key} {message}".replace("  ", " "))
        self.status = status
        self.key = key
        self.message = message


class Invalid(Refused):
    """What was asked breaks a rule; asking the same again is of no use."""


class NotSignedIn(Refused):
    """There is no session, or it ended."""


class WrongCredentials(Refused):
    """Nobody signs in with these."""


class Forbidden(Refused):
    """There is no such thing, or it is not one's own to see: never told apart."""


class Taken(Refused):
    """Somebody has this username or e-mail."""


class NotEnoughFunds(Refused):
    """The wallet has less than that."""


class Throttled(Refused):
    """Too often. `retry_after_seconds` is when it is worth trying again."""

    def __init__(self, status: int, key: str, message: str, *, retry_after_seconds: float) -> None:
        super().__init__(status, key, message)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Throttled):
    """The server cannot do it at this moment."""


class Failed(Refused):
    """The server met a defect of its own."""
