"""`/me`: signing in and out, and ending sessions from another."""

import pytest

from storage import devices as device_rows
from tests import clocks, serving
from tests.surfaces.towns import Phone, Town

SIGN_IN = {"login": "john", "password": serving.PASSWORD}
PATIENCE_SECONDS = 2


async def browser(town: Town, username: str = "john") -> serving.Client:
    """A browser that is signed in."""
    client = town.hiroba.client("/me")
    answer = await client.post("/session", {"login": username, "password": serving.PASSWORD})
    assert answer.status == 200
    return client


async def test_sign_in_and_out(town: Town, john: Phone) -> None:
    client = town.hiroba.client("/me")
    answer = await client.post("/session", SIGN_IN)
    assert answer.status == 200
    assert (answer.body["id"], answer.body["username"]) == (john.account_id, "john")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("hiroba=")
    assert "HttpOnly" in cookie and "Path=/" in cookie and "SameSite=Lax" in cookie
    assert (await client.get("")).body == answer.body
    assert (await client.delete("/session")).status == 204
    answer = await client.get("")
    assert (answer.status, answer.headers["Content-Type"]) == (401, "application/problem+json")
    # Without a session there is nothing to end, and nothing to complain of.
    assert (await client.delete("/session")).status == 204


async def test_who_somebody_is(town: Town, john: Phone) -> None:
    assert (await (await browser(town)).get("")).body == {
        "id": john.account_id,
        "username": "john",
        "email": None,
        "confirmed": False,
        "fullName": "John Doe",
        "firstName": "John",
        "lastName": "Doe",
        "description": "A man from the moon",
        "location": "Tokyo",
        "avatarUrl": None,
        "community": {"id": town.kaga, "name": "Kaga city"},
        "isCoordinator": False,
        "isOperator": False,
        "createdAt": (await (await browser(town)).get("")).body["createdAt"],
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"login": "john", "password": "wrong password"}, 401),
        ({"login": "nobody", "password": serving.PASSWORD}, 401),
        ({"login": "john"}, 400),
        ({"login": "", "password": serving.PASSWORD}, 400),
        ({"login": 1, "password": serving.PASSWORD}, 400),
        ([], 400),
    ],
)
async def test_a_sign_in_that_is_refused(town: Town, john: Phone, body: object, status: int) -> None:
    answer = await town.hiroba.client("/me").post("/session", body)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert set(answer.body) == {"type", "title", "status", "detail"}
    assert "Set-Cookie" not in answer.headers


async def test_the_eleventh_failure_waits(town: Town, john: Phone) -> None:
    client = town.hiroba.client("/me")
    for _ in range(10):
        assert (await client.post("/session", {"login": "john", "password": "wrong password"})).status == 401
    answer = await client.post("/session", SIGN_IN)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_pages_session_is_the_same(town: Town, john: Phone) -> None:
    client = await browser(town)
    assert b"John Doe" in (await client.get(f"{town.hiroba.url}/signin")).raw
    assert (await client.get(f"{town.hiroba.url}/live/events")).status == 200


async def test_sessions_of_every_api(town: Town, john: Phone, clock: clocks.MovableClock) -> None:
    whoami = town.hiroba.client("/whoami")
    await whoami.post("/signin", {"email": "john", "password": serving.PASSWORD}, headers={"User-Agent": "a phone"})
    client = await browser(town)
    sessions = (await client.get("/sessions")).body["sessions"]
    assert [(one["api"], one["current"]) for one in sessions] == [
        ("community", False), ("whoami", False), ("hiroba", True),
    ]  # fmt: skip
    assert sessions[1]["userAgent"] == "a phone"
    assert sessions[1]["address"] == "127.0.0.1"
    assert set(sessions[0]) == {"id", "api", "createdAt", "lastSeenAt", "userAgent", "address", "current"}
    assert sessions[0]["createdAt"].endswith("Z")
    ids = [one["id"] for one in sessions]
    for query, expected in (
        ("limit=2", ids[:2]), (f"after={ids[0]}", ids[1:]), (f"limit=1&before={ids[2]}", ids[1:2]), ("limit=200", ids),
    ):  # fmt: skip
        assert [one["id"] for one in (await client.get(f"/sessions?{query}")).body["sessions"]] == expected, query
    assert (await client.get("/sessions?limit=0")).status == 400
    clock.advance(days=31)
    assert (await client.get("/sessions")).status == 401


async def test_ending_a_session_closes_its_sockets_and_its_phone(town: Town, john: Phone) -> None:
    await john.post(f"/users/{john.account_id}/mobile-device", {"pushNotificationToken": "a phone"})
    socket = await john.client.http.ws_connect(f"{town.hiroba.url}/live")
    assert (await socket.receive_json(timeout=PATIENCE_SECONDS))["type"] == "hello"
    client = await browser(town)
    community = (await client.get("/sessions")).body["sessions"][0]["id"]
    assert (await client.delete(f"/sessions/{community}")).status == 204
    await socket.receive(timeout=PATIENCE_SECONDS)
    assert socket.close_code == 4401
    assert (await john.get("/user")).status == 401
    assert await device_rows.find_token(town.hiroba.context.database, john.account_id) is None
    assert [one["api"] for one in (await client.get("/sessions")).body["sessions"]] == ["hiroba"]
    assert (await client.delete(f"/sessions/{community}")).status == 404


async def test_ones_own_session_too(town: Town, john: Phone) -> None:
    client = await browser(town)
    current = (await client.get("/sessions")).body["sessions"][-1]
    answer = await client.delete(f"/sessions/{current['id']}")
    assert answer.status == 204
    assert 'hiroba=""' in answer.headers["Set-Cookie"]
    assert (await client.get("")).status == 401
    assert (await john.get("/user")).status == 200


async def test_anothers_session_is_like_one_that_does_not_exist(town: Town, john: Phone) -> None:
    await town.join("haru")
    haru = await browser(town, "haru")
    johns = (await (await browser(town)).get("/sessions")).body["sessions"]
    for session_id in (johns[0]["id"], johns[1]["id"], 10**6, 2**63):
        answer = await haru.delete(f"/sessions/{session_id}")
        assert (answer.status, answer.body["detail"]) == (404, "there is no such thing, or it is not yours to see")
    assert (await john.get("/user")).status == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://localhost:3000"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_pages_of_other_sites_may_not_ask(town: Town, john: Phone, headers: dict[str, str]) -> None:
    client = await browser(town)
    asked = [
        ("GET", ""), ("GET", "/sessions"), ("GET", "/export"), ("POST", "/session"), ("DELETE", "/session"),
        ("DELETE", "/sessions/1"), ("DELETE", ""),
    ]  # fmt: skip
    for method, path in asked:
        answer = await client.ask(method, path, {**SIGN_IN}, headers=dict(headers))
        assert (answer.status, answer.body["detail"]) == (403, "sent from a page of another site"), (method, path)
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert (await client.get("", headers={"Origin": town.hiroba.url})).status == 200


async def test_a_path_that_it_has_not(town: Town) -> None:
    client = town.hiroba.client("/me")
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "", 405), ("GET", "/session", 405)):
        answer = await client.ask(method, path)
        assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("path", ["/me", "/me/sessions", "/operator/api/audit"])
async def test_at_an_apis_host_there_is_none_of_it(serve: serving.Serve, path: str) -> None:
    hiroba = await serve(whoami={"hosts": "whoami.example"})
    answer = await hiroba.client().get(path, headers={"Host": "whoami.example"})
    assert (answer.status, answer.body["status"]) == (404, False)
    assert (await hiroba.client().get(path)).status == 401
