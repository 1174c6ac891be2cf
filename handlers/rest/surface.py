"""An API as one object: its routes and its words, made into an aiohttp application for each place it is mounted at."""

import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

import aiohttp_cors
import aiohttp_session
import structlog
from aiohttp import typedefs, web

from handlers.core import context as context_
from handlers.core import refusals, sessions
from handlers.rest import ask as ask_
from handlers.rest import clients, cookies, idempotency, identity, origins, problems, writing
from storage import database as database_

Handler = Callable[[ask_.Ask], Awaitable[Any]]
H = TypeVar("H", bound=Handler)


class Declare(Protocol):
    """A decorator that leaves the handler as it is."""

    def __call__(self, handler: H, /) -> H:
        """Keeps the declaration."""
        ...


LOG = structlog.get_logger("hiroba.rest")
EXPOSED_HEADERS = ("Retry-After", "X-Truncated", "X-Request-Id", "Preview")


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `heading` is the document's, `accepts` the body's struct, `answers` what the handler returns.

    Several answers, one or the other, are a tuple. Where either is no JSON, its media type says what it is.
    """

    method: str
    path: str
    handler: Handler
    heading: str
    accepts: Any = None
    answers: Any = None
    who: identity.Who = identity.Who.MEMBER
    status: int = 200
    # Answers, sets or ends a credential: an Idempotency-Key is not looked at.
    is_credential: bool = False
    # A GET that merely looks, as most do: HEAD is then the same without a body.
    is_safe: bool = True
    # Work that comes before the act and outside of any transaction: it receives the body, and what it answers is `body`
    # to the act.
    prepare: Handler | None = None
    # None: as many as the server takes anywhere.
    body_bytes_max: int | None = None
    accepts_type: str | None = None
    answers_type: str | None = None


class More(TypedDict, total=False):
    """What a declaration may add to path and heading. Shapes are types, as `Any`: mypy has no word for them."""

    accepts: Any
    answers: Any
    who: identity.Who
    status: int
    is_credential: bool
    is_safe: bool
    prepare: Handler
    body_bytes_max: int
    accepts_type: str
    answers_type: str


class Routes(list[Route]):
    """The routes of one resource; its methods declare one each, above the handler."""

    def get(self, path: str, heading: str, **more: Unpack[More]) -> Declare:
        """Declares a GET (and HEAD) route."""
        return self._declare("GET", path, heading, more)

    def post(self, path: str, heading: str, **more: Unpack[More]) -> Declare:
        """Declares a POST route."""
        return self._declare("POST", path, heading, more)

    def put(self, path: str, heading: str, **more: Unpack[More]) -> Declare:
        """Declares a PUT route."""
        return self._declare("PUT", path, heading, more)

    def delete(self, path: str, heading: str, **more: Unpack[More]) -> Declare:
        """Declares a DELETE route."""
        return self._declare("DELETE", path, heading, more)

    def _declare(self, method: str, path: str, heading: str, more: More) -> Declare:
        def keep(handler: H) -> H:
            self.append(Route(method, path, handler, heading, **more))
            return handler

        return keep


@dataclass(frozen=True, slots=True)
class Surface:
    """One API: the document it follows, where its cookie is, what it says."""

    name: str
    prefix: str
    document: str
    routes: Sequence[Route]
    words: problems.Words
    cookie: str | None = None
    forms: bool = False
    identify: identity.Identify = identity.by_cookie
    # Whether a browser's request must come from a page of ours.
    is_same_origin: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the server gives every API."""

    context: context_.Context
    lookups: sessions.Lookups
    proxies: clients.Proxies
    origins: Sequence[str] = field(default=())
    secure_cookies: bool = False


def build(surface: Surface, around: Surroundings, settings: Any) -> web.Application:
    """The API as a sub-application that speaks its own words also for what it does not have."""
    middlewares = [_refusals_answered(surface)]
    if surface.cookie is not None:
        storage = cookie_sessions(surface.name, surface.cookie, around)
        middlewares.insert(0, aiohttp_session.session_middleware(storage))
    app = web.Application(middlewares=middlewares)
    resources: dict[str, web.Resource] = {}
    for route in surface.routes:
        resource = resources.get(route.path) or app.router.add_resource(route.path)
        resources[route.path] = resource
        served = _served(route, surface, around, settings)
        resource.add_route(route.method, served)
        if route.method == "GET" and route.is_safe:
            resource.add_route("HEAD", served)
    if around.origins and not surface.is_same_origin:
        _allow_origins(app, around.origins)
    return app


