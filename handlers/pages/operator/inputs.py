"""What `/operator/api` accepts: the arguments of the commands, by their names."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from handlers.core import refusals
from handlers.rest import amounts

Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Login = Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]
# How a day and a moment are written.
MOMENTS = "2026-01-31 or 2026-01-31T12:00:00Z"


class Input(msgspec.Struct, rename="camel", kw_only=True):
    """Names as JSON has them."""


class NewAccount(Input):
    """account create. An e-mail is taken as confirmed."""

    username: Login
    password: Password
    email: Login | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    community_id: Id | None = None


class Named(Input):
    """Whoever has this username, or e-mail."""

    username: Login


class Promotion(Input):
    """account promote."""

    username: Login
    role: Literal["operator", "coordinator"]


class NewCommunity(Input):
    """community create."""

    name: Name


class Mint(Input):
    """community mint. At most 2 decimals."""

    id: Id
    amount: amounts.Amount


class Credit(Input):
    """shop credit. Whole credits."""

    username: Login
    amount: amounts.Amount


class NewItem(Input):
    """item add. The price is whole credits."""

    name: Name
    price: amounts.Amount


class Order(Input):
    """order complete."""

    id: Id


class Address(Input):
    """waitlist approve."""

    email: Login


def moment(name: str, text: str) -> datetime:
    """A day or a moment (ISO 8601), in UTC unless it says otherwise. Refuses: Invalid."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise refusals.Invalid(name, f"is a day or a moment, as in {MOMENTS}") from fault
