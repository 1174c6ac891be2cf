"""What can be set about the community API."""

from typing import Annotated

import msgspec


class Community(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `community` of the configuration."""

    hosts: tuple[str, ...] = ()
    """Host names at whose root this API is served, beside its prefix."""
    settlement_delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=86400)] = 0
    """How long a payment stays pending before it is settled."""
