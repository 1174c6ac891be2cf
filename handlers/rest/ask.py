"""What a request asks, as its route sees it: who, with what, about what."""

import asyncio
import urllib.parse
import zlib
from typing import Any, NamedTuple

import aiohttp
import msgspec
from aiohttp import http_exceptions, web

from handlers.core import audit, refusals
from handlers.core import context as context_
from handlers.rest import clients, cookies
from storage import accounts as account_rows
from storage import sessions as session_rows

ROWS_MAX = 10_000
LIMIT_MAX = 200
ID_MAX = 2**63 - 1
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_FIELDS_MAX = 100
QUERY_CHARACTERS_MAX = 1000
REASON_CHARACTERS_MAX = 200
# Twelve mebibytes from a phone far out; who sends nothing, or what is no body, is not waited for longer.
BODY_SECONDS_MAX = 120
PLAIN_ENCODINGS = ("", "identity")
PACKED_ENCODINGS = ("gzip", "x-gzip", "deflate")


class Page(NamedTuple):
    """Which part of a list is asked for. Source: contract, 2, Lists."""

    limit: int | None
    before: int | None
    after: int | None

    @property
    def most(self) -> int:
        """How many rows to fetch: one more than is shown where it must be known whether there are more."""
        return ROWS_MAX + 1 if self.limit is None else self.limit


class Ask:
    """One request. Routes read it and answer; nothing here is kept."""

    __slots__ = (
        "_api", "_body_bytes_max", "_proxies", "body", "context", "raw", "request", "session", "settings", "truncated",
    )  # fmt: skip

    def __init__(
        self,
        request: web.Request,
        context: context_.Context,
        settings: Any,
        api: str,
        proxies: clients.Proxies,
        body_bytes_max: int | None = None,
    ) -> None:
        self.request = request
        self.context = context
        self.settings = settings
        self.session: session_rows.Session | None = None
        self.body: Any = None
        self.raw = b""
        self.truncated = False
        self._api = api
        self._body_bytes_max = body_bytes_max
        self._proxies = proxies

    @property
    def signed_in(self) -> session_rows.Session:
        """The session of who asks. Refuses: NotSignedIn."""
        if self.session is None or self.session.account is None:
            raise refusals.NotSignedIn
        return self.session

    @property
    def account(self) -> account_rows.Account:
        """Who asks. Refuses: NotSignedIn."""
        if self.session is None or self.session.account is None:
            raise refusals.NotSignedIn
        return self.session.account

    @property
    def visit(self) -> audit.Visit:
        """Who asks and from where, for sessions, limits and the audit."""
        session = self.session
        account = None if session is None else session.account
        return audit.Visit(
            api=self._api,
            address=self._proxies.address_of(self.request),
            user_agent=printable(self.request.headers.get("User-Agent", "")),
            actor="visitor" if account is None else "operator" if account.is_operator else "account",
            actor_id=None if account is None else account.id,
            session_id=None if session is None else session.id,
        )

    async def receive(self) -> bytes:
        """The body as it came, kept as `raw`. Refuses: TooLarge, Malformed."""
        self.raw = await read(self.request, bytes_max=self._body_bytes_max)
        return self.raw

    def path_id(self, name: str = "id") -> int:
        """An id in the path; the route's pattern lets digits through only.

        Refuses: NotEntitled (no such thing); UnknownPath for digits of other scripts, which the pattern lets through.
        """
        digits = self.request.match_info[name]
        if not digits.isascii():
            raise refusals.UnknownPath
        if len(digits) > 19 or int(digits) > ID_MAX:
            raise refusals.NotEntitled
        return int(digits)

    def query(self, name: str) -> str | None:
        """A text of the query string. Refuses: Malformed."""
        text = self.request.query.get(name)
        if text is not None and (len(text) > QUERY_CHARACTERS_MAX or "\0" in text or not _encodable(text)):
            raise refusals.Malformed(f"{name} is not a text of at most {QUERY_CHARACTERS_MAX} characters")
        return text

    def page(self) -> Page:
        """Which part of the list is asked for. Refuses: Malformed."""
        if not self.request.query_string:
            return Page(None, None, None)
        return Page(
            self._query_number("limit", 1, LIMIT_MAX),
            self._query_number("before", 0, ID_MAX),
            self._query_number("after", 0, ID_MAX),
        )

    def _query_number(self, name: str, least: int, most: int) -> int | None:
        text = self.query(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > 19 or not least <= int(text) <= most:
            raise refusals.Malformed(f"{name} is a whole number from {least} to {most}")
        return int(text)

    def shown(self, page: Page, rows: list) -> list:
        """What of the rows is shown; the answer says so if there were more. Source: contract, 2, Lists."""
        if page.limit is None and len(rows) > ROWS_MAX:
            self.truncated = True
            return rows[:ROWS_MAX]
        return rows

    def require(self, *names: str) -> None:
        """Refuses: Missing, naming all of these, if the body lacks one."""
        if any(getattr(self.body, name) is None for name in names):
            raise refusals.Missing(*names)

    async def hand_out(self, token: str) -> None:
        """The answer sets the API's cookie to this session."""
        await cookies.hand_out(self.request, token)

    async def take_back(self) -> None:
        """The answer clears the API's cookie."""
        await cookies.take_back(self.request)


def content_type(request: web.Request) -> str:
    """The type of the body. aiohttp reads what follows it too, and fails on some of what clients write there."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


async def read(request: web.Request, *, bytes_max: int | None = None) -> bytes:
    """The body, unpacked, of at most so many bytes (None: of as many as the application takes).

    Refuses: TooLarge; Malformed when its encoding is broken or it ends too early or too late.
    """
    if bytes_max is not None:
        # The limit is the request's own, set by the application; a copy with another reads from the same wire.
        request = request.clone(client_max_size=bytes_max)
    try:
        if request.content.is_eof():
            raw = await request.read()
        else:
            async with asyncio.timeout(BODY_SECONDS_MAX):
                raw = await request.read()
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
            return msgspec.convert(_form(raw), shape, strict=False)
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
        if "\0" in value or not _encodable(value):
            raise refusals.Malformed("a text holds a character that none can have")
    elif isinstance(value, list):
        for one in value:
            require_clean(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            require_clean(key)
            require_clean(one)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """A header's text as it can be stored and shown."""
    return "".join(character if character.isprintable() else "?" for character in text)
