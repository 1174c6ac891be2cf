"""What can be set about mail. Each field's unit is the end of its name."""

from typing import Annotated

import msgspec

from mail import letters

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class Mail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `mail` of the configuration. Refuses (ValueError): a sender that is no address."""

    # Where letters go: smtp://user:password@host:587?starttls=true or smtps://... Empty: the embedded sink.
    url: str = ""
    # The From of every letter.
    sender: str = "Hiroba <no-reply@localhost>"
    # Whether the embedded sink's mailbox may be shown beyond loopback.
    mailbox_public: bool = False
    # How often the courier looks for letters that nobody woke it for: retries, and those of other processes.
    poll_seconds: Seconds = 1.0
    # How many letters it takes at once.
    batch_letters_max: Count = 10
    # How long letters stay with a courier that fell silent. A living one renews its lease.
    lease_seconds: Seconds = 6.0
    # How long one letter's whole exchange with the mail server may take.
    timeout_seconds: Seconds = 60.0
    # After so many attempts a letter is given up: with these waits, about six hours.
    attempts_max: Count = 32
    # The wait after the first failed attempt, doubled with every further one, up to the last.
    backoff_first_seconds: Seconds = 5.0
    backoff_max_seconds: Seconds = 900.0
    # The largest message that the embedded sink takes.
    message_bytes_max: Count = 26_214_400

    def __post_init__(self) -> None:
        letters.sender(self.sender)
