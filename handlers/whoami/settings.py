"""What can be set about the whoami API."""

from typing import Annotated

import msgspec

Seconds = Annotated[int, msgspec.Meta(ge=1)]


class Whoami(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `whoami` of the configuration."""

    hosts: tuple[str, ...] = ()
    """Host names at whose root this API is served, beside its prefix."""
    frontend_url: str = ""
    """Where links of mails lead in the end (`/signin`, `/signup`, `/reset_pw` are appended). Empty: our own pages."""
    link_ttl_seconds: Seconds = 3600
    """How long a mailed link works."""
    reset_grant_ttl_seconds: Seconds = 900
    """How long after following a reset link the new password may be set."""
    recent_sign_in_seconds: Seconds = 600
    """How long after signing in the password may be changed without such a link."""
