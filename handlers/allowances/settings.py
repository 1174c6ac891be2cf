"""What can be set about the allowances API."""

from typing import Annotated, Literal

import msgspec

Seconds = Annotated[int, msgspec.Meta(ge=1)]


class Allowances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `allowances` of the configuration."""

    hosts: tuple[str, ...] = ()
    """Host names at whose root this API is served, beside its prefix."""
    encoded_login: bool = False
    """Whether replies of `/login` and `/login/refresh` are JSON strings that contain JSON: one client reads them so."""
    token_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    """How tokens are signed. Tokens that claim any other are refused."""
    token_ttl_seconds: Seconds = 3600
    """How long id and access tokens last."""
    refresh_ttl_seconds: Seconds = 2_592_000
    """How long refresh tokens last."""
    waitlist_link_ttl_seconds: Seconds = 604_800
    """How long the link works that was mailed to somebody who asked to be let in."""
    unit_price_cents: Annotated[int, msgspec.Meta(ge=1, le=100_000_000)] = 2500
    """What an invoice asks for one allowance, in hundredths of the currency."""
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "USD"
    """The currency of invoices, as its three letters of ISO 4217."""
