"""The page that goes with an invoice: what is on it, in either language, whatever people are called."""

import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail import invoices, letters
from tests import papers


def written(language: str = "en", **given: Any) -> letters.Letter:
    about = {
        "name": "Hiroba Trader", "organization": "Kaga Rice", "number": 7, "order_id": 12, "quantity": "12.5",
        "unit_price": "25.00 USD", "amount": "312.50 USD", "issued_on": datetime.date(2026, 3, 14), **given,
    }  # fmt: skip
    return letters.invoice("trader@hiroba.example", language=language, **about)


def drawn(letter: letters.Letter) -> bytes:
    return invoices.draw(letter.fields, name=letter.recipient.name, address=letter.recipient.address)


def test_all_figures_are_on_it() -> None:
    assert papers.texts(drawn(written())) == [
        "Invoice",
        *("Invoice number", "7", "Date", "2026-03-14"),
        *("Billed to", "Kaga Rice", "Hiroba Trader", "trader@hiroba.example"),
        *("Item", "Quantity", "Unit price", "Amount"),
        *("Carbon allowances, order 12", "12.5", "25.00 USD", "312.50 USD"),
        *("Amount due", "312.50 USD"),
        "Please name the invoice number with your payment. The allowances are credited once it is received.",
    ]


def test_in_japanese() -> None:
    texts = papers.texts(drawn(written("ja", name="山田 花子", organization="加賀米穀（株）")))
    assert texts[:3] == ["請求書", "請求書番号", "7"]
    assert "加賀米穀（株）" in texts
    assert "山田 花子" in texts
    assert "炭素排出枠（注文番号 12）" in texts
    assert texts[-3:-1] == ["ご請求金額", "312.50 USD"]


def test_without_an_organization_there_is_no_line_for_it() -> None:
    texts = papers.texts(drawn(written(organization="", name="")))
    assert texts[5:7] == ["Billed to", "trader@hiroba.example"]


def test_the_same_figures_make_the_same_bytes() -> None:
    assert drawn(written("ja")) == drawn(written("ja"))
    assert drawn(written()) != drawn(written(number=8))


@pytest.mark.parametrize("name", ["Zoë (née) \\Müller", "山田 花子", "Привет", "x" * 500, "Hana 👩‍👩‍👧 Mori", "مرحبا"])
def test_names_of_every_script(name: str) -> None:
    letter = written(name=name)
    shown = "".join(character if character <= "\uffff" else "〓" for character in letter.recipient.name)
    assert shown in papers.texts(drawn(letter))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120))
def test_nothing_that_people_are_called_breaks_the_page(name: str, organization: str) -> None:
    texts = papers.texts(drawn(written("ja", name=name, organization=organization)))
    assert texts[-2] == "312.50 USD"


def test_every_language_has_its_words_and_its_templates() -> None:
    assert set(invoices.WORDS) == {letters.ENGLISH, *letters.TRANSLATED}
    for language in invoices.WORDS:
        for form in ("txt", "html"):
            rendered = letters.render(written(language), form)
            assert rendered.count("312.50 USD") == 2
            assert "2026-03-14" in rendered


@pytest.mark.parametrize(("language", "subject"), [("en", "Invoice 7"), ("ja", "請求書 7")])
def test_the_letter_carries_the_page(language: str, subject: str) -> None:
    letter = written(language)
    message = letters.compose(
        letter,
        sender=letters.sender("Hiroba <no-reply@localhost>"),
        message_id="<a@b>",
        written_at=datetime.datetime(2026, 3, 14, tzinfo=datetime.UTC),
    )
    assert (message["Subject"], message["Content-Language"]) == (subject, language)
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("invoice-7.pdf", "application/pdf")
    assert file.get_content() == drawn(letter)


def test_what_people_typed_is_escaped() -> None:
    name = "<script>alert('x')</script>"
    for language in invoices.WORDS:
        assert "<script" not in letters.render(written(language, name=name, organization=name), "html")
