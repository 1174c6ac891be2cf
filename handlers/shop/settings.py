"""What can be set about the shop API."""

import msgspec


class Shop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `shop` of the configuration."""

    hosts: tuple[str, ...] = ()
    """Host names at whose root this API is served, beside its prefix."""
