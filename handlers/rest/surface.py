"""An API as one object: its routes and its words, made into an aiohttp application for each place it is mounted at."""

import functools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp_session
from aiohttp import typedefs, web

from handlers.core import context as context_
from handlers.core import refusals, sessions
from handlers.rest import ask as ask_
from handlers.rest import (
    bodies,
    clients,
    cookies,
    crossing,
    idempotency,
    identity,
    limits,
    origins,
    previews,
    problems,
    writing,
)
from handlers.rest import routes as routes_
from handlers.rest.routes import Route, Routes

# In a request: what its route says in place of the API's words.
WORDS = "hiroba.words"
IdentifyByBody = Callable[[ask_.Ask, sessions.Lookups], Awaitable[identity.Found]]
# A body may be two minutes on its way, and whoever sends it be signed out or shut out meanwhile. Source: contract, 1.
IDENTITY_SECONDS_MAX = 0.5

# Whoever makes an API finds here what it is made of.
__all__ = ["Route", "Routes", "Surface", "Surroundings", "build", "cookie_sessions", "served"]


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
    # How it knows who asks; None: by its cookie, if it has one.
    identify_with: "Callable[[Surroundings], identity.Identify] | None" = None
    # Headers that show who asks, beside the cookie or in its place, as OpenAPI describes them, by a name for each.
    header_schemes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # Where a body holds the session's token: who asks is then known once that is read, and before anything is done.
    identify_by_body: IdentifyByBody | None = None
    # Whether a browser's request must come from a page of ours.
    is_same_origin: bool = False
    # Whether, where it must, pages of others may at least lead here: a GET then comes from anywhere.
    is_linked_to: bool = False
    # Whether its paths are taken in any case, with a slash at their end or without; at the root of its own host with
    # the prefix too, as its document writes them. See `paths`.
    is_spelled_loosely: bool = False


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
    words, counted = surface.words, around.context.settings.limits

    def say(request: web.Request, refusal: refusals.Refusal) -> web.Response:
        answer: web.Response = request.get(WORDS, words).answer(refusal)
        return limits.marked(answer, refusal, counted)

    app = web.Application(middlewares=[problems.answering(surface.name, say, reads_origins=True)])
    signed = None
    if surface.cookie is not None:
        signed = aiohttp_session.session_middleware(cookie_sessions(surface.name, surface.cookie, around))

    def serve(route: Route) -> typedefs.Handler:
        answer = served(route, surface, around, settings)
        # What merely looks neither sets the cookie nor clears it.
        if signed is None or (route.method == "GET" and route.is_safe):
            return answer
        return functools.partial(signed, handler=answer)

    routes_.add(app, surface.routes, serve)
    if around.origins and not surface.is_same_origin:
        crossing.allow(app, around.origins)
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


def _identify(surface: Surface, around: Surroundings) -> identity.Identify:
    if surface.identify_with is not None:
        return surface.identify_with(around)
    if surface.cookie is not None:
        return cookie_sessions(surface.name, surface.cookie, around).find
    return identity.nobody


def served(route: Route, surface: Surface, around: Surroundings, settings: Any) -> typedefs.Handler:
    """The route as aiohttp calls it. Everything that is known beforehand is decided here, once."""
    handler, accepts, who, status = route.handler, route.accepts, route.who, route.status
    prepare, body_bytes_max = route.prepare, route.body_bytes_max
    context, proxies = around.context, around.proxies
    api, forms, own_words = surface.name, surface.forms, route.words
    identify = _identify(surface, around)
    looks, by_body, lookups = who is not identity.Who.NOBODY, surface.identify_by_body, around.lookups
    guarded = surface.is_same_origin and not (surface.is_linked_to and route.method == "GET")
    # Without SameSite any page's form comes with the cookie, and what it holds is read as JSON whatever its type is.
    exposed = surface.cookie is not None and route.method != "GET" and context.settings.sessions.same_site == "none"
    friends = frozenset(map(origins.written, around.origins))
    remembers = route.method != "GET" and not route.is_credential and looks
    can_preview = route.previews

    async def perform(ask: ask_.Ask) -> web.Response:
        result = await handler(ask)
        if result is None:
            return writing.nothing(status=status)
        if isinstance(result, web.Response):
            return result
        response = writing.json(result, status=status)
        if ask.truncated:
            response.headers["X-Truncated"] = "true"
        return response

    async def serve(request: web.Request) -> web.StreamResponse:
        if own_words is not None:
            request[WORDS] = own_words
        ask = ask_.Ask(request, context, settings, api, proxies, body_bytes_max)
        if guarded and origins.is_foreign(request, context.settings.public_url):
            raise refusals.Foreign
        if exposed and origins.is_stranger(request, context.settings.public_url, friends):
            raise refusals.Foreign
        looked_at = time.monotonic()
        if looks and by_body is None:
            ask.session = session = await identify(request)
            identity.require(who, session)
        if can_preview:
            ask.is_preview = previews.is_asked(ask)
        if prepare is not None:
            ask.body = await prepare(ask)
        elif accepts is not None:
            raw = await ask.receive()
            ask.body = bodies.decode(raw, accepts, form_type=bodies.content_type(request) if forms else None)
        if looks and by_body is not None:
            ask.session = session = await by_body(ask, lookups)
            identity.require(who, session)
        elif looks and time.monotonic() - looked_at > IDENTITY_SECONDS_MAX:
            ask.session = session = await identify(request)
            identity.require(who, session)
        key = None
        if remembers and ask.session is not None and ask.session.account is not None:
            key = idempotency.key_of(request)
        if ask.is_preview:
            return await previews.rehearse(ask, functools.partial(perform, ask))
        if key is None:
            return await perform(ask)
        return await idempotency.once(ask, key, ask.asked, functools.partial(perform, ask))

    policy = None if route.limited is None else limits.policy(route.limited, context.settings.limits)
    return serve if policy is None else limits.telling(serve, policy)
