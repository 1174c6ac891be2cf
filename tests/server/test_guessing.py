"""Codes and passwords are guessed from everywhere, at a server that is killed and started again meanwhile."""

import asyncio
import re
from collections import Counter
from typing import Any

from tests import serving
from tests.server import processes

EMAIL = "haru@town.example"
SUBJECT = "Your code for a new password"
OLD, NEW = "Hiroba-demo-1!", "Guessed-by-4"
INVALID, SPENT, DONE = "The code is invalid.", "The code is no longer valid.", "Password reset success."
# As unprotected as it can be configured.
SETTINGS = {"SERVER_TRUSTED_PROXIES": "127.0.0.1", "LIMITS_ENABLED": "false"}
PERSON = {"fullName": "Haru Sato", "gender": "F", "city": "Kaga", "state": "HI", "zipCode": "96701"}


async def mailed_code(server: processes.Server, phones: processes.Phones, but: str = "") -> str:
    """The newest code, once it has arrived."""
    found: list[Any] = []

    async def has_arrived() -> bool:
        mails = [mail for mail in await phones.mails(server, EMAIL) if mail["subject"] == SUBJECT]
        found[:] = [match[1] for mail in mails if (match := re.search(r"(?m)^([A-Za-z0-9]{6})$", mail["text"]))]
        return bool(found) and found[0] != but

    await processes.until(has_arrived)
    return str(found[0])


async def guess(phone: serving.Client, number: int, code: str) -> str:
    body = {"email": EMAIL, "password": f"{NEW}{number}", "code": code}
    headers = {"X-Forwarded-For": f"203.0.113.{number % 250}"}
    return str((await phone.post("/changePassword", body, headers=headers)).body["message"])


async def request(server: processes.Server, phones: processes.Phones, but: str = "") -> str:
    phone = phones.phone(server, "/auth-service")
    assert (await phone.post("/requestPasswordReset", {"email": EMAIL})).status == 200
    return await mailed_code(server, phones, but)


async def test_across_addresses_and_restarts_they_are_five(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    server = servers(**SETTINGS)
    await server.start()
    phone = phones.phone(server, "/auth-service")
    assert (await phone.post("/signUp", {**PERSON, "email": EMAIL, "password": OLD})).status == 201
    code = await request(server, phones)
    wrong = [one for one in (f"aaa{number:03}" for number in range(200)) if one != code]

    told = [await guess(phone, number, wrong[number]) for number in range(3)]
    await server.kill()
    await server.start()
    told += [await guess(phone, number, wrong[number]) for number in (3, 4)]
    assert told == [INVALID] * 5
    await server.stop()
    await server.start()
    # From now on the right one is as good as any other, from wherever it comes.
    assert [await guess(phone, number, guessed) for number, guessed in ((5, wrong[5]), (6, code))] == [SPENT] * 2

    # Many at once, before and after: with the new one's own five.
    again = await request(server, phones, but=code)
    guesses = [*[one for one in wrong[:150] if one != again], again]
    told = await asyncio.gather(*(guess(phone, number, guessed) for number, guessed in enumerate(guesses[:100])))
    await server.kill()
    await server.start()
    told += [await guess(phone, number, guessed) for number, guessed in enumerate(guesses[100:])]
    assert Counter(told) == {INVALID: 5, SPENT: len(guesses) - 5}
    assert (await phone.post("/login", {"email": EMAIL, "password": OLD})).status == 200

    last = await request(server, phones, but=again)
    assert await guess(phone, 7, last) == DONE
    assert (await phone.post("/login", {"email": EMAIL, "password": f"{NEW}7"})).status == 200
    assert last not in server.said() and code not in server.said()


async def sign_in(phone: serving.Client, login: str, password: str, address: str) -> int:
    body = {"username": login, "password": password}
    return (await phone.post("/community/login", body, headers={"X-Forwarded-For": address})).status


async def test_passwords_are_guessed_ten_times_by_an_address_and_account_and_a_hundred_by_an_address(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    server = servers(SERVER_TRUSTED_PROXIES="127.0.0.1")
    await server.start()
    phone = phones.phone(server, "")
    assert (await phone.post("/auth-service/signUp", {**PERSON, "email": EMAIL, "password": OLD})).status == 201
    one, other, third = "203.0.113.1", "203.0.113.2", "203.0.113.3"

    told = [await sign_in(phone, EMAIL, f"{NEW}{number}", one) for number in range(6)]
    await server.kill()
    await server.start()
    told += await asyncio.gather(*(sign_in(phone, EMAIL, f"{NEW}{number}", one) for number in range(20)))
    assert Counter(told) == {401: 10, 429: 16}
    # The right one, too; from elsewhere it is taken.
    assert await sign_in(phone, EMAIL, OLD, one) == 429
    assert await sign_in(phone, EMAIL, OLD, other) == 200

    # From one address at many accounts: those that there are not count like those that there are.
    told = [await sign_in(phone, f"nobody{number}", NEW, third) for number in range(60)]
    await server.kill()
    await server.start()
    told += [await sign_in(phone, f"somebody{number}", NEW, third) for number in range(60)]
    assert told == [401] * 100 + [429] * 20
    assert await sign_in(phone, EMAIL, OLD, third) == 429
    assert await sign_in(phone, EMAIL, OLD, other) == 200
