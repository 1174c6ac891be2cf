"""The mail that the embedded sink received, to be read in a browser and, as JSON, by programs. Open to whoever comes.

What came in a mail is not trusted: its HTML is shown in a frame without script, forms or anything from elsewhere, and
its files are downloaded, never shown. Source: contract, 10.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from aiohttp import web

from handlers.core import mailbox, refusals
from handlers.pages import layout
from handlers.rest import ask as ask_
from handlers.rest import identity, surface, writing
from storage import mailbox as rows

routes = surface.Routes()

PAGE_MAILS = 50
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]']")
HEAD = re.compile(r"<head(\s[^>]*)?>", re.IGNORECASE)
# Links of a letter open beside it, not in its frame.
TARGET = '<base target="_blank">'
CONTENT_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")

# A page with a letter has a frame; what is in the frame may have its own style and pictures, and lead away by a click.
FRAMING_POLICY = layout.POLICY + "; frame-src 'self'"
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; "
    f"base-uri 'none'; sandbox {SANDBOX}"
)
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


class Attachment(msgspec.Struct, rename="camel"):
    """A file of a mail. *Units*: size in bytes."""

    filename: str
    content_type: str
    size: int
    url: str


class Mail(msgspec.Struct, rename={"sender": "from", "received_at": "receivedAt"}):
    """A mail as programs read it. `received_at` is ISO 8601, UTC, milliseconds."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    received_at: str
    attachments: list[Attachment]


class Piece(NamedTuple):
    """A part of a letter's text: plain, or a link."""

    text: str
    is_link: bool


def _attachment_path(file: rows.Attachment) -> str:
    return f"/mailbox/attachments/{file.id}"


def mail(row: rows.Mail, public_url: str) -> Mail:
    """A mail as programs read it."""
    files = [
        Attachment(file.filename, file.content_type, file.size_bytes, public_url + _attachment_path(file))
        for file in row.attachments
    ]
    return Mail(row.sender, row.recipient, row.subject, row.text, row.html, writing.moment(row.received_at), files)


def pieces(text: str) -> Iterator[Piece]:
    """A letter's text with its links told apart."""
    end = 0
    for match in LINK.finditer(text):
        yield Piece(text[end : match.start()], is_link=False)
        yield Piece(match[0], is_link=True)
        end = match.end()
    yield Piece(text[end:], is_link=False)


def with_target(html: str) -> str:
    """A letter's HTML, its links opening in a tab of their own."""
    head = HEAD.search(html)
    return html[: head.end()] + TARGET + html[head.end() :] if head else TARGET + html


@routes.get("/mailbox/messages", "Mails, newest first", answers=list[Mail], who=identity.Who.NOBODY)
async def get_messages(ask: ask_.Ask) -> list[Mail]:
    """A bare list. `to` in any case; it and `limit` may be left out."""
    page = ask.page()
    found = await mailbox.listed(ask.context, to=_to(ask) or None, before=page.before, most=page.most)
    return [mail(row, ask.context.settings.public_url) for row in ask.shown(page, list(found))]


def _to(ask: ask_.Ask) -> str:
    # No address holds a space: it is a "+" that was not escaped.
    return (ask.query("to") or "").strip().replace(" ", "+")


@routes.get("/mailbox", "The mailbox", who=identity.Who.NOBODY)
async def get_mailbox(ask: ask_.Ask) -> web.Response:
    """The newest mails, to all or to one address, and the way to older ones."""
    to = _to(ask)
    found = list(await mailbox.listed(ask.context, to=to or None, before=ask.page().before, most=PAGE_MAILS + 1))
    older = None
    if len(found) > PAGE_MAILS:
        found = found[:PAGE_MAILS]
        older = "/mailbox?" + urlencode({**({"to": to} if to else {}), "before": found[-1].id})
    return layout.page("mailbox.html", mails=found, to=to, older=older)


@routes.get(r"/mailbox/{id:\d+}", "A mail", who=identity.Who.NOBODY)
async def get_mail(ask: ask_.Ask) -> web.Response:
    """One mail: its text, its HTML in a frame, its files."""
    found = await mailbox.find(ask.context, ask.path_id())
    return layout.page(
        "mail.html",
        headers={"Content-Security-Policy": FRAMING_POLICY},
        mail=found,
        pieces=list(pieces(found.text)),
        files=[(_attachment_path(file), file) for file in found.attachments],
        sandbox=SANDBOX,
    )


@routes.get(r"/mailbox/{id:\d+}/html", "The HTML of a mail", who=identity.Who.NOBODY)
async def get_html(ask: ask_.Ask) -> web.Response:
    """What is in the frame. Its policy holds without the frame too."""
    found = await mailbox.find(ask.context, ask.path_id())
    if not found.html:
        raise refusals.NotEntitled
    return web.Response(
        text=with_target(found.html),
        content_type="text/html",
        charset="utf-8",
        headers={
            **layout.HEADERS,
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": LETTER_POLICY,
            # The frame is on a page of ours.
            "X-Frame-Options": "SAMEORIGIN",
        },
    )


@routes.get(r"/mailbox/attachments/{id:\d+}", "A file of a mail", who=identity.Who.NOBODY)
async def get_attachment(ask: ask_.Ask) -> web.Response:
    """The file, to be saved under its name."""
    file = await mailbox.find_attachment(ask.context, ask.path_id())
    is_type = CONTENT_TYPE.fullmatch(file.content_type)
    return web.Response(
        body=file.content,
        headers={
            **layout.HEADERS,
            "Content-Security-Policy": FILE_POLICY,
            "Content-Type": file.content_type if is_type else "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}",
        },
    )
