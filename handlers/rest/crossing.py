"""What pages of other origins may ask and read of an API (CORS). Source: contract, 1."""

from collections.abc import Sequence

import aiohttp_cors
from aiohttp import hdrs, web

from handlers.rest import limits, problems

EXPOSED_HEADERS = ("Retry-After", problems.LIMIT_HEADER, limits.POLICY_HEADER, "X-Truncated", "X-Request-Id", "Preview")


def allow(app: web.Application, origins: Sequence[str]) -> None:
    """Lets pages of these origins ask everything that is routed by now, with their cookies."""
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]
        allow_credentials=True, expose_headers=EXPOSED_HEADERS, allow_headers="*", allow_methods="*", max_age=600
    )
    cors = aiohttp_cors.setup(app, defaults=dict.fromkeys(origins, options))
    for resource in list(app.router.resources()):
        cors.add(resource)
        for route in list(resource):
            if route.method != "OPTIONS":
                cors.add(route)
    allowed = frozenset(origins)

    ask_library = tuple(app.on_response_prepare)
    app.on_response_prepare.clear()

    async def allow_all(request: web.Request, response: web.StreamResponse) -> None:
        told = response.headers
        told.add(hdrs.VARY, "Origin")
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None:
            # No page of another origin: the library would find out the same, four times as slowly.
            return
        for ask in ask_library:
            await ask(request, response)
        # The library knows routes; what there is no route for is answered too, and pages want to read it.
        if origin in allowed and "Access-Control-Allow-Origin" not in told:
            told["Access-Control-Allow-Origin"] = origin
            told["Access-Control-Allow-Credentials"] = "true"
            told["Access-Control-Expose-Headers"] = ",".join(EXPOSED_HEADERS)

    app.on_response_prepare.append(allow_all)
