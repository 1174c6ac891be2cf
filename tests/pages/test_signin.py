"""/signin and /signout."""

import pytest

from handlers.core import operators
from handlers.core.audit import COMMAND_LINE
from tests import clocks, serving
from tests.pages import reading

WRONG = "That login or password is not right."


@pytest.mark.parametrize("login", ["someone", "SomeOne", "someone@email.com", " Someone@Email.com "])
async def test_signs_in_and_out(browser: reading.Browser, someone: str, login: str) -> None:
    answer = await browser.send("/signin", login=login, password=serving.PASSWORD)
    assert (answer.status, answer.headers["Location"]) == (303, "/signin")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("hiroba=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie

    page = await browser.open("/signin")
    assert page.heading == "You are signed in"
    assert "Hello someone." in page.source
    assert page.one("form").attributes["action"] == "/signout"

    page = await browser.submit("/signout")
    assert (page.heading, page.news) == ("Sign in", "You are signed out.")
    assert (await browser.open("/signin")).heading == "Sign in"


async def test_the_session_is_of_the_database(hiroba: serving.Serving, browser: reading.Browser, someone: str) -> None:
    await browser.send("/signin", login="someone", password=serving.PASSWORD)
    await operators.disable(hiroba.context, COMMAND_LINE, "someone")
    assert (await browser.open("/signin")).heading == "Sign in"
    assert (await browser.submit("/signin", login="someone", password=serving.PASSWORD)).alert.endswith(WRONG)


async def test_signing_in_again_replaces_the_session(browser: reading.Browser, someone: str) -> None:
    first = await browser.send("/signin", login="someone", password=serving.PASSWORD)
    await browser.send("/signin", login="someone", password=serving.PASSWORD)
    token = first.headers["Set-Cookie"].partition(";")[0]
    stale = await browser.client.get("/signin", headers={"Cookie": token}, cookies={})
    assert reading.Page(await browser.client.get("/signin")).heading == "You are signed in"
    browser.client.http.cookie_jar.clear()
    stale = await browser.client.get("/signin", headers={"Cookie": token})
    assert reading.Page(stale).heading == "Sign in"


async def test_unknown_and_wrong_look_the_same(browser: reading.Browser, someone: str) -> None:
    unknown = await browser.submit("/signin", login="nobody", password="a wrong password")
    wrong = await browser.submit("/signin", login="someone", password="a wrong password")
    assert (unknown.status, wrong.status) == (422, 422)
    assert wrong.alert == "That did not work " + WRONG
    assert unknown.source.replace("nobody", "someone") == wrong.source
    assert (wrong.value("login"), wrong.value("password")) == ("someone", None)
    assert "a wrong password" not in wrong.source


async def test_blank_fields_are_named(browser: reading.Browser) -> None:
    page = await browser.submit("/signin")
    assert page.status == 422
    assert page.fault("login") == "Enter your e-mail address or your username."
    assert page.fault("password") == "Enter a password."
    assert [link.attributes["href"] for link in page.all("a") if "#" in (link.attributes["href"] or "")] == [
        "#login",
        "#password",
    ]


async def test_too_many_attempts(browser: reading.Browser, someone: str, clock: clocks.MovableClock) -> None:
    for _ in range(10):
        page = await browser.submit("/signin", login="someone", password="a wrong password")
        assert page.status == 422
    page = await browser.submit("/signin", login="someone", password=serving.PASSWORD)
    assert (page.status, page.headers["Retry-After"]) == (429, "900")
    assert page.alert == "That did not work Too many attempts. Try again in 15 minutes."
    assert page.value("login") == "someone"
    clock.advance(seconds=901)
    page = await browser.submit("/signin", login="someone", password=serving.PASSWORD)
    assert page.heading == "You are signed in"


async def test_what_was_typed_is_only_text(browser: reading.Browser) -> None:
    typed = '"><script>alert(1)</script>'
    page = await browser.submit("/signin", login=typed, password="x")
    assert page.value("login") == typed
    assert page.all("script") == []


async def test_password_managers_know_the_fields(browser: reading.Browser) -> None:
    page = await browser.open("/signin")
    assert page.one("input", name="login").attributes["autocomplete"] == "username"
    assert page.one("input", name="password").attributes["autocomplete"] == "current-password"


async def test_secure_cookies_with_https(serve: serving.Serve) -> None:
    hiroba = await serve(server={"public_url": "https://hiroba.example"})
    browser = reading.Browser(hiroba.client())
    headers = {**reading.FORM, "Origin": "https://hiroba.example"}
    await browser.client.post("/signup", b"username=a&email=a@b.example&password=somepassword", headers=headers)
    answer = await browser.client.post("/signin", b"login=a&password=somepassword", headers=headers)
    assert answer.status == 303
    assert "Secure" in answer.headers["Set-Cookie"]
