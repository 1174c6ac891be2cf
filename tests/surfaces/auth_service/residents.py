"""People of the document's examples, and how tests get them in."""

import re
from typing import Any

from handlers.core import audit, operators
from tests import serving

PREFIX = "/auth-service"
EMAIL = "moderator@sheenmagazine.com"
PASSWORD = "BlackFreedom2020!*"
JANE = {
    "email": EMAIL,
    "password": PASSWORD,
    "fullName": "Jane Doe",
    "gender": "F",
    "city": "Los Angeles",
    "state": "CA",
    "zipCode": "90001",
    "isAdmin": True,
}
SHOWN = {name: value for name, value in JANE.items() if name != "password"}


def bad_request(sentence: str) -> dict[str, Any]:
    """The envelope of a refusal that is about no field."""
    return {"errors": [{"value": "Bad Request", "msg": sentence}]}


async def sign_up(hiroba: serving.Serving, **given: Any) -> serving.Client:
    """Jane, or somebody else, with a browser that is not signed in."""
    browser = hiroba.client(PREFIX)
    answer = await browser.post("/signUp", {**JANE, **given})
    assert answer.status == 201, answer.raw
    return browser


async def sign_in(browser: serving.Client, email: str = EMAIL, password: str = PASSWORD) -> dict[str, Any]:
    """What login answers."""
    answer = await browser.post("/login", {"email": email, "password": password})
    assert answer.status == 200, answer.raw
    return answer.body


async def operator(hiroba: serving.Serving, **given: Any) -> serving.Client:
    """Jane as an operator, signed in."""
    browser = await sign_up(hiroba, **given)
    await operators.promote_operator(hiroba.context, audit.COMMAND_LINE, given.get("email", EMAIL))
    await sign_in(browser, given.get("email", EMAIL))
    return browser


async def mailed_code(hiroba: serving.Serving, to: str = EMAIL) -> str:
    """The code in the newest letter to somebody."""
    newest = (await hiroba.letters(to))[0]
    found = re.search(r"(?m)^([A-Za-z0-9]{6})$", newest.text)
    assert found is not None, newest.text
    return found[1]
