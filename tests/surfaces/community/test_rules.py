"""What the contract adds to `apis/commons-os.md` about sessions and users."""

import asyncio

import pytest

from handlers.core import audit, operators
from tests import clocks, serving
from tests.surfaces.towns import Phone, Town

AD = {"type": "GIVE", "title": "House cleaning", "description": "Vacuum cleaning", "amount": 10}


def key(answer: serving.Answer) -> tuple[int, str]:
    """The status and key of a refusal, whose form is checked on the way."""
    assert set(answer.body) == {"key", "message"}
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.status, answer.body["key"]


@pytest.mark.parametrize("path", ["/user", "/users/1", "/users?q=a", "/ads", "/ads/1", "/my-ads"])
async def test_without_a_session_nothing_is_shown(town: Town, path: str) -> None:
    assert key(await town.hiroba.client("/community").get(path)) == (401, "error.unauthorized")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/users/abc", 404),
        ("GET", "/ads/1.5", 404),
        ("DELETE", "/user", 405),
        ("GET", "/users/999999", 403),
        ("GET", "/users/99999999999999999999", 403),
        ("GET", "/ads/999999", 403),
        ("POST", "/users/999999", 403),
    ],
)
async def test_unknown_things_are_forbidden_and_unknown_paths_not_found(
    john: Phone, method: str, path: str, status: int
) -> None:
    answer = await john.ask(method, path, {} if method == "POST" else None)
    assert key(answer)[0] == status


@pytest.mark.parametrize(
    "change",
    [
        {"username": "joe"},
        {"username": "j@hn"},
        {"username": "x" * 65},
        {"username": 5},
        {"username": None},
        {"username": "jo\0hn"},
        {"password": "short"},
        {"firstName": ""},
        {"lastName": " "},
        {"communityId": 999},
        {"communityId": 2**63},
        {"communityId": "one"},
        {"communityId": 1.5},
        {"email": "no address"},
        {"description": "x" * 10_001},
    ],
)
async def test_bad_newcomers_are_refused_whole(town: Town, change: dict) -> None:
    body = {
        "username": "johnny",
        "password": serving.PASSWORD,
        "firstName": "John",
        "lastName": "Doe",
        "communityId": town.kaga,
    }
    phone = town.hiroba.client("/community")
    assert key(await phone.post("/create-account", {**body, **change})) == (400, "error.badRequest")
    assert (await phone.get("/user")).status == 401
    assert (await phone.post("/create-account", body)).status == 200


async def test_taken_names_are_468(town: Town, john: Phone) -> None:
    await town.join("jane", email="jane@hiroba.example")
    body = {"password": serving.PASSWORD, "firstName": "J", "lastName": "D", "communityId": town.kaga}
    phone = town.hiroba.client("/community")
    assert key(await phone.post("/create-account", {**body, "username": "JOHN"})) == (468, "error.usernameTaken")
    taken = {**body, "username": "other", "email": "JANE@hiroba.example"}
    assert key(await phone.post("/create-account", taken)) == (468, "error.emailTaken")


async def test_two_registrations_of_one_name_at_once_make_one_account(town: Town) -> None:
    body = {
        "username": "twin",
        "password": serving.PASSWORD,
        "firstName": "T",
        "lastName": "W",
        "communityId": town.kaga,
        "email": "twin@hiroba.example",
    }
    phones = [town.hiroba.client("/community") for _ in range(6)]
    answers = await asyncio.gather(*(phone.post("/create-account", body) for phone in phones))
    # Whoever comes second with the same password is the one who exists, and has a community.
    assert sorted(answer.status for answer in answers) == [200, 468, 468, 468, 468, 468]
    assert len(await town.hiroba.letters("twin@hiroba.example")) == 1


async def test_an_email_starts_confirmation(town: Town) -> None:
    await town.join("jane", email="jane@hiroba.example")
    browser = town.hiroba.client("/whoami")
    await browser.get(await town.hiroba.link("jane@hiroba.example"))
    answer = await browser.post("/signin", {"email": "jane", "password": serving.PASSWORD})
    assert answer.body["user"]["confirmed"] is True


async def test_an_account_made_elsewhere_joins_once(town: Town) -> None:
    outsider = await town.outsider()
    assert (await outsider.get("/user")).body["balance"] == 0
    assert (await outsider.get("/ads")).body == []
    assert (await outsider.get("/users?q=o")).body == []
    assert key(await outsider.post("/ads", AD)) == (400, "error.badRequest")
    body = {
        "username": "outsider",
        "password": "not the password",
        "firstName": "Out",
        "lastName": "Sider",
        "communityId": town.kaga,
    }
    phone = town.hiroba.client("/community")
    assert key(await phone.post("/create-account", body)) == (468, "error.usernameTaken")
    joined = await phone.post("/create-account", {**body, "password": serving.PASSWORD})
    assert joined.status == 200
    assert (joined.body["id"], joined.body["fullName"]) == (outsider.account_id, "Sider Out")
    assert (await phone.post("/ads", AD)).status == 200
    again = {**body, "password": serving.PASSWORD, "communityId": town.shibuya}
    assert key(await phone.post("/create-account", again)) == (468, "error.usernameTaken")


async def test_joining_is_throttled_as_a_sign_in(town: Town) -> None:
    await town.outsider()
    names = {"firstName": "O", "lastName": "S", "communityId": town.kaga}
    body = {"username": "outsider", "password": "wrong one", **names}
    phone = town.hiroba.client("/community")
    statuses = [(await phone.post("/create-account", body)).status for _ in range(11)]
    assert statuses == [468] * 10 + [429]


