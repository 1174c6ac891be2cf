"""What the contract adds to `apis/whoami.md`: refusals, links, limits, forms."""

import pytest

from handlers.core import audit, operators
from tests import clocks, serving

EMAIL = "someone@email.com"
SOMEONE = {"email": EMAIL, "password": serving.PASSWORD}


@pytest.fixture
async def browser(hiroba: serving.Serving) -> serving.Client:
    """A browser whose person registered a moment ago."""
    browser = hiroba.client("/whoami")
    await browser.post("/register", {"username": "someone", **SOMEONE})
    return browser


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "/signin", {"email": EMAIL}, "Request is missing either email or password"),
        ("POST", "/register", {"username": "x"}, "Request is missing either username, password or email"),
        ("POST", "/resend", {}, "Request is missing either email"),
        ("POST", "/signin", b"", "Request is missing either email or password"),
        ("POST", "/send_pwreset_email", {"email": None}, "Request is missing either email"),
        ("PUT", "/reset_pw", {}, "Request is missing either new_password"),
        ("DELETE", "/users", {"password": "x"}, "Request is missing either email or password"),
        ("PUT", "/reset_pw", {"new_password": "somenewpassword"}, "Invalid session"),
        ("GET", "/signin", None, "Not signed in"),
        ("GET", "/signout", None, "Invalid session"),
        ("GET", "/users", None, "Invalid session"),
        ("POST", "/signin", {"email": EMAIL, "password": "wrong"}, "Email or password is not correct"),
        ("POST", "/signin", {"email": "nobody@email.com", "password": "wrong"}, "Email or password is not correct"),
        ("DELETE", "/users", {"email": EMAIL, "password": "wrong"}, "Email or password is not correct"),
        (
            "POST",
            "/register",
            {"username": "other", "email": EMAIL.upper(), "password": "somepassword"},
            "The given email already exists",
        ),
        (
            "POST",
            "/register",
            {"username": "SomeOne", "email": "other@email.com", "password": "somepassword"},
            "The given username already exists",
        ),
        (
            "POST",
            "/register",
            {"username": "other", "email": "no address", "password": "somepassword"},
            "Email is not in a valid format",
        ),
        (
            "POST",
            "/register",
            {"username": "other", "email": "other@email.com", "password": "short"},
            "Password must have at least 8 characters",
        ),
    ],
)
async def test_a_refusal_is_a_200_that_says_no(
    browser: serving.Client, method: str, path: str, body: dict | None, message: str
) -> None:
    if path == "/reset_pw" and body == {}:
        await browser.post("/signin", SOMEONE)
    answer = await browser.ask(method, path, body)
    assert (answer.status, answer.body) == (200, {"status": False, "message": message})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"email": 5, "password": "x"}', 400),
        (b'{"email": "a\\u0000", "password": "x"}', 400),
        (b'{"email": "a\\ud800", "password": "x"}', 400),
        (b'{"email": "\xff", "password": "x"}', 400),
        (b'{"email": NaN, "password": "x"}', 400),
        (b'{"email": "' + b"a" * 300 + b'", "password": "x"}', 400),
        (b"[" * 100_000, 400),
        (b'{"email": "' + b"a" * 1024 * 1024 + b'"}', 413),
    ],
)
async def test_what_cannot_be_read_has_a_status_of_its_own(browser: serving.Client, body: bytes, status: int) -> None:
    answer = await browser.post("/signin", body)
    assert answer.status == status
    assert answer.body["status"] is False
    assert isinstance(answer.body["message"], str)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("PATCH", "/signin", 405)])
async def test_unknown_paths_and_methods_speak_its_shape(
    browser: serving.Client, method: str, path: str, status: int
) -> None:
    answer = await browser.ask(method, path)
    assert answer.status == status
    assert answer.body["status"] is False


