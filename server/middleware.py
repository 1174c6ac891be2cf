"""What happens to every request, whichever API it is for: an id, safe headers, a line in the log, figures."""

import itertools
import secrets
import time
from collections.abc import Mapping

import msgspec
import prometheus_client
from aiohttp import typedefs, web
from multidict import istr

from server import logs, tally

# Whatever a client makes up as a path or method is one row, not a new one each.
UNKNOWN_ROUTE = "unknown"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# A websocket: how long it lived is no latency.
SWITCHED = 101
REQUEST_ID = istr("X-Request-Id")
LOG = logs.Bundle()
TALLY = tally.Tally()
prometheus_client.REGISTRY.register(TALLY)


# The headers that keep a browser from making more of an answer than it is. Read once: the look-up of such a name folds
# no case.
SAFEGUARDS: Mapping[istr, str] = {
    istr("X-Content-Type-Options"): "nosniff",
    # What is no page loads nothing and is shown in no frame. The second says so to older browsers.
    istr("Content-Security-Policy"): "default-src 'none'; frame-ancestors 'none'",
    istr("X-Frame-Options"): "DENY",
    istr("Referrer-Policy"): "no-referrer",
}
# A year, as is usual. Not for the subdomains: they may be somebody else's.
HTTPS_ONLY: Mapping[istr, str] = {istr("Strict-Transport-Security"): "max-age=31536000"}


class Answered(msgspec.Struct):
    """A request's line in the log. By its route, never by its path, which may hold a token."""

    at: str
    request_id: str
    method: str
    route: str
    status: int
    ms: float
    level: str = "info"
    logger: str = "hiroba.request"
    event: str = "request"


def observer(*, logs_requests: bool, is_https: bool) -> typedefs.Middleware:
    """The outermost middleware. An answer may have headers of its own in place of the SAFEGUARDS."""
    told = (*SAFEGUARDS.items(), *(HTTPS_ONLY.items() if is_https else ()))
    numbers = itertools.count(1)
    process = secrets.token_hex(4)
    note, say, now = TALLY.note, LOG.add, logs.now

    def mark(response: web.StreamResponse, request_id: str) -> None:
        own = response.headers
        own[REQUEST_ID] = request_id
        for name, value in told:
            own.setdefault(name, value)

    @web.middleware
    async def observe(request: web.Request, handler: typedefs.Handler) -> web.StreamResponse:
        request_id = f"{process}-{next(numbers):x}"
        # For this request's task alone, and with it gone.
        logs.REQUEST_ID.set(request_id)
        started = time.perf_counter()
        status = 500
        try:
            response = await handler(request)
            status = response.status
            if not response.prepared:
                mark(response, request_id)
            return response
        except web.HTTPException as answer:
            mark(answer, request_id)
            status = answer.status
            raise
        finally:
            seconds = time.perf_counter() - started
            resource = request.match_info.route.resource
            route = UNKNOWN_ROUTE if resource is None else resource.canonical
            method = request.method if request.method in METHODS else UNKNOWN_ROUTE
            if status != SWITCHED:
                note(method, route, status, seconds)
            if logs_requests:
                say(Answered(now(), request_id, method, route, status, round(seconds * 1000, 2)))

    return observe