async def test_a_failed_sign_in_is_401_and_the_eleventh_429(town: Town, john: Phone) -> None:
    phone = town.hiroba.client("/community")
    for _ in range(10):
        wrong = await phone.post("/login", {"username": "john", "password": "wrong"})
        assert key(wrong) == (401, "error.loginFailed")
    refused = await phone.post("/login", {"username": "john", "password": serving.PASSWORD})
    assert key(refused) == (429, "error.tooManyRequests")
    assert int(refused.headers["Retry-After"]) > 0
    unknown = await phone.post("/login", {"username": "nobody", "password": "wrong"})
    assert key(unknown) == (401, "error.loginFailed")


async def test_limits_can_be_switched_off(serve: serving.Serve) -> None:
    phone = (await serve(limits={"enabled": "false"})).client("/community")
    statuses = [(await phone.post("/login", {"username": "john", "password": "wrong"})).status for _ in range(12)]
    assert statuses == [401] * 12


async def test_sessions_expire_when_idle_and_in_the_end(town: Town, john: Phone, clock: clocks.MovableClock) -> None:
    settings = town.hiroba.config.sessions
    clock.advance(seconds=settings.idle_ttl_seconds - 1)
    assert (await john.get("/user")).status == 200
    clock.advance(seconds=settings.absolute_ttl_seconds)
    assert (await john.get("/user")).status == 401


async def test_a_disabled_account_is_out_at_once(town: Town, john: Phone) -> None:
    await operators.disable(town.hiroba.context, audit.COMMAND_LINE, "john")
    assert (await john.get("/user")).status == 401
    login = {"username": "john", "password": serving.PASSWORD}
    assert key(await john.post("/login", login)) == (401, "error.loginFailed")
    await operators.enable(town.hiroba.context, audit.COMMAND_LINE, "john")
    assert (await john.post("/login", login)).status == 200


async def test_another_apis_cookie_is_none(town: Town, john: Phone) -> None:
    stranger = town.hiroba.client("/whoami")
    cookies = {cookie.key: cookie.value for cookie in john.client.http.cookie_jar}
    answer = await stranger.get("/signin", cookies={"session": cookies["JSESSIONID"]})
    assert answer.body == {"status": False, "message": "Not signed in"}


async def test_only_ones_own_profile_can_be_changed(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    assert key(await haru.post(f"/users/{john.account_id}", {"firstName": "X"})) == (403, "error.forbidden")
    answer = await john.post(f"/users/{john.account_id}", {"location": "Kaga", "admin": True, "balance": 5, "id": 1})
    assert answer.body["location"] == "Kaga"
    assert (answer.body["firstName"], answer.body["admin"], answer.body["balance"]) == ("John", False, 0)


async def test_people_of_another_community_are_not_shown(town: Town, john: Phone) -> None:
    yuina = await town.join("yuina", community_id=town.shibuya)
    assert key(await john.get(f"/users/{yuina.account_id}")) == (403, "error.forbidden")
    assert (await john.get("/users?q=doe")).body == []
    ad = (await yuina.post("/ads", AD)).body
    assert key(await john.get(f"/ads/{ad['id']}")) == (403, "error.forbidden")
    assert (await john.get("/ads")).body == []


async def test_wildcards_are_ordinary_characters(town: Town, john: Phone) -> None:
    await town.join("percent", firstName="100%", lastName="_under\\")
    assert len((await john.get("/users?q=%25")).body) == 1
    assert len((await john.get("/users?q=_")).body) == 1
    assert len((await john.get("/users?q=%5C")).body) == 1
    assert (await john.get("/users?q=%20")).body == []
    assert (await john.get("/users")).body == []


async def test_a_search_shows_ten_unless_asked_for_more(town: Town, john: Phone) -> None:
    for number in range(12):
        await town.join(f"many{number}")
    assert len((await john.get("/users?q=doe")).body) == 10
    assert len((await john.get("/users?q=doe&limit=12")).body) == 12


async def test_a_deleted_member_is_shown_as_one(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await haru.post("/ads", AD)
    await town.hiroba.client("/whoami").delete("/users", {"email": "haru", "password": serving.PASSWORD})
    assert (await john.get(f"/users/{haru.account_id}")).body == {"id": haru.account_id, "fullName": "Deleted member"}
    assert (await haru.get("/user")).status == 401
    assert (await john.get("/ads")).body == []
    await town.join("haru")


async def test_lists_are_paged(john: Phone) -> None:
    ids = [(await john.post("/ads", AD)).body["id"] for _ in range(4)]

    async def page(query: str) -> list[int]:
        return [ad["id"] for ad in (await john.get(f"/ads?{query}")).body]

    assert await page("limit=2") == await page("limit=2&after=0") == ids[:2]
    assert await page(f"limit=2&after={ids[1]}") == ids[2:]
    assert await page(f"limit=2&before={ids[3]}") == ids[1:3]
    for bad in ("limit=0", "limit=201", "limit=x", "limit=-1", "after=-1", "before=1e3", f"after={2**63}"):
        assert key(await john.get(f"/ads?{bad}")) == (400, "error.badRequest"), bad


async def test_scripts_of_configured_origins_may_call(town: Town, john: Phone) -> None:
    friend = await john.get("/user", headers={"Origin": "http://localhost:3000"})
    assert friend.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert friend.headers["Access-Control-Allow-Credentials"] == "true"
    stranger = await john.get("/user", headers={"Origin": "http://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers
    preflight = await john.ask(
        "OPTIONS",
        "/ads",
        headers={
            "Origin": "http://localhost:3000",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert preflight.status == 200
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
