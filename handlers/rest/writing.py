"""Answers: structs to JSON, once, with the same headers everywhere."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import msgspec
from aiohttp import web

# Amounts are Decimals made from whole minor units: written as JSON numbers, digit by digit, never through a float.
_ENCODER = msgspec.json.Encoder(decimal_format="number")
JSON_TYPE = "application/json; charset=utf-8"
TEXT_TYPE = "text/plain"


def encoded(value: Any) -> bytes:
    """A struct, or lists and mappings of them, as JSON."""
    return _ENCODER.encode(value)


def moment(at: datetime) -> str:
    """ISO 8601, UTC, milliseconds: 2018-08-27T10:55:21.676Z."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    # Without the "+00:00" at its end.
    return f"{at.isoformat('T', 'milliseconds')[:-6]}Z"


def gmt(at: datetime) -> str:
    """RFC 1123: "Fri, 01 Feb 2019 16:19:17 GMT"."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def json(value: Any, *, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=_ENCODER.encode(value), status=status, headers={"Content-Type": JSON_TYPE})


def nothing(*, status: int = 200) -> web.Response:
    """An empty body."""
    return web.Response(status=status)


def text(value: str) -> web.Response:
    """Bare text/plain."""
    return web.Response(text=value, content_type=TEXT_TYPE)


def redirect(url: str) -> web.Response:
    """302 to a page."""
    return web.Response(status=302, headers={"Location": url})
