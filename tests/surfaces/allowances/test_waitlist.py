"""Being let in and signing up. Source: contract, 7."""

import asyncio
from typing import Any

import pytest

from handlers.core import accounts, audit, operators, upkeep, waitlist
from tests import clocks, serving
from tests.surfaces.allowances import traders

EMAIL = "hana@town.example"
NEWCOMER = {
    "username": "hana", "password": serving.PASSWORD, "email": EMAIL, "name": "Hana Mori", "organization": "Kaga Rice",
}  # fmt: skip


async def asked(hiroba: serving.Serving, email: str = EMAIL, **headers: str) -> serving.Answer:
    return await hiroba.client("/allowances").post("/waitlist", {"email": email}, headers=headers)


async def followed(hiroba: serving.Serving, email: str = EMAIL) -> serving.Answer:
    """The link of the newest letter."""
    return await hiroba.client("/allowances").get(await hiroba.link(email))


async def approved(hiroba: serving.Serving, email: str = EMAIL) -> None:
    await waitlist.approve(hiroba.context, audit.COMMAND_LINE, email)


async def signed_up(hiroba: serving.Serving, **change: Any) -> serving.Answer:
    return await hiroba.client("/allowances").post("/signup", {**NEWCOMER, **change})


def refused(answer: serving.Answer, status: int) -> bool:
    assert set(answer.body) == {"statusCode", "body"}, answer.raw
    return (answer.status, answer.body["statusCode"]) == (status, status)


async def test_the_whole_way(hiroba: serving.Serving) -> None:
    answer = await asked(hiroba)
    assert (answer.status, answer.body["statusCode"], type(answer.body["body"])) == (200, 200, str)
    assert refused(await signed_up(hiroba), 403)
    answer = await followed(hiroba)
    assert (answer.status, answer.body) == (200, {"statusCode": 200, "body": "Email successfully confirmed!"})
    assert refused(await signed_up(hiroba), 403)
    await approved(hiroba)
    answer = await signed_up(hiroba)
    assert (answer.status, answer.body) == (200, {"statusCode": 200, "body": "User successfully signed up!"})
    client = hiroba.client("/allowances")
    login = await client.post("/login", {"username": "hana", "password": serving.PASSWORD})
    headers = {"Authorization": login.body["body"]["IdToken"]}
    told = (await client.get("/user", headers=headers)).body["body"]
    assert (told["name"], told["email"], told["organization"]) == ("Hana Mori", EMAIL, "Kaga Rice")


@pytest.mark.parametrize("order", ["approve ask follow", "ask approve follow", "ask follow approve"])
async def test_an_operator_says_yes_before_or_after(hiroba: serving.Serving, order: str) -> None:
    acts = {"approve": approved, "ask": asked, "follow": followed}
    for act in order.split():
        assert refused(await signed_up(hiroba), 403)
        await acts[act](hiroba)
    assert (await signed_up(hiroba)).status == 200


async def test_the_link_is_that_of_the_public_address_and_works_twice(hiroba: serving.Serving) -> None:
    await asked(hiroba)
    (letter,) = await hiroba.letters(EMAIL)
    assert f"{hiroba.config.server.public_url}/allowances/waitlist/confirm/" in letter.text
    for _ in range(2):
        assert (await followed(hiroba)).status == 200


async def test_the_letter_is_in_the_language_of_who_asks(hiroba: serving.Serving) -> None:
    await asked(hiroba, Accept_Language="ja")
    assert (await hiroba.letters(EMAIL))[0].subject.startswith("Please confirm")
    answer = await hiroba.client("/allowances").post(
        "/waitlist", {"email": EMAIL}, headers={"Accept-Language": "ja-JP"}
    )
    assert answer.status == 200
    assert "順番待ちリスト" in (await hiroba.letters(EMAIL))[0].subject


async def test_an_earlier_link_works_as_well_and_an_old_one_does_not(
    hiroba: serving.Serving, clock: clocks.MovableClock
) -> None:
    await asked(hiroba)
    first = await hiroba.link(EMAIL)
    clock.advance(days=6)
    await asked(hiroba)
    client = hiroba.client("/allowances")
    assert (await client.get(first)).status == 200
    clock.advance(days=1)
    assert refused(await client.get(first), 404)
    assert (await followed(hiroba)).status == 200
    clock.advance(days=7)
    assert refused(await followed(hiroba), 404)


