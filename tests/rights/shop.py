"""shop: who may what. An invalid session is 403 there."""

from tests import serving
from tests.rights.cast import EVERYBODY, SIGNED_IN, WITH_PASSWORD, Cast, Who
from tests.rights.rows import Row, Table

INVALID = frozenset({400, 403})


def login(cast: Cast, who: Who) -> dict[str, object]:
    """Of who asks, with a token that is nobody else's."""
    return {**cast.credentials(who), "token": f"new token {cast.new()}"}


def renewal(cast: Cast, who: Who) -> dict[str, object]:
    """A token that is nobody else's."""
    return {"new_token": f"new token {cast.new()}"}


def purchase(cast: Cast, who: Who) -> dict[str, object]:
    """Of what everybody can pay."""
    return {"item_id": cast.things["item"]}


def transfer(cast: Cast, who: Who) -> dict[str, object]:
    """To the friend, of what everybody has."""
    return {"recipient": cast.friend.id, "amount": 1}


def row(may: frozenset[Who], body: object = None) -> Row:
    """In the shop's way: without a token it is missing."""
    return Row(may, body or {}, nobody=INVALID)


TABLE: Table = {
    "POST /login": row(WITH_PASSWORD, login),
    "POST /validate-session": row(SIGNED_IN),
    "POST /update-password": row(SIGNED_IN, {"old_password": serving.PASSWORD, "new_password": "another password"}),
    "POST /expire-session": row(SIGNED_IN),
    "POST /update-session": row(SIGNED_IN, renewal),
    "POST /get-balance": row(SIGNED_IN),
    "POST /transactions": row(SIGNED_IN),
    "POST /transfer": row(SIGNED_IN, transfer),
    "POST /items": row(EVERYBODY),
    "POST /buy": row(SIGNED_IN, purchase),
}
