"""Who connects live: by a Bearer token, else a ticket, else a cookie of any API; the first that is present decides."""

import aiohttp
import msgspec
import pytest

from storage import sessions as session_rows
from tests import serving
from tests.surfaces.towns import Phone, Town

PATIENCE_SECONDS = 5
# Where only one API is served. Anybody's session connects there as well.
HOST = "community.example"


@pytest.fixture
async def hiroba(serve: serving.Serve) -> serving.Serving:
    """A server where community has a host of its own."""
    return await serve(community={"hosts": HOST})


class Tokens(msgspec.Struct):
    """What the APIs that hand some out gave a member; `access` is for their requests alone."""

    auth_service: str
    allowances: str
    access: str


async def tokens_of(hiroba: serving.Serving, username: str) -> Tokens:
    anybody = hiroba.client()
    login = {"email": username, "password": serving.PASSWORD}
    carbon = (await anybody.post("/auth-service/login", login)).body
    sixc = (await anybody.post("/allowances/login", {"username": username, "password": serving.PASSWORD})).body["body"]
    return Tokens(carbon["token"], sixc["IdToken"], sixc["AccessToken"])


def cookie_of(phone: Phone) -> str:
    (cookie,) = [one for one in phone.client.http.cookie_jar if one.key == "JSESSIONID"]
    return cookie.value


async def whose(hiroba: serving.Serving, client: serving.Client, query: str = "", **more) -> int:
    """Whose connection it is; the status if there is none. The two endpoints beside it say the same."""
    headers = more.get("headers", {})
    try:
        socket = await client.http.ws_connect(f"{hiroba.url}/live{query}", **more)
    except aiohttp.WSServerHandshakeError as refused:
        found = refused.status
    else:
        found = (await socket.receive_json(timeout=PATIENCE_SECONDS))["user"]["id"]
        await socket.close()
    if not query:
        for method, path in (("POST", "/live/ticket"), ("GET", "/live/events")):
            answer = await client.ask(method, f"{hiroba.url}{path}", headers=dict(headers))
            assert answer.status == (found if found == 401 else 200)
    return found


@pytest.mark.parametrize("host", [None, HOST])
async def test_tokens_of_both_apis_that_have_some_connect(
    town: Town, john: Phone, hiroba: serving.Serving, host: str | None
) -> None:
    stranger, tokens = hiroba.client(), await tokens_of(hiroba, "john")
    at = {} if host is None else {"Host": host}
    for scheme in ("Bearer", "bearer"):
        for token in (tokens.auth_service, tokens.allowances):
            headers = at | {"Authorization": f"{scheme} {token}"}
            assert await whose(hiroba, stranger, headers=headers) == john.account_id
    for bad in ("Bearer unknown", "Bearer", "Bearer ", "bearer \t", f"Bearer {tokens.access}"):
        assert await whose(hiroba, stranger, headers=at | {"Authorization": bad}) == 401
    # A cookie is no token, though it is one of the same kind.
    assert await whose(hiroba, stranger, headers=at | {"Authorization": f"Bearer {cookie_of(john)}"}) == 401


async def test_a_connection_by_token_ends_with_its_session(town: Town, john: Phone, hiroba: serving.Serving) -> None:
    tokens = await tokens_of(hiroba, "john")
    anybody = hiroba.client()
    sockets = [
        await anybody.http.ws_connect(f"{hiroba.url}/live", headers={"Authorization": f"Bearer {token}"})
        for token in (tokens.auth_service, tokens.allowances)
    ]
    for socket in sockets:
        assert (await socket.receive_json(timeout=PATIENCE_SECONDS))["type"] == "hello"
    answer = await anybody.post("/allowances/logout", headers={"Authorization": tokens.allowances})
    assert answer.status == 200
    await sockets[1].receive(timeout=PATIENCE_SECONDS)
    assert sockets[1].close_code == 4401
    await sockets[0].send_json({"type": "ping"})
    assert (await sockets[0].receive_json(timeout=PATIENCE_SECONDS))["type"] == "pong"
    assert await whose(hiroba, anybody, headers={"Authorization": f"Bearer {tokens.allowances}"}) == 401


async def test_the_first_that_is_present_decides(town: Town, john: Phone, hiroba: serving.Serving) -> None:
    haru = await town.join("haru")
    ticket = (await haru.post(f"{hiroba.url}/live/ticket")).body["ticket"]
    riku = await town.join("riku")
    bearer = {"Authorization": f"Bearer {(await tokens_of(hiroba, 'riku')).auth_service}"}
    # One that is no good is not passed over for the next.
    assert await whose(hiroba, john.client, headers={"Authorization": "Bearer unknown"}) == 401
    assert await whose(hiroba, john.client, f"?ticket={ticket}", headers={"Authorization": "Bearer unknown"}) == 401
    assert await whose(hiroba, john.client, "?ticket=unknown") == 401
    assert await whose(hiroba, john.client, "?ticket=") == 401
    assert await whose(hiroba, john.client, f"?ticket={ticket}", headers=bearer) == riku.account_id
    # The header decided, so the ticket is there still.
    assert await whose(hiroba, john.client, f"?ticket={ticket}") == haru.account_id
    assert await whose(hiroba, john.client) == john.account_id
    # What a proxy before the server asks for is none of these.
    assert await whose(hiroba, john.client, headers={"Authorization": "Basic am9objpqb2hu"}) == john.account_id


async def test_any_cookie_of_somebody_is_enough_and_all_are_looked_up_at_once(
    town: Town, john: Phone, hiroba: serving.Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    find_many = session_rows.find_many

    async def listened(database, token_hashes, **more):
        asked.append(len(token_hashes))
        return await find_many(database, token_hashes, **more)

    monkeypatch.setattr(session_rows, "find_many", listened)
    whoami = hiroba.client("/whoami")
    await whoami.post("/signin", {"email": "john", "password": serving.PASSWORD})
    (cookie,) = [one for one in whoami.http.cookie_jar if one.key == "session"]
    stranger = hiroba.client()
    for cookies, expected in (
        ({"JSESSIONID": "ended", "session": cookie.value}, john.account_id),
        ({"JSESSIONID": cookie_of(john), "session": "over", "hiroba": "ended"}, john.account_id),
        ({"hiroba": cookie.value}, 401),
        ({"JSESSIONID": "", "session": cookie.value}, john.account_id),
    ):
        given = "; ".join(f"{name}={value}" for name, value in cookies.items())
        asked.clear()
        assert await whose(hiroba, stranger, "?", headers={"Cookie": given}) == expected
        assert asked == [len([value for value in cookies.values() if value])]
    assert await whose(hiroba, stranger) == 401