def cookie_sessions(api: str, cookie: str, around: Surroundings) -> cookies.CookieSessions:
    """The storage behind one API's cookie."""
    settings = around.context.settings.sessions
    return cookies.CookieSessions(
        around.lookups,
        api=api,
        cookie=cookie,
        max_age=settings.absolute_ttl_seconds,
        secure=around.secure_cookies,
        same_site=settings.same_site,
    )


def _served(route: Route, surface: Surface, around: Surroundings, settings: Any) -> typedefs.Handler:
    """The route as aiohttp calls it. Everything that is known beforehand is decided here, once."""
    handler, accepts, who, status = route.handler, route.accepts, route.who, route.status
    prepare, body_bytes_max = route.prepare, route.body_bytes_max
    context, proxies = around.context, around.proxies
    api, identify, forms = surface.name, surface.identify, surface.forms
    looks, guarded = who is not identity.Who.NOBODY, surface.is_same_origin
    remembers = route.method != "GET" and not route.is_credential and looks

    async def perform(ask: ask_.Ask) -> web.Response:
        result = await handler(ask)
        if result is None:
            return writing.nothing()
        if isinstance(result, web.Response):
            return result
        response = writing.json(result, status=status)
        if ask.truncated:
            response.headers["X-Truncated"] = "true"
        return response

    async def serve(request: web.Request) -> web.StreamResponse:
        ask = ask_.Ask(request, context, settings, api, proxies, body_bytes_max)
        if guarded and origins.is_foreign(request, context.settings.public_url):
            raise refusals.Foreign
        if looks:
            ask.session = session = await identify(request)
            identity.require(who, session)
        if prepare is not None:
            ask.body = await prepare(ask)
        elif accepts is not None:
            raw = await ask.receive()
            ask.body = ask_.decode(raw, accepts, form_type=ask_.content_type(request) if forms else None)
        if (
            remembers
            and ask.session is not None
            and ask.session.account is not None
            and (key := idempotency.key_of(request)) is not None
        ):
            return await idempotency.once(ask, key, ask.raw, functools.partial(perform, ask))
        return await perform(ask)

    return serve


def _refusals_answered(surface: Surface) -> typedefs.Middleware:
    words = surface.words

    @web.middleware
    async def answer(request: web.Request, handler: typedefs.Handler) -> web.StreamResponse:
        try:
            if request.method == "OPTIONS" and not request.headers.get("Origin", "").isascii():
                # aiohttp-cors would fail on quoting it.
                raise refusals.Malformed("the origin is none")
            return await handler(request)
        except refusals.Refusal as refusal:
            return words.answer(refusal)
        except database_.Unavailable:
            return words.answer(refusals.Unavailable())
        except web.HTTPNotFound:
            return words.answer(refusals.UnknownPath())
        except web.HTTPMethodNotAllowed as fault:
            return words.answer(refusals.WrongMethod(tuple(fault.allowed_methods)))
        except web.HTTPException as fault:
            if fault.status < 400:
                raise
            if request.method == "OPTIONS":
                # Not what a browser asks before it sends something.
                return words.answer(refusals.WrongMethod())
            return words.answer(refusals.Malformed(fault.reason))
        except Exception:
            LOG.exception("a defect was met", api=surface.name, method=request.method)
            return words.answer(refusals.Fault())

    return answer


def _allow_origins(app: web.Application, origins: Sequence[str]) -> None:
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

    async def allow_the_rest(request: web.Request, response: web.StreamResponse) -> None:
        # The library knows routes; what there is no route for is answered too, and pages want to read it.
        response.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin in allowed and "Access-Control-Allow-Origin" not in response.headers:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
            response.headers["Access-Control-Expose-Headers"] = ",".join(EXPOSED_HEADERS)

    app.on_response_prepare.append(allow_the_rest)
