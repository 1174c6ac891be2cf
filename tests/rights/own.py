"""What the server itself offers, at `/me`, `/operator/api` and `/live`: who may what."""

from tests import serving
from tests.rights.cast import EVERYBODY, SIGNED_IN, WITH_PASSWORD, Cast, Who
from tests.rights.rows import Row, Table

# Somebody else's session looks like one that does not exist.
HIDDEN = frozenset({404})


def credentials(cast: Cast, who: Who) -> dict[str, str]:
    """Of who asks."""
    return cast.credentials(who, "login")


ME: Table = {
    "POST /session": Row(WITH_PASSWORD, credentials),
    "DELETE /session": Row(EVERYBODY),
    "GET /sessions": Row(SIGNED_IN),
    r"DELETE /sessions/{id:\d+}": Row(frozenset({Who.MEMBER}), refused=HIDDEN),
    "GET ": Row(SIGNED_IN),
    "GET /export": Row(SIGNED_IN),
    "DELETE ": Row(SIGNED_IN, {"password": serving.PASSWORD}),
}

LIVE: Table = {
    "POST /ticket": Row(SIGNED_IN),
    "GET /events": Row(SIGNED_IN),
}


def _operators(body: object = None, query: str = "") -> Row:
    return Row(frozenset({Who.OPERATOR}), body, query=query)


def newcomer(cast: Cast, who: Who) -> dict[str, str]:
    """Somebody who was not there before."""
    return {"username": cast.new(), "password": serving.PASSWORD}


def promotion(cast: Cast, who: Who) -> dict[str, str]:
    """Of whoever asks, as they would like it."""
    return {"username": cast.credentials(who)["username"], "role": "operator"}


def member(cast: Cast, who: Who) -> dict[str, str]:
    """Somebody else."""
    return {"username": cast.name("member")}


def town(cast: Cast, who: Who) -> dict[str, str]:
    """A community that was not there before."""
    return {"name": cast.new()}


def mint(cast: Cast, who: Who) -> dict[str, float]:
    """For the coordinator, who would like it."""
    return {"id": cast.kaga, "amount": 1.5}


def credit(cast: Cast, who: Who) -> dict[str, object]:
    """For whoever asks, as they would like it."""
    return {"username": cast.credentials(who)["username"], "amount": 5}


def item(cast: Cast, who: Who) -> dict[str, object]:
    """One that was not there before."""
    return {"name": cast.new(), "price": 1}


def order(cast: Cast, who: Who) -> dict[str, object]:
    """The member's, which was placed and not paid."""
    return {"id": cast.things["placed"]}


def address(cast: Cast, who: Who) -> dict[str, object]:
    """Anybody's."""
    return {"email": f"{cast.new()}@hiroba.example"}


OPERATOR: Table = {
    "POST /account/create": _operators(newcomer),
    "POST /account/promote": _operators(promotion),
    "POST /account/disable": _operators(member),
    "POST /account/enable": _operators(member),
    "GET /account/list": _operators(),
    "GET /account/sessions": _operators(query="?username=MEMBER"),
    "POST /account/sign-out": _operators(member),
    "POST /community/create": _operators(town),
    "POST /community/mint": _operators(mint),
    "POST /shop/credit": _operators(credit),
    "POST /item/add": _operators(item),
    "POST /order/complete": _operators(order),
    "POST /waitlist/approve": _operators(address),
    "GET /ledger/verify": _operators(),
    "GET /ledger/statement": _operators(query="?username=MEMBER"),
    "GET /audit": _operators(),
}
