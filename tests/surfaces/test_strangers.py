"""Pages of others, where cookies go with every request because `sessions.same_site` is none."""

import pytest

from tests import serving

OURS = "https://hiroba.example"
FRIEND = "https://app.example"
DOORS = [
    ("/community", "/logout", 403),
    ("/whoami", "/register", 200),
    ("/auth-service", "/login", 403),
    ("/me", "/session", 403),
]
STRANGERS = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://app.example.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
]


async def start(serve: serving.Serve, same_site: str) -> serving.Serving:
    return await serve(server={"public_url": OURS, "origins": FRIEND}, sessions={"same_site": same_site})


@pytest.mark.parametrize("headers", STRANGERS, ids=lambda headers: next(iter(headers.values())))
@pytest.mark.parametrize(("prefix", "path", "status"), DOORS)
async def test_they_change_nothing(
    serve: serving.Serve, prefix: str, path: str, status: int, headers: dict[str, str]
) -> None:
    hiroba = await start(serve, "none")
    answer = await hiroba.client(prefix).post(path, {}, headers=dict(headers))
    assert answer.status == status
    assert b"another site" in answer.raw


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": OURS}, {"Origin": FRIEND}, {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"}],
    ids=["no browser", "ours", "a friend's", "a friend's, across"],
)
async def test_our_own_and_those_that_were_configured_do(serve: serving.Serve, headers: dict[str, str]) -> None:
    hiroba = await start(serve, "none")
    assert (await hiroba.client("/community").post("/logout", headers=dict(headers))).status == 200


async def test_where_cookies_stay_at_home_they_may_ask_without_them(serve: serving.Serve) -> None:
    hiroba = await start(serve, "lax")
    answer = await hiroba.client("/community").post("/logout", headers={"Origin": "https://evil.example"})
    assert answer.status == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
