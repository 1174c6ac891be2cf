"""Every example of `apis/whoami.md` within authentication, named after its heading and checked field by field."""

import re

import pytest

from handlers.core import accounts, audit, operators
from tests import serving

EMAIL = "someone@email.com"
SOMEONE = {"email": EMAIL, "password": serving.PASSWORD}
GMT = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


@pytest.fixture
async def browser(hiroba: serving.Serving) -> serving.Client:
    """A browser whose person registered a moment ago."""
    browser = hiroba.client("/whoami")
    answer = await browser.post("/register", {"username": "someone", **SOMEONE})
    assert (answer.status, answer.body) == (200, {"status": True})
    return browser


def check_user(user: dict, *, confirmed: bool) -> None:
    assert GMT.fullmatch(user.pop("registered_on"))
    assert user == {"confirmed": confirmed, "email": EMAIL, "username": "someone"}


async def test_register_a_user_post(browser: serving.Client, hiroba: serving.Serving) -> None:
    letter = (await hiroba.letters(EMAIL))[0]
    assert letter.recipient == EMAIL
    assert f"{hiroba.config.server.public_url}/whoami/confirm/" in letter.text


async def test_authenticate_user_post(browser: serving.Client) -> None:
    answer = await browser.post("/signin", SOMEONE)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.body
    check_user(body.pop("user"), confirmed=False)
    assert body == {"status": True, "message": "User successfully signed in"}


async def test_check_user_credential_with_session_get(browser: serving.Client, hiroba: serving.Serving) -> None:
    await browser.get(await hiroba.link(EMAIL))
    await browser.post("/signin", SOMEONE)
    answer = await browser.get("/signin")
    assert answer.status == 200
    body = answer.body
    check_user(body.pop("user"), confirmed=True)
    assert body == {"status": True, "message": "User already signed in"}


async def test_signing_out_by_removing_session_data_get(browser: serving.Client) -> None:
    await browser.post("/signin", SOMEONE)
    answer = await browser.get("/signout")
    assert (answer.status, answer.body) == (
        200,
        {"status": True, "message": "User successfully signed out", "email": EMAIL},
    )
    assert (await browser.get("/signin")).body == {"status": False, "message": "Not signed in"}


async def test_get_all_the_user_information_get(browser: serving.Client, hiroba: serving.Serving) -> None:
    await browser.post("/signin", SOMEONE)
    await operators.promote_operator(hiroba.context, audit.COMMAND_LINE, "someone")
    answer = await browser.get("/users")
    assert answer.status == 200
    body = answer.body
    (user,) = body.pop("users")
    assert STAMP.fullmatch(user.pop("registered_on"))
    assert user == {"email": EMAIL, "username": "someone", "confirmed": False}
    assert body == {"status": True}


async def test_delete_a_user_delete(browser: serving.Client) -> None:
    answer = await browser.delete("/users", SOMEONE)
    assert (answer.status, answer.body) == (
        200,
        {"status": True, "deleted_user": {"username": "someone", "email": EMAIL}},
    )
    again = await browser.post("/signin", SOMEONE)
    assert again.body == {"status": False, "message": "Email or password is not correct"}


async def test_resend_a_confirmation_email_to_the_user_post(browser: serving.Client, hiroba: serving.Serving) -> None:
    answer = await browser.post("/resend", {"email": EMAIL})
    assert (answer.status, answer.body) == (
        200,
        {"status": True, "message": "The confirmation email has been sent again"},
    )
    assert len(await hiroba.letters(EMAIL)) == 2


async def test_confirm_user_email_address_get(browser: serving.Client, hiroba: serving.Serving) -> None:
    answer = await browser.get(await hiroba.link(EMAIL))
    assert answer.status == 302
    assert answer.headers["Location"] == f"{hiroba.config.server.public_url}/signin"


async def test_sends_an_email_to_reset_a_users_password_post(browser: serving.Client, hiroba: serving.Serving) -> None:
    answer = await browser.post("/send_pwreset_email", {"email": EMAIL})
    assert (answer.status, answer.body) == (
        200,
        {"status": True, "message": "The password reset email has been sent"},
    )
    letter = (await hiroba.letters(EMAIL))[0]
    assert f"{hiroba.config.server.public_url}/whoami/password_reset_confirm/" in letter.text


async def test_resets_a_users_password_put(browser: serving.Client) -> None:
    await browser.post("/signin", SOMEONE)
    answer = await browser.put("/reset_pw", {"new_password": "somenewpassword"})
    assert (answer.status, answer.body) == (200, {"status": True})
    assert (await browser.post("/signin", {**SOMEONE, "password": "somenewpassword"})).body["status"] is True


async def test_confirms_on_password_reset_get(browser: serving.Client, hiroba: serving.Serving) -> None:
    await browser.post("/send_pwreset_email", {"email": EMAIL})
    answer = await browser.get(await hiroba.link(EMAIL))
    assert answer.status == 302
    assert answer.headers["Location"] == f"{hiroba.config.server.public_url}/reset_pw"
    # The link signs nobody in, but lets this browser set the password.
    assert (await browser.get("/signin")).body == {"status": False, "message": "Not signed in"}
    assert (await browser.put("/reset_pw", {"new_password": "somenewpassword"})).body == {"status": True}


async def test_newcomers_by_core_are_the_same_accounts(hiroba: serving.Serving) -> None:
    newcomer = accounts.Newcomer(username="elsewhere", email=None, password=serving.PASSWORD)
    await accounts.register(hiroba.context, audit.COMMAND_LINE, newcomer)
    answer = await hiroba.client("/whoami").post("/signin", {"email": "ELSEWHERE", "password": serving.PASSWORD})
    assert answer.body["user"]["username"] == "elsewhere"
    assert answer.body["user"]["email"] is None
