"""What the server writes to people: one function a letter, and how a letter becomes a MIME message.

A letter is data until it is sent: it is rendered by the courier, so that what is secret in it can lie sealed till then.
Everything that a person typed is cleaned of control characters here and escaped in HTML by the templates.
"""

import datetime
import email.headerregistry
import email.message
import email.policy
import email.utils
import pathlib
import re
import secrets as randomness
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

import jinja2
import msgspec

from mail import invoices

SUBJECTS = {
    "confirmation": "Please confirm your e-mail address",
    "password_reset": "Set a new password",
    "password_code": "Your code for a new password",
    "invoice": "Invoice {number}",
    "waitlist": "Please confirm your e-mail address for the waitlist",
}
"""Every kind of letter. Each has `templates/<kind>.txt` and `.html`. Braces hold names of fields."""

ENGLISH = "en"
JAPANESE = "ja"
TRANSLATED = {
    JAPANESE: {
        "invoice": "請求書 {number}",
        "waitlist": "順番待ちリスト：メールアドレスの確認のお願い",
    },
}
"""Subjects of what is written in another language too, in `templates/<kind>.<language>.txt` and `.html`."""
LANGUAGES = (ENGLISH, *TRANSLATED)
"""Whoever reads none of them best is written to in the first."""

NAME_CHARACTERS_MAX = 100
ADDRESS_BYTES_MAX = 254
LOCAL_PART_BYTES_MAX = 64

# No encoded words: some mail servers decode them, and then the letter goes to somebody else.
_LOCAL_PART = re.compile(r"(?!.*=\?.*\?.*\?)[^\s<>()\[\]\\,;:\"@.]+(\.[^\s<>()\[\]\\,;:\"@.]+)*")
_DOMAIN = re.compile(r"[^\W_]([\w-]{0,61}[^\W_])?(\.[^\W_]([\w-]{0,61}[^\W_])?)*")
_UNITS = ((86400, "day", "日間"), (3600, "hour", "時間"), (60, "minute", "分間"), (1, "second", "秒間"))
_CONTENT_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
# Lines stay within what every mail server takes; nothing needs 8BITMIME.
_POLICY = email.policy.SMTP.clone(cte_type="7bit")


class Recipient(msgspec.Struct, frozen=True):
    """Whom a letter is for. `name` may be empty."""

    address: str
    name: str = ""


