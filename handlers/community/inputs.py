"""What community accepts. Amounts are numbers or numeric strings, ids whole numbers; null is like absent."""

from typing import Annotated, Literal

import msgspec

from handlers.rest import amounts, queries

Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Login = Annotated[str, msgspec.Meta(max_length=254)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]
Description = Annotated[str, msgspec.Meta(max_length=10_000)]
Location = Annotated[str, msgspec.Meta(max_length=500)]
AdTitle = Annotated[str, msgspec.Meta(max_length=500)]
ThreadTitle = Annotated[str, msgspec.Meta(max_length=500)]
# The body itself, not in JSON: `data:image/jpeg;base64,...`.
Picture = Annotated[str, msgspec.Meta(description="A data URL of a JPEG, PNG, WebP or GIF of at most 8 MB, in base64.")]


class Credentials(msgspec.Struct):
    """Source: POST /login. `username` takes an e-mail too."""

    username: Login
    password: Password


class NewAccount(msgspec.Struct, rename="camel"):
    """Source: POST /create-account, and contract, 3, for `email`."""

    username: Login
    password: Password
    first_name: Name
    last_name: Name
    community_id: Id
    description: Description | None = None
    location: Location | None = None
    email: Login | None = None


class Profile(msgspec.Struct, rename="camel"):
    """Source: POST /users/:id. What is absent stays as it is; the path's id counts."""

    first_name: Name | None = None
    last_name: Name | None = None
    description: Description | None = None
    location: Location | None = None


class MobileDevice(msgspec.Struct, rename="camel"):
    """Source: POST /users/:id/mobile-device."""

    push_notification_token: str


class NewAd(msgspec.Struct):
    """Source: POST /ads."""

    type: Literal["WANT", "GIVE"]
    title: AdTitle
    description: Description
    amount: amounts.Amount
    location: Location | None = None


class Group(msgspec.Struct, rename="camel"):
    """Source: POST /message-threads/group and /message-threads/:id/group."""

    member_ids: Annotated[list[Id], msgspec.Meta(max_length=1000)]
    title: ThreadTitle | None = None


class NewMessage(msgspec.Struct, rename="camel"):
    """Source: POST /message-threads/:id/messages. `thread_id` must agree with the path's."""

    text: Annotated[str, msgspec.Meta(max_length=10_000)]
    thread_id: Id | Annotated[str, msgspec.Meta(max_length=20)] | None = None


class Payment(msgspec.Struct, rename="camel"):
    """Source: POST /transactions. `amount` is in tokens, with up to 2 decimals."""

    description: Description
    amount: amounts.Amount
    beneficiary_id: Id
    ad_id: Id | None = None


class Filter(queries.Page):
    """Source: contract, 3, Ads: what clients ask the board for."""

    filter: Annotated[str, msgspec.Meta(description="A part of the title, description or author's names.")] | None = (
        None
    )
