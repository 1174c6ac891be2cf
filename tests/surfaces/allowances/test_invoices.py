"""The letter that asks for what was ordered: its figures, its page, its language, and that there is one of it."""

from typing import Any

import pytest

from tests import papers, serving
from tests.surfaces.allowances import traders

EMAIL = "trader@hiroba.example"


async def letter(hiroba: serving.Serving) -> dict[str, Any]:
    """The newest to the trader, as programs read it."""
    await hiroba.letters(EMAIL)
    found = (await hiroba.client().get(f"/mailbox/messages?to={EMAIL}")).body
    return found[0]


async def page(hiroba: serving.Serving, told: dict[str, Any]) -> list[str]:
    """What is drawn on the file that came with a letter."""
    (file,) = told["attachments"]
    answer = await hiroba.client().get(hiroba.url + file["url"].removeprefix(hiroba.config.server.public_url))
    assert answer.headers["Content-Type"] == file["contentType"] == "application/pdf"
    assert len(answer.raw) == file["size"]
    return papers.texts(answer.raw)


async def test_it_names_the_order_and_what_is_due(trader: traders.Trader, hiroba: serving.Serving) -> None:
    await trader.ask("PATCH", "/user", {"organization": "Kaga Rice"})
    order_id = await trader.placed(12.345678)
    told = await letter(hiroba)
    assert (told["to"], told["subject"]) == (EMAIL, "Invoice 1")
    for form in ("text", "html"):
        assert "308.64 USD" in told[form]
        assert "12.345678" in told[form]
        assert f"order {order_id}" in told[form]
    assert [file["filename"] for file in told["attachments"]] == ["invoice-1.pdf"]
    texts = await page(hiroba, told)
    for text in ("Invoice", "1", "2026-03-14", "Kaga Rice", "Hiroba Trader", EMAIL, "12.345678", "25.00 USD"):
        assert text in texts
    assert texts.count("308.64 USD") == 2


@pytest.mark.parametrize(
    ("accepted", "subject", "title"),
    [
        ("ja", "請求書 1", "請求書"),
        ("ja-JP,en;q=0.5", "請求書 1", "請求書"),
        ("fr, ja;q=0.8, en;q=0.7", "請求書 1", "請求書"),
        ("en-GB,ja;q=0.9", "Invoice 1", "Invoice"),
        ("fr", "Invoice 1", "Invoice"),
        ("ja;q=0", "Invoice 1", "Invoice"),
        ("ja;q=nan,,;;q=1,\t", "Invoice 1", "Invoice"),
        ("*", "Invoice 1", "Invoice"),
    ],
)
async def test_it_is_in_the_language_of_whoever_placed_the_order(
    trader: traders.Trader, hiroba: serving.Serving, accepted: str, subject: str, title: str
) -> None:
    await trader.ask("PATCH", "/user", {"name": "花子 山田"})
    await trader.placed(Accept_Language=accepted)
    told = await letter(hiroba)
    assert told["subject"] == subject
    texts = await page(hiroba, told)
    assert texts[0] == title
    assert "花子 山田" in texts


async def test_price_and_currency_are_configured(serve: serving.Serve) -> None:
    hiroba = await serve(allowances={"unit_price_cents": 1, "currency": "EUR"})
    trader = await traders.signed_in(hiroba)
    await trader.placed(0.000001)
    # Never nothing.
    assert "Amount due: 0.01 EUR" in (await letter(hiroba))["text"]
    await trader.placed(9_007_199_254)
    assert "Amount due: 90071992.54 EUR" in (await letter(hiroba))["text"]


async def test_what_was_refused_is_not_invoiced(trader: traders.Trader, hiroba: serving.Serving) -> None:
    order_id = await trader.placed()
    assert (await trader.move("place", order_id)).status == 409
    assert (await trader.move("place", order_id + 1)).status == 404
    await trader.complete(order_id)
    assert len(await hiroba.letters(EMAIL)) == 1


async def test_numbers_follow_each_other_over_all_traders(trader: traders.Trader, hiroba: serving.Serving) -> None:
    other = await traders.signed_in(hiroba, "operator", email="operator@hiroba.example")
    for one in (trader, other, trader):
        await one.placed()
    subjects = {one.subject for email in (EMAIL, "operator@hiroba.example") for one in await hiroba.letters(email)}
    assert subjects == {"Invoice 1", "Invoice 2", "Invoice 3"}
