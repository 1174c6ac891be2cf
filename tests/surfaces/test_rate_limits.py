"""What answers tell of limits, and that they tell no more of somebody who exists than of nobody."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.rest import identity, limits
from server import app
from tests import clocks, serving
from tests.surfaces.besieged import PAGES
from tests.surfaces.towns import Phone, Town

POLICY, LIMIT = "RateLimit-Policy", "RateLimit"
SIGN_IN_POLICY = '"sign-in";q=10;w=900, "sign-in-address";q=100;w=900, "sign-in-account";q=1000;w=86400'
MAIL_POLICY = '"mail";q=3;w=900'
WRONG = "not the password"

# For each route that has a limit: what is sent to it in the name of an e-mail or username.
Body = Callable[[str], dict[str, Any]]
SIGN_INS: dict[str, Body] = {
    "POST /community/login": lambda who: {"username": who, "password": WRONG},
    "POST /whoami/signin": lambda who: {"email": who, "password": WRONG},
    "DELETE /whoami/users": lambda who: {"email": who, "password": WRONG},
    "POST /shop/login": lambda who: {"username": who, "password": WRONG},
    "POST /allowances/login": lambda who: {"username": who, "password": WRONG},
    "POST /me/session": lambda who: {"login": who, "password": WRONG},
}
MAILS: dict[str, Body] = {
    "POST /whoami/resend": lambda who: {"email": who},
    "POST /whoami/send_pwreset_email": lambda who: {"email": who},
    "POST /allowances/waitlist": lambda who: {"email": who},
}


async def ask(hiroba: serving.Serving, route: str, body: dict[str, Any], **headers: str) -> serving.Answer:
    method, path = route.split(" ")
    return await hiroba.client().ask(method, path, body, headers=headers)


@pytest.mark.parametrize("route", SIGN_INS)
async def test_sign_ins(town: Town, john: Phone, clock: clocks.MovableClock, route: str) -> None:
    known, unknown = [], []
    for who, answers in (("john", known), ("nobody", unknown)):
        for _ in range(12):
            answer = await ask(town.hiroba, route, SIGN_INS[route](who))
            answers.append((answer.status, answer.headers[POLICY], answer.headers.get(LIMIT), answer.raw))
    assert known == unknown
    assert [status for status, *_ in known].count(429) == 2
    assert {policy for _, policy, *_ in known} == {SIGN_IN_POLICY}
    # What is left is told when nothing is, and never to whom it would tell what others did.
    assert [limit for *_, limit, _ in known] == [None] * 10 + ['"sign-in";r=0;t=900'] * 2
    clock.advance(seconds=600)
    answer = await ask(town.hiroba, route, SIGN_INS[route]("john"))
    assert (answer.headers["Retry-After"], answer.headers[LIMIT]) == ("300", '"sign-in";r=0;t=300')


async def test_whoever_signs_in_is_told_the_policy(town: Town, john: Phone) -> None:
    answer = await john.post("/login", {"username": "john", "password": serving.PASSWORD})
    assert (answer.status, answer.headers[POLICY]) == (200, SIGN_IN_POLICY)
    assert LIMIT not in answer.headers
    # Joining tries a password, too; registering answers alike.
    assert POLICY in (await town.hiroba.client("/community").post("/create-account", {})).headers
    assert POLICY not in (await john.get("/user")).headers


@pytest.mark.parametrize("route", MAILS)
async def test_mails(town: Town, route: str) -> None:
    await town.join("john", email="john@hiroba.example")
    for who in ("john@hiroba.example", "nobody@hiroba.example"):
        answers = [await ask(town.hiroba, route, MAILS[route](who)) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert {answer.headers[POLICY] for answer in answers} == {MAIL_POLICY}
        assert [answer.headers.get(LIMIT) for answer in answers] == [None] * 3 + ['"mail";r=0;t=900']


async def test_where_it_may_be_told_who_is_unknown(town: Town) -> None:
    """auth-service tells (contract, 5), and limits all the same."""
    await town.join("john", email="john@hiroba.example")
    for who in ("john@hiroba.example", "nobody@hiroba.example"):
        for number in range(11):
            answer = await ask(town.hiroba, "POST /auth-service/login", {"email": who, "password": WRONG})
            assert answer.headers[POLICY] == SIGN_IN_POLICY
            assert answer.headers.get(LIMIT) == (None if number < 10 else '"sign-in";r=0;t=900')
        for number in range(4):
            answer = await ask(town.hiroba, "POST /auth-service/requestPasswordReset", {"email": who})
            assert answer.headers[POLICY] == MAIL_POLICY
            assert answer.headers.get(LIMIT) == (None if number < 3 else '"mail";r=0;t=900')


async def test_wherever_a_token_that_was_made_up_is_counted(town: Town) -> None:
    """The shop's are, on every route: what was reached is told with the refusal."""
    for number in range(101):
        answer = await ask(town.hiroba, "POST /shop/get-balance", {"token": f"made up, {number}"})
    assert (answer.status, answer.headers[LIMIT]) == (429, '"sign-in";r=0;t=900')
    assert answer.headers[POLICY] == SIGN_IN_POLICY


async def test_in_the_pages(hiroba: serving.Serving) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for number in range(11):
        answer = await hiroba.client().post("/signin", b"login=nobody&password=wrong", headers=dict(form))
        assert answer.headers[POLICY] == SIGN_IN_POLICY
        assert answer.headers.get(LIMIT) == (None if number < 10 else '"sign-in";r=0;t=900')
        assert answer.headers["Content-Type"].startswith("text/html")
    for number in range(4):
        answer = await hiroba.client().post("/reset_pw/link", b"email=nobody@hiroba.example", headers=dict(form))
        assert answer.headers[POLICY] == MAIL_POLICY
        assert answer.headers.get(LIMIT) == (None if number < 3 else '"mail";r=0;t=900')


async def test_pages_of_other_origins_can_read_them(hiroba: serving.Serving) -> None:
    answer = await ask(hiroba, "POST /community/login", {}, Origin="http://localhost:3000")
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert {POLICY, LIMIT, "Retry-After"} <= {name.strip() for name in exposed.split(",")}
    assert POLICY in answer.headers


async def test_without_limits_there_is_no_policy(serve: serving.Serve) -> None:
    hiroba = await serve(limits={"enabled": "false"})
    answer = await ask(hiroba, "POST /community/login", {"username": "nobody", "password": WRONG})
    assert answer.status == 401
    assert POLICY not in answer.headers


def test_whoever_takes_a_password_or_mails_somebody_declares_it() -> None:
    """By what a route accepts: a password beside a name to sign in with, or an address alone."""
    undeclared = []
    for route in (route for door in (*app.SURFACES, *app.OWN, PAGES) for route in door.routes):
        if route.who is identity.Who.OPERATOR:
            continue
        fields = set(getattr(route.accepts, "__struct_fields__", ()))
        if fields == {"email"} and route.limited is not limits.Kind.MAIL:
            undeclared.append(route.path)
        if len(fields) == 2 and "password" in fields and route.limited is not limits.Kind.SIGN_IN:
            undeclared.append(route.path)
    assert undeclared == []
