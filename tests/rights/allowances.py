"""allowances: who may what. Another's order looks like an unknown one."""

from tests import serving
from tests.rights.cast import EVERYBODY, SIGNED_IN, WITH_PASSWORD, Cast, Who
from tests.rights.rows import Row, Table

MINE = frozenset({Who.MEMBER})
HIDDEN = frozenset({404})
NOBODY = frozenset[Who]()


def drafted(cast: Cast, who: Who) -> dict[str, object]:
    """The member's order that is a draft."""
    return {"transaction_id": cast.things["drafted"]}


def revised(cast: Cast, who: Who) -> dict[str, object]:
    """The member's draft, of another size."""
    return {**drafted(cast, who), "value": 2}


def cancelled(cast: Cast, who: Who) -> dict[str, object]:
    """The member's order that was cancelled."""
    return {"transaction_id": cast.things["cancelled"]}


def address(cast: Cast, who: Who) -> dict[str, object]:
    """Anybody's."""
    return {"email": f"{cast.new()}@hiroba.example"}


def newcomer(cast: Cast, who: Who) -> dict[str, object]:
    """Somebody who was not let in."""
    return {"username": cast.new(), "password": serving.PASSWORD, **address(cast, who)}


# By what they know, not by who they are.
BY_KNOWLEDGE = frozenset({400, 401, 403, 404})

TABLE: Table = {
    "POST /login": Row(WITH_PASSWORD, Cast.credentials),
    "POST /login/refresh": Row(NOBODY, {"refresh_token": "none"}, refused=BY_KNOWLEDGE, nobody=BY_KNOWLEDGE),
    "POST /logout": Row(SIGNED_IN),
    "GET /user": Row(SIGNED_IN),
    "PATCH /user": Row(SIGNED_IN, {"emissions": 1.5}),
    "PUT /buy": Row(SIGNED_IN, {"value": 1.5}),
    "GET /buy": Row(SIGNED_IN),
    "PATCH /buy": Row(MINE, revised, refused=HIDDEN),
    "DELETE /buy": Row(MINE, cancelled, refused=HIDDEN),
    "POST /buy/cancel": Row(MINE, drafted, refused=HIDDEN),
    "POST /buy/place": Row(MINE, drafted, refused=HIDDEN),
    "POST /waitlist": Row(EVERYBODY, address),
    "GET /waitlist/confirm/{token}": Row(NOBODY, refused=BY_KNOWLEDGE, nobody=BY_KNOWLEDGE),
    "POST /signup": Row(NOBODY, newcomer, refused=BY_KNOWLEDGE, nobody=BY_KNOWLEDGE),
}
