"""Ads: what is one, who may pay for it, and which are shown. Contract, 3."""

import pytest

from tests.surfaces.community.test_rules import key
from tests.surfaces.towns import Phone, Town

AD = {"type": "GIVE", "title": "House cleaning", "description": "Vacuum cleaning", "amount": 10}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "SELL"},
        {"type": None},
        {"title": " "},
        {"title": "x" * 501},
        {"amount": -1},
        {"amount": "0.001"},
        {"amount": "NaN"},
        {"amount": "1e400"},
        {"amount": 1e300},
        {"amount": "1.0000000000000000000000000000000001"},
        {"amount": "abc"},
        {"amount": []},
        {"amount": None},
        {"amount": True},
        {"amount": "1_000"},
        {"amount": " 5 "},
        {"amount": "+5"},
        {"amount": "\uff15"},
        {"amount": 2**53},
        {"description": None},
    ],
)
async def test_bad_ads_are_refused(john: Phone, change: dict) -> None:
    assert key(await john.post("/ads", {**AD, **change})) == (400, "error.badRequest")
    assert (await john.get("/ads")).body == []


@pytest.mark.parametrize(
    ("kind", "amount", "own", "another"),
    [("WANT", 1, True, False), ("GIVE", 1, False, True), ("WANT", 0, False, False), ("GIVE", 0, False, False)],
)
async def test_who_may_pay_for_an_ad(town: Town, john: Phone, kind: str, amount: int, own: bool, another: bool) -> None:
    haru = await town.join("haru")
    ad = (await john.post("/ads", {**AD, "type": kind, "amount": amount})).body
    assert (ad["own"], ad["payable"]) == (True, own)
    seen = (await haru.get(f"/ads/{ad['id']}")).body
    assert (seen["own"], seen["payable"]) == (False, another)


async def test_ads_are_filtered_and_ones_own_are_listed(town: Town, john: Phone) -> None:
    haru = await town.join("haru", firstName="Haru", lastName="Takahashi")
    first = (await john.post("/ads", {**AD, "title": "Soya 100%"})).body["id"]
    second = (await haru.post("/ads", {**AD, "description": "With SOYA"})).body["id"]
    third = (await haru.post("/ads", AD)).body["id"]

    async def ids(path: str) -> list[int]:
        return [ad["id"] for ad in (await john.get(path)).body]

    assert await ids("/ads?filter=soya") == [first, second]
    assert await ids("/ads?filter=%25") == [first]
    assert await ids("/ads?filter=takahashi%20haru") == [second, third]
    assert await ids("/ads?filter=") == [first, second, third]
    assert await ids("/my-ads") == [first]
