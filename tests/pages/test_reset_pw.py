"""/reset_pw, and the way there."""

import asyncio

import pytest

from handlers.core import audit, operators
from tests import clocks, serving
from tests.pages import reading

NEW = "a new password of mine"
USED_UP = "This link has been used or is too old. If you have just set a new password, sign in with it."
IS_SET = "Your new password is set. Everybody who was signed in with the old one is signed out."


async def _follow(hiroba: serving.Serving, browser: reading.Browser, email: str) -> reading.Page:
    """Asks for a link on the page and follows the one that is mailed."""
    page = await browser.submit("/reset_pw/link", email=email)
    assert page.heading == "Look into your mail"
    answer = await browser.client.get(await hiroba.link(email))
    assert (answer.status, answer.headers["Location"]) == (302, hiroba.config.server.public_url + "/reset_pw")
    return await browser.open("/reset_pw")


async def _signs_in(hiroba: serving.Serving, password: str, login: str = "someone") -> bool:
    page = await reading.Browser(hiroba.client()).submit("/signin", login=login, password=password)
    return page.heading == "You are signed in"


async def test_by_a_mailed_link(hiroba: serving.Serving, browser: reading.Browser, someone: str) -> None:
    page = await _follow(hiroba, browser, someone)
    assert page.heading == "Set a new password"
    assert (page.value("username"), page.value("new_password")) == (someone, None)
    assert page.one("input", name="new_password").attributes["autocomplete"] == "new-password"

    page = await browser.submit("/reset_pw", username=someone, new_password=NEW)
    assert (page.heading, page.news) == ("Sign in", IS_SET)
    assert await _signs_in(hiroba, NEW)
    assert not await _signs_in(hiroba, serving.PASSWORD)

    page = await browser.submit("/reset_pw", username=someone, new_password="another password")
    assert (page.status, page.alert) == (403, "That did not work " + USED_UP)
    assert await _signs_in(hiroba, NEW)


async def test_the_link_is_used_up_for_whoami_too(
    hiroba: serving.Serving, browser: reading.Browser, someone: str
) -> None:
    await _follow(hiroba, browser, someone)
    await browser.submit("/reset_pw", new_password=NEW)
    answer = await browser.client.put("/whoami/reset_pw", {"new_password": "another password"})
    assert answer.body == {"status": False, "message": "Invalid session"}


async def test_a_weak_password_leaves_the_link_good(
    hiroba: serving.Serving, browser: reading.Browser, someone: str
) -> None:
    await _follow(hiroba, browser, someone)
    page = await browser.submit("/reset_pw", username=someone, new_password="short")
    assert (page.status, page.fault("new_password")) == (422, "A password has at least 8 characters.")
    assert page.value("username") == someone
    page = await browser.submit("/reset_pw", username=someone)
    assert (page.status, page.fault("new_password")) == (422, "Enter a new password.")
    assert (await browser.submit("/reset_pw", username=someone, new_password=NEW)).news == IS_SET


async def test_two_at_once_use_it_once(hiroba: serving.Serving, browser: reading.Browser, someone: str) -> None:
    await _follow(hiroba, browser, someone)
    answers = await asyncio.gather(
        *(browser.send("/reset_pw", new_password=f"password number {number}") for number in range(4))
    )
    assert sorted(answer.status for answer in answers) == [303, 403, 403, 403]
    (winner,) = [number for number, answer in enumerate(answers) if answer.status == 303]
    assert await _signs_in(hiroba, f"password number {winner}")


async def test_without_script_or_link_one_is_asked_for(browser: reading.Browser, someone: str) -> None:
    page = await browser.open("/reset_pw")
    assert page.one("form").attributes["action"] == "/reset_pw/link"
    page = await browser.submit("/reset_pw", new_password=NEW)
    assert page.status == 403


async def test_asking_tells_nothing(hiroba: serving.Serving, browser: reading.Browser, someone: str) -> None:
    known = await browser.submit("/reset_pw/link", email=someone)
    unknown = await browser.submit("/reset_pw/link", email="nobody@email.com")
    assert known.source == unknown.source
    assert await hiroba.letters("nobody@email.com") == []
    page = await browser.submit("/reset_pw/link", email=" ")
    assert (page.status, page.fault("email")) == (422, "Enter your e-mail address.")


@pytest.mark.parametrize("email", ["someone@email.com", "nobody@email.com"])
async def test_asking_too_often(browser: reading.Browser, someone: str, email: str) -> None:
    for _ in range(3):
        assert (await browser.submit("/reset_pw/link", email=email)).status == 200
    page = await browser.submit("/reset_pw/link", email=email)
    assert (page.status, page.headers["Retry-After"]) == (429, "900")
    assert page.value("email") == email


