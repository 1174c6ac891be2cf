"""Every example of `apis/commons-os.md` about communities, sessions, users and ads, named after its heading."""

import re

from tests import serving
from tests.surfaces.towns import Phone, Town

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
JOHN = {
    "admin": False,
    "fullName": "Doe John",
    "firstName": "John",
    "lastName": "Doe",
    "description": "A man from the moon",
    "balance": 0,
    "location": "Tokyo",
}
JOHN_IN_SHORT = {"fullName": "Doe John", "description": "A man from the moon", "location": "Tokyo"}


async def test_get_communities(town: Town) -> None:
    answer = await town.hiroba.client("/community").get("/communities")
    assert answer.status == 200
    assert answer.body == [{"id": town.kaga, "name": "Kaga city"}, {"id": town.shibuya, "name": "Shibuya People"}]


async def test_post_login(town: Town) -> None:
    coordinator = await town.coordinator()
    phone = town.hiroba.client("/community")
    answer = await phone.post("/login", {"username": "coordinator", "password": serving.PASSWORD})
    assert answer.status == 200
    assert "JSESSIONID=" in answer.headers["Set-Cookie"]
    assert answer.body == {
        "id": coordinator.account_id,
        "admin": True,
        "fullName": "Community Coordinator",
        "firstName": "Coordinator",
        "lastName": "Community",
        "description": "Contact me if you have problem to solve.",
        "balance": 11579.50,
        "location": "Kaga, Ishikawa Prefecture, Japan",
    }
    assert b'"balance":11579.5,' in answer.raw


async def test_post_logout(john: Phone) -> None:
    answer = await john.post("/logout")
    assert (answer.status, answer.raw) == (200, b"")
    assert (await john.get("/user")).status == 401
    # Without a session too.
    assert (await john.post("/logout")).status == 200


async def test_post_create_account(town: Town) -> None:
    phone = town.hiroba.client("/community")
    answer = await phone.post(
        "/create-account",
        {
            "username": "john",
            "password": "secret text",
            "firstName": "John",
            "lastName": "Doe",
            "description": "A man from the moon",
            "location": "Tokyo",
            "communityId": town.kaga,
        },
    )
    assert answer.status == 200
    assert answer.body == {"id": answer.body["id"], **JOHN}
    assert isinstance(answer.body["id"], int)
    # It opens the session too.
    assert (await phone.get("/user")).body == answer.body


async def test_get_user(john: Phone) -> None:
    answer = await john.get("/user")
    assert (answer.status, answer.body) == (200, {"id": john.account_id, **JOHN})


async def test_get_users_id_requester_has_admin_privilege(town: Town, john: Phone) -> None:
    coordinator = await town.coordinator()
    answer = await coordinator.get(f"/users/{john.account_id}")
    assert (answer.status, answer.body) == (200, {"id": john.account_id, **JOHN})


async def test_get_users_id_requester_does_not_have_admin_privilege(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    answer = await haru.get(f"/users/{john.account_id}")
    assert (answer.status, answer.body) == (200, {"id": john.account_id, **JOHN_IN_SHORT})


async def test_post_users_id(john: Phone) -> None:
    answer = await john.post(
        f"/users/{john.account_id}",
        {
            "id": john.account_id,
            "firstName": "John2",
            "lastName": "Doe2",
            "description": "A man from the moon2",
            "location": "Tokyo2",
        },
    )
    assert answer.status == 200
    assert answer.body == {
        "id": john.account_id,
        "admin": False,
        "fullName": "Doe2 John2",
        "firstName": "John2",
        "lastName": "Doe2",
        "description": "A man from the moon2",
        "balance": 0,
        "location": "Tokyo2",
    }


async def test_get_users_q_pattern(town: Town, john: Phone) -> None:
    haru = await town.join("haru", firstName="Haru", lastName="Takahashi")
    answer = await haru.get("/users?q=oH")
    assert (answer.status, answer.body) == (200, [{"id": john.account_id, **JOHN_IN_SHORT}])


async def test_post_ads(john: Phone) -> None:
    answer = await john.post(
        "/ads",
        {
            "type": "WANT",
            "title": "good stuff",
            "description": "very good stuff",
            "amount": "20.50",
            "location": "Tokyo",
        },
    )
    assert answer.status == 200
    body = answer.body
    assert isinstance(body.pop("id"), int)
    assert MOMENT.fullmatch(body.pop("createdAt"))
    assert body == {
        "createdBy": {"id": john.account_id, **JOHN_IN_SHORT},
        "title": "good stuff",
        "description": "very good stuff",
        "points": 20.50,
        "location": "Tokyo",
        "own": True,
        "payable": True,
        "type": "WANT",
    }


async def test_get_ads(town: Town, john: Phone) -> None:
    soya = {"type": "WANT", "title": "Need soya", "description": "Bring me lot of soya!", "location": "Tokyo"}
    published = await john.post("/ads", {**soya, "amount": 20})
    haru = await town.join("haru")
    answer = await haru.get("/ads")
    assert answer.status == 200
    (ad,) = answer.body
    assert MOMENT.fullmatch(ad.pop("createdAt"))
    # `own` and `payable` are in the list too: contract, 3.
    assert ad == {
        "id": published.body["id"],
        "createdBy": {"id": john.account_id, **JOHN_IN_SHORT},
        "title": "Need soya",
        "description": "Bring me lot of soya!",
        "points": 20.00,
        "location": "Tokyo",
        "own": False,
        "payable": False,
        "type": "WANT",
    }


async def test_get_ads_id(town: Town, john: Phone) -> None:
    published = await john.post(
        "/ads", {"type": "GIVE", "title": "House cleaning", "description": "Vacuum cleaning", "amount": 1299.01}
    )
    haru = await town.join("haru")
    answer = await haru.get(f"/ads/{published.body['id']}")
    assert answer.status == 200
    assert answer.body == {**published.body, "own": False, "payable": True}
    assert answer.body["points"] == 1299.01
    assert "location" not in answer.body
