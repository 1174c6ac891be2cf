"""A picture in a data URL is read byte by byte, however its sender wrapped it."""

import base64
import urllib.parse

import pytest

from handlers.core import refusals
from handlers.rest import data_urls

# With every digit of base64 in it, "+" and "/" too.
FILE = bytes(range(256)) + b"\xfb\xef\xbe\xff"
DIGITS = base64.b64encode(FILE).decode()
URL = f"data:image/jpeg;base64,{DIGITS}"


@pytest.mark.parametrize(
    "sent",
    [
        URL,
        f"\r\n {URL}\n",
        urllib.parse.quote(URL, safe=""),
        urllib.parse.quote(URL, safe=":/;,="),
        URL.replace("+", "%2B").replace("=", "%3D"),
        f"data:image/jpeg;base64,{base64.encodebytes(FILE).decode()}",
        URL.rstrip("="),
        URL.replace("data:image/jpeg", "DATA:IMAGE/JPEG"),
        *(URL.replace("jpeg", kind) for kind in ("jpg", "png", "webp", "gif")),
        URL.replace(";base64", ";charset=utf-8;base64"),
        URL.replace(";base64", ";name=photo.jpg;base64"),
    ],
)
def test_it_is_read(sent: str):
    assert "+" in DIGITS
    assert data_urls.content(sent.encode()) == FILE


@pytest.mark.parametrize(
    "sent",
    [
        "",
        " ",
        "data:",
        DIGITS,
        f"data:;base64,{DIGITS}",
        f"data:text/html;base64,{DIGITS}",
        f"data:image/svg+xml;base64,{DIGITS}",
        f"data:image/bmp;base64,{DIGITS}",
        f"data:image/jpeg,{DIGITS}",
        f"data:image/jpeg;base32,{DIGITS}",
        f"image=data:image/jpeg;base64,{DIGITS}",
        f'{{"image": "{URL}"}}',
        f'"{URL}"',
        URL.replace("+", " "),
        URL + "!",
        URL[:-6] + "=" + URL[-6:],
        "data:image/jpeg;base64,A",
        "data:image/jpeg;base64,\0\0\0\0",
        "data:image/jpeg;base64,ああああ",
        "%",
        "%64ata",
        "data:image/jpeg" + ";a=b" * 100_000,
    ],
    ids=lambda sent: sent[:40],
)
def test_it_is_refused(sent: str):
    with pytest.raises(refusals.Invalid):
        data_urls.content(sent.encode())