async def test_shortly_after_signing_in(
    hiroba: serving.Serving, browser: reading.Browser, someone: str, clock: clocks.MovableClock
) -> None:
    elsewhere = reading.Browser(hiroba.client())
    await elsewhere.submit("/signin", login="someone", password=serving.PASSWORD)
    await browser.submit("/signin", login="someone", password=serving.PASSWORD)
    clock.advance(seconds=600)
    page = await browser.submit("/reset_pw", username=someone, new_password=NEW)
    # Who set it stays signed in; everybody else is not.
    assert (page.heading, page.news) == ("You are signed in", IS_SET)
    assert (await elsewhere.open("/signin")).heading == "Sign in"


async def test_long_after_signing_in(browser: reading.Browser, someone: str, clock: clocks.MovableClock) -> None:
    await browser.submit("/signin", login="someone", password=serving.PASSWORD)
    clock.advance(seconds=601)
    page = await browser.open("/reset_pw")
    assert "You signed in a while ago." in page.source
    assert (await browser.submit("/reset_pw", username=someone, new_password=NEW)).status == 403


async def test_a_recent_sign_in_to_whoami_counts(
    hiroba: serving.Serving, browser: reading.Browser, someone: str
) -> None:
    await browser.client.post("/whoami/signin", {"email": someone, "password": serving.PASSWORD})
    assert (await browser.submit("/reset_pw", username=someone, new_password=NEW)).news == IS_SET
    assert await _signs_in(hiroba, NEW)


async def test_the_links_account_goes_before_the_browsers_own(
    hiroba: serving.Serving, browser: reading.Browser, someone: str
) -> None:
    await browser.submit("/signup", username="other", email="other@email.com", password=serving.PASSWORD)
    await browser.submit("/signin", login="other", password=serving.PASSWORD)
    page = await _follow(hiroba, browser, someone)
    assert page.value("username") == someone
    page = await browser.submit("/reset_pw", username=someone, new_password=NEW)
    # The browser stays who it was.
    assert (page.heading, page.news) == ("You are signed in", IS_SET)
    assert "Hello other." in page.source
    assert await _signs_in(hiroba, NEW)
    assert await _signs_in(hiroba, serving.PASSWORD, "other")


async def test_a_form_for_one_account_never_changes_another(
    hiroba: serving.Serving, browser: reading.Browser, someone: str, clock: clocks.MovableClock
) -> None:
    await _follow(hiroba, browser, someone)
    clock.advance(seconds=901)
    await browser.submit("/signup", username="other", email="other@email.com", password=serving.PASSWORD)
    await browser.submit("/signin", login="other", password=serving.PASSWORD)
    # The page was shown while the link's right lasted, and is sent when only the browser's own account is left.
    page = await browser.submit("/reset_pw", username=someone, new_password=NEW)
    assert page.status == 403
    assert "This page was for another account" in page.alert
    assert page.value("username") == "other@email.com"
    assert await _signs_in(hiroba, serving.PASSWORD, "other")
    assert await _signs_in(hiroba, serving.PASSWORD)


async def test_of_two_sign_ins_at_once_one_sets_it(
    hiroba: serving.Serving, browser: reading.Browser, someone: str
) -> None:
    browsers = [browser, reading.Browser(hiroba.client())]
    for one in browsers:
        await one.submit("/signin", login="someone", password=serving.PASSWORD)
    answers = await asyncio.gather(
        *(one.send("/reset_pw", new_password=f"password number {number}") for number, one in enumerate(browsers))
    )
    # The first ends the other's session: what that one set out to do does not come after all.
    assert sorted(answer.status for answer in answers) == [303, 403]
    assert await _signs_in(hiroba, f"password number {[answer.status for answer in answers].index(303)}")


async def test_an_account_that_was_shut_out_since_is_not_changed(
    hiroba: serving.Serving, browser: reading.Browser, someone: str
) -> None:
    await _follow(hiroba, browser, someone)
    await operators.disable(hiroba.context, audit.COMMAND_LINE, "someone")
    assert (await browser.submit("/reset_pw", username=someone, new_password=NEW)).status == 403
    await operators.enable(hiroba.context, audit.COMMAND_LINE, "someone")
    assert await _signs_in(hiroba, serving.PASSWORD)


async def test_the_audit_tells_and_keeps_no_secret(
    hiroba: serving.Serving, browser: reading.Browser, someone: str
) -> None:
    await _follow(hiroba, browser, someone)
    await browser.submit("/reset_pw", username=someone, new_password=NEW)
    entries = await audit.entries(hiroba.context.database, most=100)
    assert [(entry.act, entry.api) for entry in entries] == [
        ("registered", "hiroba"),
        ("password reset requested", "hiroba"),
        ("password reset link followed", "whoami"),
        ("password set", "hiroba"),
    ]
    assert NEW not in repr(entries)
