"""What can be set about the auth-service API."""

from typing import Annotated

import msgspec


class AuthService(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `auth_service` of the configuration."""

    hosts: tuple[str, ...] = ()
    """Host names at whose root this API is served, beside its prefix."""
    code_ttl_seconds: Annotated[int, msgspec.Meta(ge=1)] = 1200
    """How long a mailed code works."""
    code_attempts_max: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    """How often a code may be mistyped before it is void."""
