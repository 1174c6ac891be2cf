"""The pages as the server mounts them: at the root of the main application, beside the prefixes of the APIs."""

import aiohttp_session
from aiohttp import typedefs, web

from handlers.core import refusals
from handlers.pages import assets, home, layout, mailbox, reset_pw, signin, signup, words
from handlers.pages import settings as settings_
from handlers.rest import problems, surface
from handlers.rest import routes as routes_

NAME = "hiroba"
COOKIE = "hiroba"

# Set in a request that is for a program: its refusals are JSON whatever it says that it takes.
SPEAKS_JSON = "hiroba.pages.speaks_json"


def add(app: web.Application, around: surface.Surroundings, settings: settings_.Settings) -> None:
    """Adds the pages to an application, which then also says no in pages to what nobody in it has."""
    app.middlewares.append(problems.answering(NAME, refused))
    app[reset_pw.LOOKUPS] = around.lookups
    # For each route, not for the application: the APIs mounted in it have cookies of their own.
    signed = aiohttp_session.session_middleware(surface.cookie_sessions(NAME, COOKIE, around))
    declared = [*home.routes, *signin.routes, *signup.routes, *reset_pw.routes, *assets.routes]
    if settings.has_mailbox:
        declared += mailbox.routes
    pages = surface.Surface(
        name=NAME,
        prefix="",
        document="contract, 9 and 10",
        routes=declared,
        words=words.WORDS,
        cookie=COOKIE,
        forms=True,
        is_same_origin=True,
        is_linked_to=True,
    )
    routes_.add(app, declared, lambda route: _served(route, surface.served(route, pages, around, settings), signed))


def _served(route: surface.Route, serve: typedefs.Handler, signed: typedefs.Middleware) -> typedefs.Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = await serve(request)
        for name, value in layout.HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    async def serve_signed(request: web.Request) -> web.StreamResponse:
        request[SPEAKS_JSON] = route.answers is not None
        return await signed(request, answer)

    return serve_signed


def refused(request: web.BaseRequest, refusal: refusals.Refusal) -> web.Response:
    """A refusal as a page, or as problem details (RFC 9457) for who takes JSON and no HTML."""
    accepted = request.headers.get("Accept", "").lower()
    if request.get(SPEAKS_JSON) or ("json" in accepted and "text/html" not in accepted):
        response = words.WORDS.answer(refusal)
        response.headers.update(layout.HEADERS)
        return response
    said = words.WORDS.said(refusal)
    return layout.filled("refused.html", refusal, title=words.TITLES[said.status], sentence=said.sentence)
