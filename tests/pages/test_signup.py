"""/signup."""

import pytest

from tests import serving
from tests.pages import reading


async def test_from_the_form_to_a_confirmed_address(hiroba: serving.Serving, browser: reading.Browser) -> None:
    page = await browser.submit("/signup", username="someone", email="someone@email.com", password=serving.PASSWORD)
    assert (page.status, page.heading) == (200, "A letter is on its way")

    await browser.submit("/signin", login="someone@email.com", password=serving.PASSWORD)
    assert "not confirmed yet" in (await browser.open("/signin")).source

    led = await browser.client.get(await hiroba.link("someone@email.com"))
    assert (led.status, led.headers["Location"]) == (302, hiroba.config.server.public_url + "/signin")
    page = await browser.open("/signin")
    assert "not confirmed yet" not in page.source
    assert "confirmed" in page.source


async def test_the_account_is_everywhere(hiroba: serving.Serving, browser: reading.Browser, someone: str) -> None:
    answer = await browser.client.post("/whoami/signin", {"email": someone, "password": serving.PASSWORD})
    assert answer.body["user"]["username"] == "someone"


async def test_all_that_is_wrong_is_said_at_once(browser: reading.Browser) -> None:
    page = await browser.submit("/signup", username="some@one", email="nowhere", password="short")
    assert (page.status, page.heading) == (422, "Create an account")
    assert page.fault("username") == 'A username has no "@".'
    assert page.fault("email") == "Enter an e-mail address such as name@example.com."
    assert page.fault("password") == "A password has at least 8 characters."
    assert page.value("username") == "some@one"
    assert page.value("email") == "nowhere"
    assert page.value("password") is None
    assert page.one("title").text.startswith("Error: ")


async def test_blank_fields_are_named(browser: reading.Browser) -> None:
    page = await browser.submit("/signup", username="  ")
    assert page.status == 422
    assert page.fault("username") == "Choose a username."
    assert page.fault("email") == "Enter your e-mail address."
    assert page.fault("password") == "Enter a password."


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"username": "SOMEONE"}, "username", "Somebody has this username already. Choose another."),
        ({"email": "Someone@Email.com"}, "email", "There is an account with this e-mail address already."),
        ({"username": "x" * 65}, "username", "A username has at most 64 characters."),
    ],
)
async def test_a_refusal_stands_beside_its_field(
    browser: reading.Browser, someone: str, given: dict[str, str], field: str, sentence: str
) -> None:
    fields = {"username": "other", "email": "other@email.com", "password": serving.PASSWORD, **given}
    page = await browser.submit("/signup", **fields)
    assert page.status == 422
    assert {name: page.fault(name) for name in ("username", "email", "password")} == {
        **dict.fromkeys(("username", "email", "password"), ""),
        field: sentence,
    }
    assert page.value(field) == fields[field]


async def test_password_managers_know_the_fields(browser: reading.Browser) -> None:
    page = await browser.open("/signup")
    known = {one.attributes["name"]: one.attributes["autocomplete"] for one in page.all("input")}
    assert known == {"username": "username", "email": "email", "password": "new-password"}
