"""What the pages are told of the configuration. It has no section of its own."""

import msgspec


class Settings(msgspec.Struct, frozen=True):
    """Filled by the server from the sections `mail` and `whoami`."""

    has_mailbox: bool = False
    """Whether mail goes to the embedded sink. If it goes elsewhere, there is no `/mailbox`."""
    recent_sign_in_seconds: int = 600
    """How long after signing in the password may be changed without a mailed link."""
