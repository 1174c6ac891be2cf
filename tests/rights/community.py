"""community: who may what."""

import base64
import io

from PIL import Image

from tests import serving
from tests.rights.cast import EVERYBODY, KAGA, MEMBERS, SIGNED_IN, WITH_PASSWORD, Cast, Who
from tests.rights.rows import Row, Table

MINE = frozenset({Who.MEMBER})
AD = {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": 5}
# Without a community there is nothing to post to.
NO_COMMUNITY = frozenset({400, 403})


def picture() -> bytes:
    """One green pixel."""
    file = io.BytesIO()
    Image.new("RGB", (1, 1), "green").save(file, "PNG")
    return b"data:image/png;base64," + base64.b64encode(file.getvalue())


def newcomer(cast: Cast, who: Who) -> dict[str, object]:
    """Somebody who was not there before."""
    names = {"firstName": "John", "lastName": "Doe"}
    return {"username": cast.new(), "password": serving.PASSWORD, "communityId": cast.kaga, **names}


def group(cast: Cast, who: Who) -> dict[str, object]:
    """With the friend."""
    return {"memberIds": [cast.friend.id], "title": "Poker"}


def payment(cast: Cast, who: Who) -> dict[str, object]:
    """To the friend, of what everybody has."""
    return {"beneficiaryId": cast.friend.id, "amount": 1, "description": "Thank you"}


TABLE: Table = {
    "GET /communities": Row(EVERYBODY),
    "POST /login": Row(WITH_PASSWORD, Cast.credentials),
    "POST /logout": Row(EVERYBODY),
    "POST /create-account": Row(EVERYBODY, newcomer),
    "GET /user": Row(SIGNED_IN),
    r"GET /users/{id:\d+}": Row(KAGA),
    r"POST /users/{id:\d+}": Row(MINE, {"location": "Kaga"}),
    r"POST /users/{id:\d+}/avatar": Row(MINE, picture()),
    r"POST /users/{id:\d+}/mobile-device": Row(MINE, {"pushNotificationToken": "a phone"}),
    "GET /users": Row(SIGNED_IN, query="?q=sato"),
    "POST /ads": Row(MEMBERS, AD, refused=NO_COMMUNITY),
    "GET /ads": Row(SIGNED_IN),
    "GET /my-ads": Row(SIGNED_IN),
    r"GET /ads/{id:\d+}": Row(KAGA),
    r"POST /ads/{id:\d+}/photo": Row(MINE, picture()),
    r"POST /message-threads/for-ad/{id:\d+}": Row(KAGA, refused=NO_COMMUNITY),
    r"POST /message-threads/user/{id:\d+}": Row(KAGA, refused=NO_COMMUNITY),
    "POST /message-threads/group": Row(KAGA, group, refused=NO_COMMUNITY),
    r"POST /message-threads/{id:\d+}/group": Row(MINE, group),
    "GET /message-threads/unread-count": Row(SIGNED_IN),
    r"GET /message-threads/{id:\d+}": Row(MINE),
    "GET /message-threads": Row(SIGNED_IN),
    r"POST /message-threads/{id:\d+}/messages": Row(MINE, {"text": "Hello"}),
    r"GET /message-threads/{id:\d+}/messages": Row(MINE),
    "GET /balance": Row(SIGNED_IN),
    "GET /transactions": Row(SIGNED_IN),
    "POST /transactions": Row(KAGA, payment, refused=frozenset({400})),
}
