"""What happens to every request, whichever API it is for: an id, a line in the log, figures for /metrics."""

import itertools
import secrets
import time

import prometheus_client
import structlog
from aiohttp import typedefs, web

REQUESTS = prometheus_client.Counter(
    "hiroba_requests", "Requests answered, by method, route and status.", ["method", "route", "status"]
)
LATENCY = prometheus_client.Histogram(
    "hiroba_request_seconds",
    "Time from the request's head to its answer, by route.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
# Whatever a client makes up as a path or method is one row, not a new one each.
UNKNOWN_ROUTE = "unknown"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# A websocket: how long it lived is no latency.
SWITCHED = 101
LOG = structlog.get_logger("hiroba.request")


def observer(*, logs_requests: bool) -> typedefs.Middleware:
    """The outermost middleware."""
    numbers = itertools.count(1)
    process = secrets.token_hex(4)
    counters: dict[tuple[str, str, int], prometheus_client.Counter] = {}
    histograms: dict[str, prometheus_client.Histogram] = {}

    def record(method: str, route: str, status: int, seconds: float) -> None:
        key = (method, route, status)
        counter = counters.get(key)
        if counter is None:
            counter = counters[key] = REQUESTS.labels(method, route, str(status))
        counter.inc()
        histogram = histograms.get(route)
        if histogram is None:
            histogram = histograms[route] = LATENCY.labels(route)
        histogram.observe(seconds)

    @web.middleware
    async def observe(request: web.Request, handler: typedefs.Handler) -> web.StreamResponse:
        request_id = f"{process}-{next(numbers):x}"
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500
        try:
            try:
                response = await handler(request)
            except web.HTTPException as answer:
                answer.headers["X-Request-Id"] = request_id
                status = answer.status
                raise
            status = response.status
            if not response.prepared:
                response.headers["X-Request-Id"] = request_id
            return response
        finally:
            seconds = time.perf_counter() - started
            resource = request.match_info.route.resource
            route = UNKNOWN_ROUTE if resource is None else resource.canonical
            method = request.method if request.method in METHODS else UNKNOWN_ROUTE
            if status != SWITCHED:
                record(method, route, status, seconds)
            if logs_requests:
                LOG.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 2))
            structlog.contextvars.unbind_contextvars("request_id")

    return observe
