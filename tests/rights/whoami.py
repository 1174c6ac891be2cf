"""whoami: who may what. It says no with 200."""

from tests import serving
from tests.rights.cast import EVERYBODY, SIGNED_IN, WITH_PASSWORD, Cast, Who
from tests.rights.rows import Row, Table

NO = frozenset({200})


def credentials(cast: Cast, who: Who) -> dict[str, str]:
    """Of who asks."""
    return cast.credentials(who, "email")


def leaving(cast: Cast, who: Who) -> dict[str, str]:
    """The password alone counts, whoever asks: the friend's is good with any session."""
    if who is Who.EXPIRED:
        return {"email": cast.friend.username or "", "password": serving.PASSWORD}
    return {"email": "nobody", "password": serving.PASSWORD} if who is Who.OTHER_DOOR else credentials(cast, who)


def newcomer(cast: Cast, who: Who) -> dict[str, str]:
    """Somebody who was not there before."""
    name = cast.new()
    return {"username": name, "email": f"{name}@hiroba.example", "password": serving.PASSWORD}


def address(cast: Cast, who: Who) -> dict[str, str]:
    """Anybody's."""
    return {"email": f"{cast.new()}@hiroba.example"}


def own_name(cast: Cast, who: Who) -> dict[str, str]:
    """Of who asks; of nobody, the member's."""
    account = cast.account(who) or cast.people[Who.MEMBER]
    return {"username": account.username or ""}


def deletion(cast: Cast, who: Who) -> dict[str, object]:
    """Of a picture that there is not: each item has its own verdict."""
    return {"deletion": ["none"]}


def row(may: frozenset[Who], body: object = None) -> Row:
    """In whoami's way."""
    return Row(may, body, refused=NO, nobody=NO)


TABLE: Table = {
    "GET /signin": row(SIGNED_IN),
    "POST /signin": row(WITH_PASSWORD, credentials),
    "GET /signout": row(SIGNED_IN),
    "GET /users": row(frozenset({Who.OPERATOR})),
    "DELETE /users": row(SIGNED_IN | {Who.EXPIRED}, leaving),
    "POST /register": row(EVERYBODY, newcomer),
    "POST /resend": row(EVERYBODY, address),
    "POST /send_pwreset_email": row(EVERYBODY, address),
    # They lead to a page, wherever they come from.
    "GET /confirm/{token}": row(EVERYBODY),
    "GET /password_reset_confirm/{token}": row(EVERYBODY),
    # Whoever signed in a moment ago.
    "PUT /reset_pw": row(SIGNED_IN, {"new_password": "another password"}),
    "POST /instagram/register": row(SIGNED_IN, own_name),
    "POST /instagram/update": row(SIGNED_IN, deletion),
}