class Attachment(msgspec.Struct, frozen=True):
    """A file that goes with a letter."""

    filename: str
    content_type: str
    content: bytes


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter before it is sent. `secrets` are what only its recipient may ever read: links, codes."""

    kind: str
    recipient: Recipient
    fields: Mapping[str, str | int] = {}
    secrets: Mapping[str, str] = {}
    attachments: tuple[Attachment, ...] = ()

    @property
    def language(self) -> str:
        """Two letters of ISO 639."""
        return str(self.fields.get("language", ENGLISH))


def confirmation(address: str, *, name: str, link: str, ttl_seconds: int | None = None) -> Letter:
    """Asks whoever registered with this address to follow a link, and says how long it works if that is told.

    Refuses (ValueError): no address, no web link.
    """
    return Letter(
        kind="confirmation",
        recipient=_recipient(address, name),
        fields=_lasting(ttl_seconds),
        secrets={"link": _web_link(link)},
    )


def password_reset(address: str, *, name: str, link: str, ttl_seconds: int | None = None) -> Letter:
    """Leads to where a new password is set. Refuses (ValueError): no address, no web link."""
    return Letter(
        kind="password_reset",
        recipient=_recipient(address, name),
        fields=_lasting(ttl_seconds),
        secrets={"link": _web_link(link)},
    )


def password_code(address: str, *, name: str, code: str, ttl_seconds: int | None = None) -> Letter:
    """Carries a code with which a new password is set. Refuses (ValueError): no address, no code."""
    if not code.isalnum():
        raise ValueError("not a code")
    return Letter(
        kind="password_code",
        recipient=_recipient(address, name),
        fields=_lasting(ttl_seconds),
        secrets={"code": code},
    )


def invoice(
    address: str,
    *,
    name: str,
    organization: str,
    language: str,
    number: int,
    order_id: int,
    quantity: str,
    unit_price: str,
    amount: str,
    issued_on: datetime.date,
) -> Letter:
    """Asks for what was ordered to be paid. Its PDF is drawn when it is sent. Refuses (ValueError): no address."""
    return Letter(
        kind="invoice",
        recipient=_recipient(address, name),
        fields={
            "language": language,
            "organization": plain(organization),
            "number": number,
            "order_id": order_id,
            "quantity": quantity,
            "unit_price": unit_price,
            "amount": amount,
            "issued_on": issued_on.isoformat(),
        },
    )


def waitlist(address: str, *, link: str, ttl_seconds: int, language: str) -> Letter:
    """Asks whoever wants to be let in to prove the address. Refuses (ValueError): no address, no web link."""
    return Letter(
        kind="waitlist",
        recipient=_recipient(address, ""),
        fields={"language": language, "lasts": _duration(ttl_seconds, language)},
        secrets={"link": _web_link(link)},
    )


def deliverable(address: str) -> bool:
    """Whether letters can be addressed so: one "@", a plain local part, a host name, at most 254 bytes of UTF-8."""
    local_part, at, domain = address.partition("@")
    return bool(
        at
        and address.isprintable()
        and len(local_part.encode()) <= LOCAL_PART_BYTES_MAX
        and len(address.encode()) <= ADDRESS_BYTES_MAX
        and _LOCAL_PART.fullmatch(local_part)
        and _DOMAIN.fullmatch(domain)
    )


def _recipient(address: str, name: str) -> Recipient:
    if not deliverable(address):
        raise ValueError("not an address that letters can go to")
    return Recipient(address, plain(name))


def plain(text: str, *, characters_max: int = NAME_CHARACTERS_MAX) -> str:
    """What somebody typed, as one line: no control characters, no line ends, no marks that turn the writing round."""
    return " ".join(_printable(text).split())[:characters_max].strip()


def _printable(text: str) -> str:
    # Cc control, Cs surrogate, Zl and Zp line ends; of the formatting characters (Cf) only the joiners that some
    # scripts and emoji need stay.
    return "".join(
        character
        if unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp", "Cf"} or character in "\u200c\u200d"
        else " "
        for character in text
    )


def _web_link(link: str) -> str:
    if urlsplit(link).scheme not in {"http", "https"} or "".join(_printable(link).split()) != link:
        raise ValueError("not a web link")
    return link


def _lasting(ttl_seconds: int | None) -> dict[str, str | int]:
    return {"lasts": "" if ttl_seconds is None else _duration(ttl_seconds)}


def _duration(seconds: int, language: str = ENGLISH) -> str:
    """In the largest unit of which there is a whole number; from two minutes on no seconds are told."""
    told_seconds = seconds if seconds < 120 else seconds - seconds % 60
    unit_seconds, english, japanese = next(unit for unit in _UNITS if told_seconds % unit[0] == 0)
    count = told_seconds // unit_seconds
    return f"{count}{japanese}" if language == JAPANESE else f"{count} {english}{'' if count == 1 else 's'}"


def message_id() -> str:
    """A Message-ID that nobody can guess. It names no machine."""
    return f"<{randomness.token_hex(16)}@letters.hiroba>"


def compose(
    letter: Letter, *, sender: email.headerregistry.Address, message_id: str, written_at: datetime.datetime
) -> email.message.EmailMessage:
    """The letter as a MIME message: text, HTML, files. Takes a while where one is drawn: not for the event loop.

    Refuses (LookupError, jinja2's errors): an unknown kind.
    """
    message = email.message.EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = _header_address(letter.recipient)
    message["Subject"] = _subject(letter)
    message["Date"] = email.utils.format_datetime(written_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(render(letter, "txt"))
    message.add_alternative(render(letter, "html"), subtype="html")
    for file in (*letter.attachments, *_drawn(letter)):
        if not _CONTENT_TYPE.fullmatch(file.content_type):
            raise ValueError("not a content type")
        maintype, subtype = file.content_type.split("/")
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=plain(file.filename))
    # Last: whoever sets the content clears what was said of it.
    message["Content-Language"] = letter.language
    return message


def _subject(letter: Letter) -> str:
    subject = TRANSLATED.get(letter.language, SUBJECTS).get(letter.kind, SUBJECTS[letter.kind])
    return subject.format_map(letter.fields)


def _drawn(letter: Letter) -> tuple[Attachment, ...]:
    """Files that are made of the letter's own fields, the same at every attempt to send it."""
    if letter.kind != "invoice":
        return ()
    content = invoices.draw(letter.fields, name=letter.recipient.name, address=letter.recipient.address)
    return (Attachment(f"invoice-{letter.fields['number']}.pdf", "application/pdf", content),)


def _header_address(recipient: Recipient) -> email.headerregistry.Address:
    local_part, _, domain = recipient.address.partition("@")
    return email.headerregistry.Address(recipient.name, local_part, domain)


def sender(text: str) -> email.headerregistry.Address:
    """Reads `Name <address>` or a bare address. Refuses (ValueError): anything else."""
    name, address = email.utils.parseaddr(text)
    return _header_address(_recipient(address, name))


def render(letter: Letter, form: str) -> str:
    """A letter's words, as `txt` or `html`."""
    is_translated = letter.kind in TRANSLATED.get(letter.language, {})
    name = f"{letter.kind}.{letter.language}.{form}" if is_translated else f"{letter.kind}.{form}"
    return _TEMPLATES.get_template(name).render(
        {**letter.fields, **letter.secrets}, recipient=letter.recipient, subject=_subject(letter)
    )


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(pathlib.Path(__file__).with_name("templates")),
    autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    auto_reload=False,
)