@pytest.mark.parametrize("token", ["x", "x" * 3000, "%00", "%ff", "..%2f"])
async def test_an_unknown_link_leads_nowhere(hiroba: serving.Serving, token: str) -> None:
    assert refused(await hiroba.client("/allowances").get(f"/waitlist/confirm/{token}"), 404)


@pytest.mark.parametrize("body", [{}, {"email": None}, {"email": ""}, {"email": "hana"}, {"email": "a@b\r\nBcc: c@d"}])
async def test_who_asks_has_an_email(hiroba: serving.Serving, body: dict[str, Any]) -> None:
    assert refused(await hiroba.client("/allowances").post("/waitlist", body), 400)


async def test_nobody_learns_who_waits_or_is_here(hiroba: serving.Serving) -> None:
    await traders.signed_in(hiroba)
    await asked(hiroba)
    await followed(hiroba)
    await approved(hiroba)
    told = {(await asked(hiroba, email)).raw for email in (EMAIL, "trader@hiroba.example", "nobody@town.example")}
    assert len(told) == 1


async def test_mails_stop_after_three(hiroba: serving.Serving) -> None:
    answers = [await asked(hiroba, email) for email in (EMAIL, EMAIL.upper(), EMAIL, EMAIL)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert int(answers[3].headers["Retry-After"]) > 0


async def let_in(hiroba: serving.Serving, email: str = EMAIL) -> None:
    await asked(hiroba, email)
    await followed(hiroba, email)
    await approved(hiroba, email)


async def test_the_email_counts_in_any_case(hiroba: serving.Serving) -> None:
    await let_in(hiroba)
    assert (await signed_up(hiroba, email=EMAIL.upper())).status == 200


async def test_what_is_taken_is_409(hiroba: serving.Serving) -> None:
    await traders.signed_in(hiroba)
    await let_in(hiroba)
    await let_in(hiroba, "trader@hiroba.example")
    assert refused(await signed_up(hiroba, username="TRADER"), 409)
    assert refused(await signed_up(hiroba, email="trader@hiroba.example"), 409)
    assert (await signed_up(hiroba)).status == 200
    assert refused(await signed_up(hiroba), 409)


async def test_of_two_at_once_one_signs_up(hiroba: serving.Serving) -> None:
    await let_in(hiroba)
    answers = await asyncio.gather(*(signed_up(hiroba, username=f"hana{number}") for number in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"}, {"username": ""}, {"username": "ha@na"}, {"email": "hana"}, {"email": None},
        {"username": None}, {"password": None}, {"name": "x" * 300}, {"name": "  "}, {"organization": 5},
    ],
)  # fmt: skip
async def test_what_makes_no_account_is_refused(hiroba: serving.Serving, change: dict[str, Any]) -> None:
    await let_in(hiroba)
    assert refused(await signed_up(hiroba, **change), 400)
    assert (await signed_up(hiroba)).status == 200


async def test_name_and_organization_may_be_left_out(hiroba: serving.Serving) -> None:
    await let_in(hiroba)
    assert (await signed_up(hiroba, name=None, organization=None)).status == 200


async def test_the_new_account_s_email_is_confirmed_by_its_own_link(hiroba: serving.Serving) -> None:
    await let_in(hiroba)
    await signed_up(hiroba)
    made = await operators.find(hiroba.context, "hana")
    assert made.confirmed_at is None
    assert "/whoami/confirm/" in (await hiroba.letters(EMAIL))[0].text


async def test_who_leaves_has_to_ask_again(hiroba: serving.Serving) -> None:
    await let_in(hiroba)
    await signed_up(hiroba)
    made = await operators.find(hiroba.context, "hana")
    await accounts.delete(hiroba.context, audit.COMMAND_LINE, made.id)
    assert refused(await signed_up(hiroba), 403)


async def test_addresses_that_nobody_says_yes_to_are_forgotten(
    hiroba: serving.Serving, clock: clocks.MovableClock
) -> None:
    for email in ("asked@town.example", "confirmed@town.example", "approved@town.example"):
        await asked(hiroba, email)
    await followed(hiroba, "confirmed@town.example")
    await approved(hiroba, "approved@town.example")
    clock.advance(days=31)
    removed = await upkeep.tidy(hiroba.context, replay_days=30)
    assert (removed["waitlist"], removed["waitlist_links"]) == (1, 3)