async def test_forms_are_read_too(browser: serving.Client) -> None:
    answer = await browser.ask(
        "POST",
        "/signin",
        b"email=someone%40email.com&password=somepassword",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.body["message"] == "User successfully signed in"


async def test_json_is_read_whatever_the_content_type_says(browser: serving.Client) -> None:
    body = b'{"email": "someone@email.com", "password": "somepassword"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        answer = await browser.ask("POST", "/signin", body, headers={"Content-Type": kind})
        assert answer.body["status"] is True, kind


async def test_confirming_twice_is_a_success_twice(browser: serving.Client, hiroba: serving.Serving) -> None:
    link = await hiroba.link(EMAIL)
    for _ in range(2):
        answer = await browser.get(link)
        assert answer.headers["Location"].endswith("/signin")
    signed_in = await browser.post("/signin", SOMEONE)
    assert signed_in.body["user"]["confirmed"] is True


async def test_a_link_is_bound_to_its_purpose(browser: serving.Client, hiroba: serving.Serving) -> None:
    token = (await hiroba.link(EMAIL)).rpartition("/")[2]
    answer = await browser.get(f"/password_reset_confirm/{token}")
    assert answer.headers["Location"].endswith("/signin")
    assert (await browser.put("/reset_pw", {"new_password": "somenewpassword"})).body["status"] is False


async def test_an_expired_link_confirms_nothing(
    browser: serving.Client, hiroba: serving.Serving, clock: clocks.MovableClock
) -> None:
    link = await hiroba.link(EMAIL)
    clock.advance(seconds=3601)
    assert (await browser.get(link)).headers["Location"].endswith("/signin")
    assert (await browser.post("/signin", SOMEONE)).body["user"]["confirmed"] is False


async def test_links_of_a_gone_account_lead_to_signup(browser: serving.Client, hiroba: serving.Serving) -> None:
    confirmation = await hiroba.link(EMAIL)
    await browser.post("/send_pwreset_email", {"email": EMAIL})
    reset = await hiroba.link(EMAIL)
    await browser.delete("/users", SOMEONE)
    for link in (confirmation, reset):
        assert (await browser.get(link)).headers["Location"].endswith("/signup")


async def test_a_reset_link_works_until_a_password_was_set_with_it(
    browser: serving.Client, hiroba: serving.Serving
) -> None:
    elsewhere = hiroba.client("/whoami")
    await elsewhere.post("/signin", SOMEONE)
    await browser.post("/send_pwreset_email", {"email": EMAIL})
    link = await hiroba.link(EMAIL)
    scanner = hiroba.client("/whoami")
    assert (await scanner.get(link)).headers["Location"].endswith("/reset_pw")
    assert (await browser.get(link)).headers["Location"].endswith("/reset_pw")
    assert (await browser.put("/reset_pw", {"new_password": "somenewpassword"})).body["status"] is True
    # Every link, grant and session went with it.
    assert (await scanner.put("/reset_pw", {"new_password": "the scanner's"})).body["status"] is False
    assert (await browser.get(link)).headers["Location"].endswith("/signin")
    assert (await elsewhere.get("/signin")).body["status"] is False
    assert (await browser.put("/reset_pw", {"new_password": "again and again"})).body["status"] is False


async def test_a_grant_goes_before_the_browsers_own_session(browser: serving.Client, hiroba: serving.Serving) -> None:
    await browser.post("/register", {"username": "other", "email": "other@email.com", "password": "otherpassword"})
    await browser.post("/signin", {"email": "other", "password": "otherpassword"})
    await browser.post("/send_pwreset_email", {"email": EMAIL})
    await browser.get(await hiroba.link(EMAIL))
    assert (await browser.put("/reset_pw", {"new_password": "somenewpassword"})).body["status"] is True
    assert (await browser.get("/signin")).body["user"]["username"] == "other"
    elsewhere = hiroba.client("/whoami")
    assert (await elsewhere.post("/signin", {"email": "other", "password": "otherpassword"})).body["status"] is True
    assert (await browser.post("/signin", {"email": EMAIL, "password": "somenewpassword"})).body["status"] is True


async def test_the_grant_ends_after_its_time(
    browser: serving.Client, hiroba: serving.Serving, clock: clocks.MovableClock
) -> None:
    await browser.post("/send_pwreset_email", {"email": EMAIL})
    await browser.get(await hiroba.link(EMAIL))
    clock.advance(seconds=901)
    answer = await browser.put("/reset_pw", {"new_password": "somenewpassword"})
    assert answer.body == {"status": False, "message": "Invalid session"}


async def test_a_password_is_changed_only_shortly_after_signing_in(
    browser: serving.Client, clock: clocks.MovableClock
) -> None:
    await browser.post("/signin", SOMEONE)
    clock.advance(seconds=601)
    answer = await browser.put("/reset_pw", {"new_password": "somenewpassword"})
    assert answer.body == {"status": False, "message": "Invalid session"}


@pytest.mark.parametrize("path", ["/resend", "/send_pwreset_email"])
async def test_mails_answer_alike_for_known_and_unknown_and_stop_alike(browser: serving.Client, path: str) -> None:
    for email in (EMAIL, "nobody@email.com"):
        answers = [await browser.post(path, {"email": email}) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert answers[0].body["status"] is True
        assert answers[3].body["status"] is False
        assert int(answers[3].headers["Retry-After"]) > 0


async def test_ten_failures_refuse_the_address_and_the_right_password_too(
    browser: serving.Client, clock: clocks.MovableClock
) -> None:
    for _ in range(10):
        assert (await browser.post("/signin", {**SOMEONE, "password": "wrong"})).status == 200
    refused = await browser.post("/signin", SOMEONE)
    assert refused.status == 429
    assert refused.body["status"] is False
    clock.advance(seconds=int(refused.headers["Retry-After"]))
    assert (await browser.post("/signin", SOMEONE)).body["status"] is True


async def test_the_list_of_users_is_for_operators(browser: serving.Client, hiroba: serving.Serving) -> None:
    await browser.post("/signin", SOMEONE)
    assert (await browser.get("/users")).body["status"] is False
    await operators.promote_operator(hiroba.context, audit.COMMAND_LINE, "someone")
    assert len((await browser.get("/users?limit=1")).body["users"]) == 1
    assert (await browser.get("/users?limit=201")).status == 400


async def test_frontend_url_may_be_a_hash_route(serve: serving.Serve) -> None:
    hiroba = await serve(whoami={"frontend_url": "http://localhost:3000/#"})
    answer = await hiroba.client("/whoami").get("/confirm/unknown")
    assert answer.headers["Location"] == "http://localhost:3000/#/signin"


async def test_a_session_is_another_after_signing_in_and_the_cookie_is_careful(
    browser: serving.Client, hiroba: serving.Serving
) -> None:
    first = await browser.post("/signin", SOMEONE)
    cookie = first.headers["Set-Cookie"]
    kept = {"session": cookie.partition(";")[0].removeprefix("session=")}
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "Path=/" in cookie
    assert "SameSite=Lax" in cookie
    thief = hiroba.client("/whoami")
    assert (await thief.get("/signin", cookies=kept)).body["status"] is True
    await browser.post("/signin", SOMEONE)
    assert (await thief.get("/signin", cookies=kept)).body["status"] is False


async def test_a_cookie_that_was_slipped_to_a_browser_shares_no_right(
    browser: serving.Client, hiroba: serving.Serving
) -> None:
    await browser.post("/send_pwreset_email", {"email": EMAIL})
    link = await hiroba.link(EMAIL)
    attacker = hiroba.client("/whoami")
    first = await attacker.get(link)
    planted = {"session": first.headers["Set-Cookie"].partition(";")[0].removeprefix("session=")}
    await browser.put("/reset_pw", {"new_password": "nobody has a right yet"}, cookies=planted)
    # The victim's browser follows a later link with the planted cookie, and is given another.
    victim = hiroba.client("/whoami")
    await hiroba.client("/whoami").post("/send_pwreset_email", {"email": EMAIL})
    followed = await victim.get(await hiroba.link(EMAIL), cookies=planted)
    cookie = followed.headers["Set-Cookie"].partition(";")[0].removeprefix("session=")
    assert cookie
    assert cookie != planted["session"]
