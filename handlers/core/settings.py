"""What can be set about accounts, whichever API they come through: passwords, sessions, limits, pictures."""

from typing import Annotated, Literal

import msgspec

Seconds = Annotated[int, msgspec.Meta(ge=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class Passwords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How hard passwords are hashed, and how many may wait for it."""

    bcrypt_cost: Annotated[int, msgspec.Meta(ge=4, le=20)] = 12
    threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    queue_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 32


class Sessions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long somebody stays signed in, and how the cookies are marked."""

    idle_ttl_seconds: Seconds = 30 * 86400
    absolute_ttl_seconds: Seconds = 180 * 86400
    same_site: Literal["lax", "none"] = "lax"


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often somebody may fail to sign in, or have mails sent, before it is too often."""

    enabled: bool = True
    # Failed sign-ins of one account from one address, and of one address whatever the account, in one window.
    sign_in_failures_max: Count = 10
    sign_in_failures_address_max: Count = 100
    sign_in_window_seconds: Seconds = 900
    # Failed sign-ins of one account from anywhere: beyond it, addresses that it was never signed in from are refused.
    sign_in_failures_account_max: Count = 1000
    sign_in_account_window_seconds: Seconds = 86400
    # Requests for mails to one address of mail, over all APIs.
    mails_max: Count = 3
    mails_window_seconds: Seconds = 900


class Media(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where pictures are kept, and how many may be worked on."""

    directory: str = "var/media"
    threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    queue_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 32

    def __post_init__(self) -> None:
        if not self.directory:
            raise ValueError("directory: must not be empty")


class Links(msgspec.Struct, frozen=True):
    """Where mailed links lead (a token is appended), and how long they and what they grant last."""

    confirmation_url: str = "http://localhost:8080/confirm/"
    reset_url: str = "http://localhost:8080/reset/"
    ttl_seconds: Seconds = 3600
    reset_grant_ttl_seconds: Seconds = 900
    waitlist_url: str = "http://localhost:8080/waitlist/"
    waitlist_ttl_seconds: Seconds = 604_800


class Tokens(msgspec.Struct, frozen=True):
    """How signed tokens are made, and how long they last."""

    algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    ttl_seconds: Seconds = 3600
    refresh_ttl_seconds: Seconds = 2_592_000


class Invoices(msgspec.Struct, frozen=True):
    """What one allowance costs, in hundredths of the currency."""

    unit_price_cents: Count = 2500
    currency: str = "USD"


class Settings(msgspec.Struct, frozen=True):
    """All that the core is told of the configuration."""

    public_url: str = "http://localhost:8080"
    passwords: Passwords = msgspec.field(default_factory=Passwords)
    sessions: Sessions = msgspec.field(default_factory=Sessions)
    limits: Limits = msgspec.field(default_factory=Limits)
    links: Links = msgspec.field(default_factory=Links)
    media: Media = msgspec.field(default_factory=Media)
    tokens: Tokens = msgspec.field(default_factory=Tokens)
    invoices: Invoices = msgspec.field(default_factory=Invoices)

    @property
    def media_url(self) -> str:
        """What the addresses of pictures begin with; the name follows."""
        return f"{self.public_url}/media/"
