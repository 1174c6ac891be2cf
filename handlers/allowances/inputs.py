"""What the allowances API accepts. A field that is absent or null is missing where the document asks for it."""

from typing import Annotated

import msgspec

from handlers.rest import amounts

Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Login = Annotated[str, msgspec.Meta(max_length=254)]
Username = Annotated[str, msgspec.Meta(max_length=64)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]
Token = Annotated[str, msgspec.Meta(max_length=4096)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Organization = Annotated[str, msgspec.Meta(max_length=200)]


class Credentials(msgspec.Struct):
    """Source: /login, post. `username` takes an e-mail too."""

    username: Login | None = None
    password: Password | None = None


class Refresh(msgspec.Struct):
    """Source: contract, 7."""

    refresh_token: Token | None = None


class Profile(msgspec.Struct):
    """Source: /user, patch. What is absent stays as it is; emissions have at most 6 decimals."""

    name: Name | None = None
    organization: Organization | None = None
    emissions: amounts.Amount | msgspec.UnsetType = msgspec.UNSET


class NewOrder(msgspec.Struct):
    """Source: /buy, put. A number of allowances, with at most 6 decimals."""

    value: amounts.Amount | msgspec.UnsetType = msgspec.UNSET


class RevisedOrder(msgspec.Struct):
    """Source: /buy, patch."""

    transaction_id: Id | None = None
    value: amounts.Amount | msgspec.UnsetType = msgspec.UNSET


class Order(msgspec.Struct):
    """Which one. Source: /buy, delete; /buy/cancel and /buy/place, post."""

    transaction_id: Id | None = None


class Address(msgspec.Struct):
    """Who asks to be let in. Source: contract, 7, the waitlist."""

    email: Login | None = None


class Newcomer(msgspec.Struct):
    """Who signs up. Source: contract, 7, the waitlist."""

    username: Username | None = None
    password: Password | None = None
    email: Login | None = None
    name: Name | None = None
    organization: Organization | None = None
