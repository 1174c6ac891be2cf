"""Answers: structs to JSON, once, with the same headers everywhere."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import msgspec
from aiohttp import abc, hdrs, web
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import SERVER_SOFTWARE, HttpVersion11
from multidict import CIMultiDict, istr

# Amounts are Decimals made from whole minor units: written as JSON numbers, digit by digit, never through a float.
_ENCODER = msgspec.json.Encoder(decimal_format="number")
JSON_TYPE = "application/json; charset=utf-8"
JSON_HEADERS = CIMultiDict({istr("Content-Type"): JSON_TYPE})
TEXT_TYPE = "text/plain"


def encoded(value: Any) -> bytes:
    """A struct, or lists and mappings of them, as JSON."""
    return _ENCODER.encode(value)


def moment(at: datetime) -> str:
    """ISO 8601, UTC, milliseconds: 2018-08-27T10:55:21.676Z."""
    # 2018-08-27T10:55:21.676123Z, a tenth of the time that isoformat takes; a whole second has no fraction.
    text: str = msgspec.to_builtins(at if at.tzinfo is UTC else at.astimezone(UTC))
    return f"{text[:23]}Z" if len(text) > 20 else f"{text[:19]}.000Z"


def gmt(at: datetime) -> str:
    """RFC 1123: "Fri, 01 Feb 2019 16:19:17 GMT"."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


class Json(web.Response):
    """A JSON answer: what aiohttp finds out about any answer before it sends it, is known of this one.

    A twentieth of a request's work. Whatever is unusual about request or answer is left to aiohttp.
    """

    async def prepare(self, request: web.BaseRequest) -> abc.AbstractStreamWriter | None:
        """Makes the head ready, to be sent with the body."""
        is_usual = request.version == HttpVersion11 and request.keep_alive and request.method != hdrs.METH_HEAD
        if not is_usual or self.prepared or self._keep_alive is False or self._cookies or self._compression:
            return await super().prepare(request)
        assert isinstance(self._body, bytes)
        self._req = request
        self._keep_alive = True
        writer = self._payload_writer = request.writer
        headers = self._headers
        headers[hdrs.CONTENT_LENGTH] = str(len(self._body))
        headers[hdrs.DATE] = rfc822_formatted_time()
        headers[hdrs.SERVER] = SERVER_SOFTWARE
        await request._prepare_hook(self)
        await writer.write_headers(f"HTTP/1.1 {self._status} {self._reason}", headers)
        return writer


def json(value: Any, *, status: int = 200) -> web.Response:
    """A JSON answer."""
    return Json(body=_ENCODER.encode(value), status=status, headers=JSON_HEADERS)


def nothing(*, status: int = 200) -> web.Response:
    """An empty body."""
    return web.Response(status=status)


def text(value: str) -> web.Response:
    """Bare text/plain."""
    return web.Response(text=value, content_type=TEXT_TYPE)


def redirect(url: str) -> web.Response:
    """302 to a page."""
    return web.Response(status=302, headers={"Location": url})
