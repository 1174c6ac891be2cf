"""User wallet API: each heading of the document is a test, and what the contract adds to them."""

import asyncio
import json
from decimal import Decimal

import pytest

from handlers.core import audit, ledger, operators
from tests import serving
from tests.surfaces.towns import Phone, Town


async def give(town: Town, username: str, units: int) -> None:
    context = town.hiroba.context
    account = await operators.find(context, username)
    await ledger.mint(context, audit.COMMAND_LINE, account, units=units, description="minted")


async def payment(phone: Phone, beneficiary: Phone, amount: object = 20, **more: object) -> serving.Answer:
    body = {"description": "soya", "amount": amount, "beneficiaryId": beneficiary.account_id, **more}
    return await phone.post("/transactions", body)


async def settled(phone: Phone) -> list[dict]:
    """The phone's transactions, once none of them is pending."""
    async with asyncio.timeout(10):
        while True:
            answer = await phone.get("/transactions")
            assert answer.status == 200
            if all(one["completed"] for one in answer.body):
                return answer.body


async def test_get_balance(town: Town, john: Phone) -> None:
    await give(town, "john", 1_020)
    answer = await john.get("/balance")
    assert (answer.status, answer.raw) == (200, b"10.2")
    assert answer.headers["Content-Type"].startswith("application/json")


async def test_get_transactions(town: Town) -> None:
    coordinator = await town.coordinator()
    haru = await town.join("haru", firstName="Haru", lastName="Takahashi", description="Good guy", location="Tokyo")
    answer = await payment(coordinator, haru, 2000.00, description="member top-up")
    assert (answer.status, answer.raw) == (200, b"")
    (seen,) = await settled(coordinator)
    created_at = seen.pop("createdAt")
    assert created_at.endswith("Z") and len(created_at) == 24
    assert isinstance(seen.pop("id"), int)
    assert seen == {
        "remitter": {
            "id": coordinator.account_id,
            "fullName": "Community Coordinator",
            "description": "Contact me if you have problem to solve.",
            "location": "Kaga, Ishikawa Prefecture, Japan",
        },
        "beneficiary": {
            "id": haru.account_id,
            "fullName": "Takahashi Haru",
            "description": "Good guy",
            "location": "Tokyo",
        },
        "amount": 2000,
        "description": "member top-up",
        "completed": True,
        "debit": True,
        "state": "completed",
    }
    (other,) = await settled(haru)
    assert other["debit"] is False
    assert (await coordinator.get("/balance")).body == 9579.5
    assert (await haru.get("/user")).body["balance"] == 2000


async def test_post_transactions(town: Town, john: Phone) -> None:
    """Visible in both lists at once, pending; no response."""
    haru = await town.join("haru")
    await give(town, "john", 250_000)
    ad = await haru.post("/ads", {"type": "GIVE", "title": "Soya", "description": "", "amount": 2000})
    answer = await payment(john, haru, 2000.00, description="transaction comments", adId=ad.body["id"])
    assert (answer.status, answer.raw) == (200, b"")
    for phone, debit in ((john, True), (haru, False)):
        (seen,) = (await phone.get("/transactions")).body
        assert (seen["debit"], seen["amount"], seen["description"]) == (debit, 2000, "transaction comments")
    assert (await john.get("/balance")).body == 500
    await settled(haru)
    assert (await haru.get("/balance")).body == 2000


@pytest.mark.parametrize(
    ("amount", "units"), [("20.5", 2050), (20.5, 2050), ("0.01", 1), (1e1, 1000), (Decimal("7.10"), 710)]
)
async def test_an_amount_is_a_number_or_a_numeric_string(town: Town, john: Phone, amount: object, units: int) -> None:
    haru = await town.join("haru")
    await give(town, "john", 10_000)
    raw = json.dumps(amount) if not isinstance(amount, Decimal) else str(amount)
    body = f'{{"description": "soya", "amount": {raw}, "beneficiaryId": {haru.account_id}}}'
    answer = await john.client.ask("POST", "/transactions", body.encode())
    assert answer.status == 200
    assert Decimal((await john.get("/balance")).raw.decode()) == Decimal(10_000 - units) / 100


