"""No sign-in tells whether there is such an account: the answers are alike, and so is the work behind them."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from handlers.core import audit, operators, passwords
from tests import serving
from tests.surfaces.test_rate_limits import SIGN_INS, WRONG, Body, ask
from tests.surfaces.towns import Phone, Town

# What belongs to one delivery of an answer.
OWN = {"date", "x-request-id"}
# Forms of the pages, and the API that tells by its contract: the work is the same all the same.
OTHERS: dict[str, Body] = {
    "POST /community/create-account": lambda who: {
        "username": who, "password": WRONG, "firstName": "A", "lastName": "B", "communityId": 0,
    },
    "POST /auth-service/login": lambda who: {"email": who, "password": WRONG},
    "DELETE /whoami/users": lambda who: {"email": who, "password": WRONG},
}  # fmt: skip


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that is hashed for real, in whichever thread."""
    done: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(passwords.bcrypt, name)

        def call(*given: Any) -> Any:
            done.append(name)
            return real(*given)

        return call

    for name in ("checkpw", "hashpw"):
        monkeypatch.setattr(passwords.bcrypt, name, counted(name))
    return done


@pytest.mark.parametrize("route", SIGN_INS)
async def test_known_unknown_and_shut_out_are_answered_alike_after_one_check(
    town: Town, john: Phone, checks: list[str], route: str
) -> None:
    await town.join("riku", email="riku@town.example")
    await operators.disable(town.hiroba.context, audit.COMMAND_LINE, "riku")
    answers = []
    for who in ("john", "nobody", "nobody@town.example", "riku", "riku@town.example"):
        checks.clear()
        answer = await ask(town.hiroba, route, SIGN_INS[route](who))
        assert len(checks) == 1, who
        headers = sorted((name, value) for name, value in answer.headers.items() if name.lower() not in OWN)
        answers.append((answer.status, answer.raw, headers))
    for one, other in itertools.pairwise(answers):
        assert one == other


@pytest.mark.parametrize("route", OTHERS)
async def test_whatever_takes_a_password_checks_one(
    hiroba: serving.Serving, town: Town, john: Phone, checks: list[str], route: str
) -> None:
    for who in ("john", "nobody"):
        body = OTHERS[route](who)
        if "communityId" in body:
            body["communityId"] = town.kaga
        checks.clear()
        await ask(hiroba, route, body)
        assert len(checks) == 1, who
