"""What the shop accepts, in the order of the document's parameters. Of fields that are absent the first is named."""

from typing import Annotated, Any

import msgspec

from handlers.rest import amounts

Login = Annotated[str, msgspec.Meta(max_length=254)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]
Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
# Whatever it is: what is no string stands for nobody, which is said in other words than "malformed".
Token = Annotated[
    Any,
    msgspec.Meta(
        description="Chosen by the client.", extra_json_schema={"type": "string", "minLength": 8, "maxLength": 128}
    ),
]


class SignIn(msgspec.Struct):
    """Source: POST /login. `username` takes an e-mail too; without a token one is made."""

    username: Login | None = None
    password: Password | None = None
    token: Token = msgspec.UNSET


class Session(msgspec.Struct):
    """Who asks, and nothing else: /validate-session, /expire-session, /get-balance, /transactions."""

    token: Token = msgspec.UNSET


class NewPassword(msgspec.Struct):
    """Source: POST /update-password."""

    old_password: Password | None = None
    new_password: Password | None = None
    token: Token = msgspec.UNSET


class NewToken(msgspec.Struct):
    """Source: POST /update-session."""

    token: Token = msgspec.field(default=msgspec.UNSET, name="old_token")
    new_token: Token = msgspec.UNSET


class Purchase(msgspec.Struct):
    """Source: POST /buy."""

    token: Token = msgspec.UNSET
    item_id: Id | None = None


class Transfer(msgspec.Struct):
    """Source: POST /transfer. The amount is whole credits."""

    token: Token = msgspec.UNSET
    recipient: Id | None = None
    amount: amounts.Amount | msgspec.UnsetType = msgspec.UNSET


class Anything(msgspec.Struct):
    """Source: POST /items, and contract, 6: neither a token nor a body is needed, and a token is not looked at."""
