"""The code with which a password is changed: six characters, so what matters is how often it can be tried."""

import asyncio
import re
from collections import Counter

import psycopg2
import pytest

from handlers.core import audit, operators, passcodes, refusals
from storage.database import Database
from tests import clocks, people, serving
from tests.surfaces.auth_service import residents

NEW = "WhiteFreedom2020!*"
INVALID, SPENT = "The code is invalid.", "The code is no longer valid."
DONE = "Password reset success."


@pytest.fixture
async def browser(hiroba: serving.Serving) -> serving.Client:
    """Jane's, who signed up a moment ago."""
    return await residents.sign_up(hiroba)


async def request(browser: serving.Client, hiroba: serving.Serving) -> str:
    assert (await browser.post("/requestPasswordReset", {"email": residents.EMAIL})).status == 200
    return await residents.mailed_code(hiroba)


async def change(browser: serving.Client, code: str, password: str = NEW, email: str = residents.EMAIL) -> str:
    answer = await browser.post("/changePassword", {"email": email, "password": password, "code": code})
    return answer.body["message"]


def wrong(code: str, number: int = 0) -> str:
    """Another code: of two that differ in their last character one is not `code`, whatever it is."""
    return next(one for one in (f"aaaa{number % 10}a", f"aaaa{number % 10}b") if one != code)


async def can_sign_in(browser: serving.Client, password: str) -> bool:
    return (await browser.post("/login", {"email": residents.EMAIL, "password": password})).status == 200


async def test_it_works_once(browser: serving.Client, hiroba: serving.Serving) -> None:
    code = await request(browser, hiroba)
    assert await change(browser, code) == DONE
    assert await change(browser, code, "Another2020!*") == SPENT
    assert await can_sign_in(browser, NEW)


async def test_it_works_for_twenty_minutes(
    browser: serving.Client, hiroba: serving.Serving, clock: clocks.MovableClock
) -> None:
    code = await request(browser, hiroba)
    clock.advance(minutes=19, seconds=59)
    assert await change(browser, code) == DONE


async def test_a_new_one_replaces_it(browser: serving.Client, hiroba: serving.Serving) -> None:
    first = await request(browser, hiroba)
    second = await request(browser, hiroba)
    assert first != second
    assert await change(browser, first) == INVALID
    assert await change(browser, second) == DONE


async def test_who_never_asked_has_none(browser: serving.Client) -> None:
    assert {await change(browser, wrong("", number)) for number in range(8)} == {INVALID}


async def test_capitals_matter_and_the_account_does(browser: serving.Client, hiroba: serving.Serving) -> None:
    await residents.sign_up(hiroba, email="bea@town.example")
    code = await request(browser, hiroba)
    assert await change(browser, code.swapcase()) == INVALID
    assert await change(browser, code, email="bea@town.example") == INVALID
    assert await change(browser, code, email=residents.EMAIL.upper()) == DONE


@pytest.mark.parametrize("is_limited", ["true", "false"])
async def test_after_five_failures_the_right_one_is_void_too(serve: serving.Serve, is_limited: str) -> None:
    hiroba = await serve(limits={"enabled": is_limited})
    browser = await residents.sign_up(hiroba)
    code = await request(browser, hiroba)
    assert [await change(browser, wrong(code, number)) for number in range(6)] == [INVALID] * 5 + [SPENT]
    assert await change(browser, code) == SPENT
    assert await can_sign_in(browser, residents.PASSWORD)
    # Another one has five of its own.
    code = await request(browser, hiroba)
    assert [await change(browser, wrong(code, number)) for number in range(4)] == [INVALID] * 4
    assert await change(browser, code) == DONE


async def test_guesses_at_once_are_five_wherever_they_come_from(
    serve: serving.Serve, dsn: str, clock: clocks.MovableClock
) -> None:
    """From many addresses, at two processes on one database, the right one among the last."""
    hiroba = await serve(server={"trusted_proxies": "127.0.0.1"}, limits={"enabled": "false"})
    database = await Database.open(dsn, connections_max=8, acquire_timeout_seconds=5, statement_timeout_seconds=5)
    beside = people.core(database, clock)
    browser = await residents.sign_up(hiroba)
    code = await request(browser, hiroba)

    async def guess(number: int) -> str:
        guessed, address = code if number == 59 else wrong(code, number), f"203.0.113.{number}"
        if number % 2:
            given = {"email": residents.EMAIL, "password": NEW, "code": guessed}
            return (await browser.post("/changePassword", given, headers={"X-Forwarded-For": address})).body["message"]
        try:
            visit = audit.Visit(api="auth_service", address=address)
            await passcodes.redeem(beside, visit, login=residents.EMAIL, code=guessed, password=NEW, failures_max=5)
        except refusals.WrongCode as refusal:
            return SPENT if refusal.is_spent else INVALID
        return DONE

    told = Counter(await asyncio.gather(*(guess(number) for number in range(60))))
    # The right one may have been in time: then it was used, and what failed after it is no guess any more.
    assert told[INVALID] <= 5 and told[INVALID] + told[SPENT] + told[DONE] == 60
    assert await change(browser, code, "Another2020!*") == SPENT
    await database.close()


async def test_the_right_one_at_once_sets_one_password(browser: serving.Client, hiroba: serving.Serving) -> None:
    code = await request(browser, hiroba)
    passwords = [f"{NEW}{number}" for number in range(12)]
    told = await asyncio.gather(*(change(hiroba.client(residents.PREFIX), code, one) for one in passwords))
    assert Counter(told) == {DONE: 1, SPENT: 11}
    assert [await can_sign_in(browser, one) for one in passwords[:5]] == [one == DONE for one in told[:5]]


