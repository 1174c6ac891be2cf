"""How a refusal becomes an answer. The table of each API's `words.py` says which; this says how."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import structlog
from aiohttp import typedefs, web

from handlers.core import refusals
from handlers.rest import writing
from storage import database as database_

LOG = structlog.get_logger("hiroba.rest")
LIMIT_HEADER = "RateLimit"
# In a request: headers that its answer has, if it is a refusal too.
TOLD = "hiroba.told"

Sentence = str | Callable[[Any], str]


class Word(NamedTuple):
    """What an API says to one kind of refusal; a sentence may be made from its data, `key` is the API's own."""

    status: int
    sentence: Sentence
    key: str = ""


class Said(NamedTuple):
    """A word with its sentence made: what an API's error body is built from."""

    status: int
    sentence: str
    key: str


Table = Mapping[type[refusals.Refusal], Word]


class Words(NamedTuple):
    """Everything an API says when it says no: the table, and the shape of the body."""

    table: Table
    body: Callable[[Said, refusals.Refusal], msgspec.Struct]
    content_type: str = writing.JSON_TYPE

    def said(self, refusal: refusals.Refusal) -> Said:
        """The word for a refusal, its sentence made."""
        word = self.table[type(refusal)]
        sentence = word.sentence if isinstance(word.sentence, str) else word.sentence(refusal)
        return Said(word.status, sentence, word.key)

    def answer(self, refusal: refusals.Refusal) -> web.Response:
        """The refusal in the API's own form."""
        said = self.said(refusal)
        response = writing.json(self.body(said, refusal), status=said.status)
        response.headers["Content-Type"] = self.content_type
        response.headers.update(headers(refusal))
        return response


def headers(refusal: refusals.Refusal) -> dict[str, str]:
    """What the answer's headers tell: when it is worth trying again, which methods there are."""
    told: dict[str, str] = {}
    wait = getattr(refusal, "retry_after_seconds", None)
    if wait is not None:
        told["Retry-After"] = str(wait)
    if isinstance(refusal, refusals.Throttled) and refusal.limit:
        # Source: draft-ietf-httpapi-ratelimit-headers-11, 4; the policy of this name is told by `limits`.
        told[LIMIT_HEADER] = f'"{refusal.limit}";r=0;t={wait}'
    if isinstance(refusal, refusals.WrongMethod) and refusal.allowed:
        told["Allow"] = ", ".join(sorted(refusal.allowed))
    return told


def refusal_of(request: web.Request, fault: Exception) -> refusals.Refusal | None:
    """What is refused when this was raised: by an act, by aiohttp, or by what nobody thought of. None: no refusal."""
    match fault:
        case refusals.Refusal():
            return fault
        case database_.Unavailable():
            return refusals.Unavailable()
        case web.HTTPNotFound():
            return refusals.UnknownPath()
        case web.HTTPMethodNotAllowed():
            return refusals.WrongMethod(tuple(fault.allowed_methods))
        case web.HTTPRequestEntityTooLarge():
            return refusals.TooLarge(request.client_max_size)
        case web.HTTPException():
            if fault.status < 400:
                return None
            # OPTIONS: not what a browser asks before it sends something.
            return refusals.WrongMethod() if request.method == "OPTIONS" else refusals.Malformed(fault.reason)
    return refusals.Fault()


def answering(
    api: str, say: Callable[[web.Request, refusals.Refusal], web.StreamResponse], *, reads_origins: bool = False
) -> typedefs.Middleware:
    """A middleware that says no, in an API's words, to all that was refused below it. Logs defects.

    `reads_origins`: below it aiohttp-cors does, and would fail on quoting some.
    """

    @web.middleware
    async def answer(request: web.Request, handler: typedefs.Handler) -> web.StreamResponse:
        try:
            if reads_origins and request.method == "OPTIONS" and not request.headers.get("Origin", "").isascii():
                raise refusals.Malformed("the origin is none")
            return await handler(request)
        except Exception as fault:
            refusal = refusal_of(request, fault)
            if refusal is None:
                raise
            if isinstance(refusal, refusals.Fault):
                LOG.exception("a defect was met", api=api, method=request.method)
            response = say(request, refusal)
            response.headers.update(request.get(TOLD, {}))
            return response

    return answer