@pytest.mark.parametrize(
    "change",
    [
        {"description": ""},
        {"description": " "},
        {"description": None},
        {"description": "x" * 10_001},
        {"amount": 0},
        {"amount": -1},
        {"amount": "-1"},
        {"amount": 0.001},
        {"amount": "1,5"},
        {"amount": "NaN"},
        {"amount": True},
        {"amount": None},
        {"amount": 1e300},
        {"amount": 2**70},
        {"beneficiaryId": 999_999},
        {"beneficiaryId": -1},
        {"beneficiaryId": 2**64},
        {"beneficiaryId": "x"},
        {"adId": 999_999},
        {"adId": "x"},
    ],
)
async def test_a_payment_that_is_wrong_is_400_and_moves_nothing(town: Town, john: Phone, change: dict) -> None:
    haru = await town.join("haru")
    await give(town, "john", 10_000)
    body = {"description": "soya", "amount": 20, "beneficiaryId": haru.account_id, **change}
    answer = await john.post("/transactions", body)
    assert (answer.status, answer.body["key"]) == (400, "error.badRequest")
    assert (await john.get("/balance")).body == 100
    assert (await john.get("/transactions")).body == []


async def test_more_than_there_is_is_468(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await give(town, "john", 10_000)
    answer = await payment(john, haru, 100.01)
    assert (answer.status, answer.body["key"]) == (468, "error.notEnoughFunds")
    assert (await payment(john, haru, 100)).status == 200


async def test_only_members_of_the_same_community_are_paid(town: Town, john: Phone) -> None:
    await give(town, "john", 10_000)
    yuina = await town.join("yuina", community_id=town.shibuya)
    outsider = await town.outsider()
    for other in (john, yuina, outsider):
        answer = await payment(john, other)
        assert (answer.status, answer.body["key"]) == (400, "error.badRequest")
    assert (await payment(outsider, john)).status == 400
    assert (await outsider.get("/balance")).raw == b"0"
    assert (await outsider.get("/transactions")).body == []


async def test_the_list_is_newest_first_and_goes_on(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await give(town, "john", 10_000)
    for amount in range(1, 6):
        assert (await payment(john, haru, amount)).status == 200
    whole = (await john.get("/transactions")).body
    assert [one["amount"] for one in whole] == [5, 4, 3, 2, 1]
    for word in ("before", "after"):
        page = (await john.get(f"/transactions?limit=2&{word}={whole[1]['id']}")).body
        assert [one["amount"] for one in page] == [3, 2]
    assert (await john.get("/transactions?limit=0")).status == 400


async def test_a_preview_checks_everything_and_moves_nothing(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await give(town, "john", 10_000)
    body = {"description": "soya", "amount": 20, "beneficiaryId": haru.account_id}
    answer = await john.post("/transactions?preview=true", body)
    assert (answer.status, answer.raw, answer.headers["Preview"]) == (200, b"", "true")
    refused = await john.post("/transactions?preview=true", {**body, "amount": 101})
    assert (refused.status, refused.body["key"]) == (468, "error.notEnoughFunds")
    assert (await john.get("/transactions")).body == []
    assert (await john.get("/balance")).body == 100


async def test_of_fifty_payments_at_once_as_many_pass_as_there_is(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await give(town, "john", 300)
    answers = await asyncio.gather(*(payment(john, haru, 1) for _ in range(50)))
    assert sorted(answer.status for answer in answers) == [200] * 3 + [468] * 47
    assert len(await settled(haru)) == 3
    assert (await haru.get("/balance")).body == 3
    assert await ledger.verify(town.hiroba.context) is None


async def test_a_payment_under_a_key_is_made_once(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await give(town, "john", 10_000)
    body = {"description": "soya", "amount": 20, "beneficiaryId": haru.account_id}
    answers = [
        await john.client.ask("POST", "/transactions", body, headers={"Idempotency-Key": "pay-1"}) for _ in range(3)
    ]
    assert [answer.status for answer in answers] == [200] * 3
    assert (await john.get("/balance")).body == 80
