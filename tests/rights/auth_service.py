"""auth-service: who may what. A sign-in that fails is 400 there, and so is a user that there is not."""

from tests.rights.cast import EVERYBODY, WITH_PASSWORD, Cast, Who
from tests.rights.rows import Row, Table

PASSWORD = "Hiroba-demo-1!"
# By what they know, not by who they are.
BY_KNOWLEDGE = frozenset({400, 401, 429})


def credentials(cast: Cast, who: Who) -> dict[str, object]:
    """Of who asks."""
    return {**cast.credentials(who, "email")}


def newcomer(cast: Cast, who: Who) -> dict[str, object]:
    """Somebody who was not there before, and would like to be an operator."""
    return {
        "email": f"{cast.new()}@hiroba.example", "password": PASSWORD, "fullName": "Haruto Sato", "gender": "M",
        "city": "Kaga", "state": "CA", "zipCode": "92200", "isAdmin": True,
    }  # fmt: skip


def guess(cast: Cast, who: Who) -> dict[str, object]:
    """A code that nobody was mailed."""
    return {"email": f"{cast.name('member')}@hiroba.example", "password": PASSWORD, "code": "AAAAAA"}


def address(cast: Cast, who: Who) -> dict[str, object]:
    """Somebody's."""
    return {"email": f"{cast.name('member')}@hiroba.example"}


def row(may: frozenset[Who], body: object = None) -> Row:
    """In auth-service's way: who fails to sign in is 400."""
    return Row(may, body, nobody=BY_KNOWLEDGE, refused=BY_KNOWLEDGE)


def _operators(body: object = None) -> Row:
    return Row(frozenset({Who.OPERATOR}), body)


TABLE: Table = {
    "GET /": row(EVERYBODY),
    "GET /probeCheck": row(EVERYBODY),
    "POST /login": row(WITH_PASSWORD, credentials),
    "POST /changePassword": row(frozenset[Who](), guess),
    "POST /requestPasswordReset": row(EVERYBODY, address),
    "POST /signUp": row(EVERYBODY, newcomer),
    "GET /getUsers": Row(frozenset({Who.OPERATOR}), query="?page=1&limit=10"),
    "POST /createUser": _operators(newcomer),
    r"PUT /updateUser/{userId:\d+}": _operators({"city": "Kaga", "isAdmin": True}),
    r"PUT /deleteUser/{userId:\d+}": _operators(),
    r"DELETE /deleteUser/{userId:\d+}": _operators(),
    "GET /getSubscriptionProduct": row(EVERYBODY),
    "GET /getSubscriptionProducts": row(EVERYBODY),
}