async def test_a_new_password_voids_everything_else(browser: serving.Client, hiroba: serving.Serving) -> None:
    sessions = [hiroba.client(residents.PREFIX), hiroba.client(residents.PREFIX)]
    await operators.promote_operator(hiroba.context, audit.COMMAND_LINE, residents.EMAIL)
    for one in sessions:
        await residents.sign_in(one)
    whoami = hiroba.client("/whoami")
    await whoami.post("/send_pwreset_email", {"email": residents.EMAIL})
    link = await hiroba.link(residents.EMAIL)
    await whoami.get(link)
    code = await request(browser, hiroba)
    # Sent by one of the signed in: it proves nothing but the code.
    assert await change(sessions[0], code) == DONE
    assert {(await one.get("/getUsers?page=1&limit=1")).status for one in sessions} == {401}
    assert (await whoami.put("/reset_pw", {"new_password": "Grant2020!*"})).body["status"] is False
    assert (await hiroba.client("/whoami").get(link)).headers["Location"].endswith("/signin")
    assert await can_sign_in(browser, NEW)


async def test_a_password_set_otherwise_voids_the_code(browser: serving.Client, hiroba: serving.Serving) -> None:
    code = await request(browser, hiroba)
    whoami = hiroba.client("/whoami")
    await whoami.post("/signin", {"email": residents.EMAIL, "password": residents.PASSWORD})
    assert (await whoami.put("/reset_pw", {"new_password": "Grant2020!*"})).body["status"] is True
    assert await change(browser, code) == SPENT
    assert await can_sign_in(browser, "Grant2020!*")


async def test_who_is_shut_out_gets_none_and_can_use_none(browser: serving.Client, hiroba: serving.Serving) -> None:
    code = await request(browser, hiroba)
    await operators.disable(hiroba.context, audit.COMMAND_LINE, residents.EMAIL)
    assert await change(browser, code) == SPENT
    before = len(await hiroba.letters(residents.EMAIL))
    assert (await browser.post("/requestPasswordReset", {"email": residents.EMAIL})).status == 200
    assert len(await hiroba.letters(residents.EMAIL)) == before


async def test_mails_are_three_over_all_apis_for_known_and_unknown_alike(
    browser: serving.Client, hiroba: serving.Serving
) -> None:
    for email in (residents.EMAIL, "nobody@town.example"):
        await hiroba.client("/whoami").post("/send_pwreset_email", {"email": email})
        told = [await browser.post("/requestPasswordReset", {"email": email.upper()}) for _ in range(3)]
        assert [answer.status for answer in told][2] == 429
        assert told[2].body == {
            "error": "Too Many Requests",
            "message": "Too many attempts, try again in 900 seconds.",
            "errors": [{"value": "Too Many Requests", "msg": "Too many attempts, try again in 900 seconds."}],
        }
    assert len(await hiroba.letters(residents.EMAIL)) == 1 + 3


async def test_the_letter(browser: serving.Client, hiroba: serving.Serving, dsn: str) -> None:
    code = await request(browser, hiroba)
    letter = (await hiroba.letters(residents.EMAIL))[0]
    assert letter.subject == "Your code for a new password"
    assert letter.text.startswith("Hello Jane Doe,\n") and "It works for 20 minutes and once" in letter.text
    assert f">{code}</p>" in letter.html
    assert code not in letter.subject
    with psycopg2.connect(dsn) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT secrets FROM letters WHERE kind = 'password_code'")
        assert cursor.fetchall() == [(None,)]
        cursor.execute("SELECT CAST(to_jsonb(p) AS text) FROM passcodes p")
        ((kept,),) = cursor.fetchall()
        assert code not in kept and code.encode().hex() not in kept
        cursor.execute("SELECT CAST(to_jsonb(a) AS text) FROM audit a")
        assert code not in repr(cursor.fetchall())
    owner.close()


async def test_in_the_outbox_it_lies_sealed(serve: serving.Serve, dsn: str) -> None:
    # Nobody takes mail there: every letter waits.
    hiroba = await serve(mail={"url": "smtp://127.0.0.1:1"})
    browser = await residents.sign_up(hiroba)
    seen: list[str] = []
    make, passcodes.make = passcodes.make, lambda: seen.append(make()) or seen[-1]
    try:
        await browser.post("/requestPasswordReset", {"email": residents.EMAIL})
    finally:
        passcodes.make = make
    with psycopg2.connect(dsn) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT CAST(to_jsonb(l) AS text), secrets FROM letters l WHERE kind = 'password_code'")
        ((row, secrets),) = cursor.fetchall()
    owner.close()
    assert seen[0] not in row and seen[0].encode() not in bytes(secrets)
    assert len(bytes(secrets)) > 20


async def test_a_username_will_do(hiroba: serving.Serving) -> None:
    browser = hiroba.client("/whoami")
    await browser.post("/register", {"username": "haru", "email": "haru@town.example", "password": serving.PASSWORD})
    phone = hiroba.client(residents.PREFIX)
    assert (await phone.post("/requestPasswordReset", {"email": "Haru"})).status == 200
    code = await residents.mailed_code(hiroba, "haru@town.example")
    assert await change(phone, code, email="haru") == DONE


def test_codes_are_made_of_what_can_be_told_apart() -> None:
    made = {passcodes.make() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[A-HJ-NP-Za-hjkmnp-z2-9]{6}", code.replace("i", "j")) for code in made)
