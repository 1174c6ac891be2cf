"""Bodies of requests: received within their limits, unpacked, and read into what an endpoint accepts."""

import asyncio
import urllib.parse
import zlib
from typing import Any

import aiohttp
import msgspec
from aiohttp import http_exceptions, web

from handlers.core import refusals

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_FIELDS_MAX = 100
REASON_CHARACTERS_MAX = 200
# Twelve mebibytes from a phone far out; who sends nothing, or what is no body, is not waited for longer.
BODY_SECONDS_MAX = 120
# A body as small as most are is always taken. Of what is longer this process holds no more at once, however many send
# it and however slowly: two minutes are time enough to fill any memory. Pictures have a queue of their own.
SMALL_BYTES_MAX = 65_536
PENDING_BYTES_MAX = 134_217_728
PENDING_RETRY_SECONDS = 5
PLAIN_ENCODINGS = ("", "identity")
PACKED_ENCODINGS = ("gzip", "x-gzip", "deflate")


class Room:
    """What bodies that are on their way take up together, beyond what is small in each."""

    __slots__ = ("held_bytes",)

    def __init__(self) -> None:
        self.held_bytes = 0

    async def receive(self, request: web.Request) -> bytes:
        """The body. Refuses: Overloaded; and as aiohttp does."""
        held, body, limit = 0, bytearray(), request.client_max_size
        try:
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > limit:
                    raise web.HTTPRequestEntityTooLarge(limit)
                if len(body) > SMALL_BYTES_MAX:
                    if self.held_bytes + len(chunk) > PENDING_BYTES_MAX:
                        raise refusals.Overloaded(PENDING_RETRY_SECONDS)
                    held += len(chunk)
                    self.held_bytes += len(chunk)
        finally:
            self.held_bytes -= held
        return bytes(body)


ROOM = Room()


def content_type(request: web.Request) -> str:
    """The type of the body. aiohttp reads what follows it too, and fails on some of what clients write there."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


async def read(request: web.Request, *, bytes_max: int | None = None) -> bytes:
    """The body, unpacked, of at most so many bytes (None: of as many as the application takes).

    Refuses: TooLarge; Malformed when its encoding is broken or it ends too early or too late; Overloaded.
    """
    receive = ROOM.receive if bytes_max is None else web.Request.read
    if bytes_max is not None:
        # The limit is the request's own, set by the application; a copy with another reads from the same wire.
        request = request.clone(client_max_size=bytes_max)
    try:
        if request.content.is_eof():
            raw = await request.read()
        else:
            async with asyncio.timeout(BODY_SECONDS_MAX):
                raw = await receive(request)
    except TimeoutError as late:
        raise refusals.Malformed("the body did not come in time") from late
    except web.HTTPRequestEntityTooLarge as large:
        raise refusals.TooLarge(request.client_max_size) from large
    except (
        aiohttp.ClientPayloadError,
        web.RequestPayloadError,
        http_exceptions.HttpProcessingError,
        # The client hung up. Nobody hears the answer; it is no defect either.
        ConnectionError,
    ) as broken:
        raise refusals.Malformed("the body cannot be read") from broken
    if raw and "Content-Encoding" in request.headers:
        encoding = ", ".join(request.headers.getall("Content-Encoding"))
        return unpacked(raw, encoding.strip().lower(), bytes_max=request.client_max_size)
    return raw


def unpacked(raw: bytes, encoding: str, *, bytes_max: int) -> bytes:
    """What was packed so. Never takes more room than its limit. Refuses: TooLarge, Malformed."""
    if encoding in PLAIN_ENCODINGS:
        return raw
    if encoding not in PACKED_ENCODINGS:
        raise refusals.Malformed("the body is in an encoding that is not taken")
    # gzip and zlib tell themselves apart; a deflate that is neither has no head at all, as some clients send it.
    is_bare = encoding == "deflate" and raw[0] & 0x0F != zlib.DEFLATED
    packed = zlib.decompressobj(wbits=-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS | 32)
    try:
        content = packed.decompress(raw, bytes_max + 1)
    except zlib.error as broken:
        raise refusals.Malformed("the body cannot be unpacked") from broken
    if len(content) > bytes_max:
        raise refusals.TooLarge(bytes_max)
    if not packed.eof or packed.unused_data:
        raise refusals.Malformed("the body cannot be unpacked")
    return content


def decode(raw: bytes, shape: Any, *, form_type: str | None = None) -> Any:
    """A body as the endpoint's inputs. JSON, or a form where its type is given and that is what came.

    Refuses: Malformed for broken JSON, another shape, NUL, lone surrogates and numbers out of range.
    """
    try:
        if form_type == FORM_TYPE and raw.lstrip()[:1] != b"{":
            # By way of JSON, for amounts are read from JSON's text.
            return msgspec.json.decode(msgspec.json.encode(_form(raw)), type=shape, strict=False)
        if not raw.isascii():
            # Of what the shape does not name msgspec reads no letter.
            raw.decode()
        if not raw and form_type is not None:
            # Where forms are read, no body is a form without fields.
            raw = b"{}"
        # Not strict: ids come as "7" from lists of choices.
        value = msgspec.json.decode(raw, type=shape, strict=False)
        # Only an escape can bring NUL or half a surrogate pair into valid UTF-8.
        if b"\\u" in raw:
            require_clean(msgspec.json.decode(raw))
        return value
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise refusals.Malformed(_reason(fault)) from fault


def _reason(fault: Exception) -> str:
    """What is wrong, without where it is. It may quote what came, and that may be long."""
    text = str(fault)
    return (text.rpartition(" - at `$")[0] or text)[:REASON_CHARACTERS_MAX]


def _form(raw: bytes) -> dict[str, str]:
    fields = urllib.parse.parse_qsl(
        raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS_MAX
    )
    for pair in fields:
        require_clean(list(pair))
    return dict(fields)


def require_clean(value: Any) -> None:
    """Refuses: Malformed, for a NUL or a lone surrogate anywhere in a decoded value."""
    if isinstance(value, str):
        if "\0" in value or not is_encodable(value):
            raise refusals.Malformed("a text holds a character that none can have")
    elif isinstance(value, list):
        for one in value:
            require_clean(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            require_clean(key)
            require_clean(one)


def is_encodable(text: str) -> bool:
    """Whether it can be written as UTF-8: half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
