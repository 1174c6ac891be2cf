"""Invoices on paper: one page of A4 as PDF, drawn when the letter is sent. The same figures make the same bytes.

Fonts are those that every reader has or finds for itself: Helvetica, and for Japanese one of Adobe's that is named and
not enclosed.
"""

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

from reportlab.lib import pagesizes
from reportlab.pdfbase import cidfonts, pdfmetrics
from reportlab.pdfgen import canvas

WIDTH, HEIGHT = pagesizes.A4
MARGIN = 56.0
LINE = 18.0
LATIN = "Helvetica"
BOLD = "Helvetica-Bold"
JAPANESE = "HeiseiKakuGo-W5"
# What Japanese printers put where they have no type.
MISSING = "〓"
LAST_OF_FONT = "\uffff"
GREY = 0.45
COLUMNS = (MARGIN, 300.0, 420.0, WIDTH - MARGIN)

pdfmetrics.registerFont(cidfonts.UnicodeCIDFont(JAPANESE))


class Words(NamedTuple):
    """What stands beside the figures."""

    title: str
    number: str
    issued_on: str
    billed_to: str
    item: str
    quantity: str
    unit_price: str
    amount: str
    line: str
    due: str
    closing: str


WORDS = {
    "en": Words(
        title="Invoice",
        number="Invoice number",
        issued_on="Date",
        billed_to="Billed to",
        item="Item",
        quantity="Quantity",
        unit_price="Unit price",
        amount="Amount",
        line="Carbon allowances, order {order_id}",
        due="Amount due",
        closing="Please name the invoice number with your payment. The allowances are credited once it is received.",
    ),
    "ja": Words(
        title="請求書",
        number="請求書番号",
        issued_on="発行日",
        billed_to="請求先",
        item="品目",
        quantity="数量",
        unit_price="単価",
        amount="金額",
        line="炭素排出枠（注文番号 {order_id}）",
        due="ご請求金額",
        closing="お支払いの際は請求書番号をお知らせください。入金の確認後、排出枠が残高に加算されます。",
    ),
}


def draw(fields: Mapping[str, Any], *, name: str, address: str) -> bytes:
    """The page for the fields of an invoice's letter, in their language."""
    words = WORDS[fields["language"]]
    file = io.BytesIO()
    # Nothing of this machine or moment in it; no compression, for it is small and others may want to search it.
    page = canvas.Canvas(file, pagesize=pagesizes.A4, pageCompression=0, invariant=1, lang=fields["language"])
    page.setTitle(f"{words.title} {fields['number']}")
    page.setAuthor("Hiroba")
    top = HEIGHT - 2 * MARGIN
    _write(page, MARGIN, top, words.title, size=24, is_bold=True)
    top = _facts(page, top - 2.5 * LINE, words, fields, _billed(fields, name, address))
    top = _table(page, top - 2 * LINE, words, fields)
    _write(page, MARGIN, top - 2.5 * LINE, words.closing, size=9.5)
    page.showPage()
    page.save()
    return file.getvalue()


def _billed(fields: Mapping[str, Any], name: str, address: str) -> list[str]:
    return [line for line in (str(fields["organization"]), name, address) if line]


def _facts(page: canvas.Canvas, top: float, words: Words, fields: Mapping[str, Any], billed: list[str]) -> float:
    """Number, date, whom it is for; answers where it ends."""
    facts = [(words.number, str(fields["number"])), (words.issued_on, str(fields["issued_on"]))]
    facts += [(words.billed_to if place == 0 else "", line) for place, line in enumerate(billed)]
    for label, value in facts:
        _write(page, MARGIN, top, label, grey=GREY)
        _write(page, MARGIN + 120, top, value, width=WIDTH - 2 * MARGIN - 120)
        top -= LINE
    return top


def _table(page: canvas.Canvas, top: float, words: Words, fields: Mapping[str, Any]) -> float:
    """The one line, and what is due; answers where it ends."""
    line = words.line.format(order_id=fields["order_id"])
    heads = (words.item, words.quantity, words.unit_price, words.amount)
    cells = (line, str(fields["quantity"]), str(fields["unit_price"]), str(fields["amount"]))
    for row, grey in ((heads, GREY), (cells, 0.0)):
        _write(page, COLUMNS[0], top, row[0], grey=grey)
        for right, text in zip(COLUMNS[1:], row[1:], strict=True):
            _write(page, right, top, text, grey=grey, is_right=True)
        page.line(MARGIN, top - 6, WIDTH - MARGIN, top - 6)
        top -= 1.3 * LINE
    _write(page, COLUMNS[0], top - 6, words.due, size=13, is_bold=True)
    _write(page, COLUMNS[-1], top - 6, cells[-1], size=13, is_bold=True, is_right=True)
    return top - LINE


def _write(
    page: canvas.Canvas,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 10.5,
    grey: float = 0.0,
    is_bold: bool = False,
    is_right: bool = False,
    width: float | None = None,
) -> None:
    """One line of text, in a font that has its letters; smaller where it would not fit."""
    font, shown = _set(text, is_bold=is_bold)
    needed = pdfmetrics.stringWidth(shown, font, size)
    if width is not None and needed > width:
        size *= width / needed
    page.setFont(font, size)
    page.setFillGray(grey)
    (page.drawRightString if is_right else page.drawString)(x, y, shown)


def _set(text: str, *, is_bold: bool) -> tuple[str, str]:
    """The font for a text, and the text as that font can show it."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return JAPANESE, "".join(letter if letter <= LAST_OF_FONT else MISSING for letter in text)
    return (BOLD if is_bold else LATIN), text
