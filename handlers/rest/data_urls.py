"""Data URLs as bodies of pictures, under whatever Content-Type they come. Source: RFC 2397; contract, 2 and 3."""

import binascii
import re
import urllib.parse

from handlers.core import refusals

# What clients call the four kinds. Which of them it is, the content says: clients call every picture a JPEG.
HEAD = re.compile(
    rb"data:image/(?:jpeg|jpg|pjpeg|png|x-png|webp|gif)(?:;[a-z0-9!#$&^_.+-]+=[^;,]*)*;base64,", re.IGNORECASE
)
BASE64_BLANKS = b"\r\n\t"


def content(raw: bytes) -> bytes:
    """The file that a data URL of a picture holds. Takes milliseconds for each megabyte: for a thread.

    Percent-encoded ones are read too ("%" is not in base64), and lines (neither are their ends); "+" is itself.
    Refuses: Invalid.
    """
    text = raw.strip()
    if b"%" in text:
        text = urllib.parse.unquote_to_bytes(text).strip()
    head = HEAD.match(text)
    if head is None:
        raise refusals.Invalid("picture", "is no data URL of a JPEG, PNG, WebP or GIF in base64")
    digits = text[head.end() :].translate(None, BASE64_BLANKS).rstrip(b"=")
    try:
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4), strict_mode=True)
    except binascii.Error as fault:
        raise refusals.Invalid("picture", "is no base64") from fault
