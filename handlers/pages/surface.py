"""The pages as the server mounts them: at the root of the main application, beside the prefixes of the APIs."""

import aiohttp_session
import structlog
from aiohttp import typedefs, web

from handlers.core import refusals
from handlers.pages import assets, home, layout, mailbox, reset_pw, signin, signup, words
from handlers.pages import settings as settings_
from handlers.rest import ask as ask_
from handlers.rest import cookies, identity, origins, surface, writing
from storage import database as database_

NAME = "hiroba"
COOKIE = "hiroba"
LOG = structlog.get_logger("hiroba.pages")

# Set in a request that is for a program: its refusals are JSON whatever it says that it takes.
SPEAKS_JSON = "hiroba.pages.speaks_json"


def add(app: web.Application, around: surface.Surroundings, settings: settings_.Settings) -> None:
    """Adds the pages to an application, which then also says no in pages to what nobody in it has."""
    app.middlewares.append(refusals_answered)
    app[reset_pw.LOOKUPS] = around.lookups
    # For each route, not for the application: the APIs mounted in it have cookies of their own.
    signed = aiohttp_session.session_middleware(surface.cookie_sessions(NAME, COOKIE, around))
    routes = [*home.routes, *signin.routes, *signup.routes, *reset_pw.routes, *assets.routes]
    if settings.has_mailbox:
        routes += mailbox.routes
    resources: dict[str, web.Resource] = {}
    for route in routes:
        resource = resources.get(route.path) or app.router.add_resource(route.path)
        resources[route.path] = resource
        serve = _served(route, signed, around, settings)
        resource.add_route(route.method, serve)
        if route.method == "GET":
            resource.add_route("HEAD", serve)


def _served(
    route: surface.Route, signed: typedefs.Middleware, around: surface.Surroundings, settings: settings_.Settings
) -> typedefs.Handler:
    context, looks = around.context, route.who is not identity.Who.NOBODY

    async def answer(request: web.Request) -> web.StreamResponse:
        if route.method != "GET" and origins.is_foreign(request, context.settings.public_url):
            raise refusals.Foreign
        request[SPEAKS_JSON] = route.answers is not None
        ask = ask_.Ask(request, context, settings, NAME, around.proxies)
        if looks:
            ask.session = await cookies.found(request)
            identity.require(route.who, ask.session)
        if route.accepts is not None:
            ask.body = ask_.decode(await ask_.read(request), route.accepts, form_type=ask_.FORM_TYPE)
        result = await route.handler(ask)
        if isinstance(result, web.StreamResponse):
            return result
        response = writing.json(result)
        response.headers.update(layout.HEADERS)
        if ask.truncated:
            response.headers["X-Truncated"] = "true"
        return response

    async def serve(request: web.Request) -> web.StreamResponse:
        return await signed(request, answer)

    return serve


@web.middleware
async def refusals_answered(request: web.Request, handler: typedefs.Handler) -> web.StreamResponse:
    """Says no in pages, or in problem details where JSON is wanted, to what no API has said no to itself."""
    try:
        return await handler(request)
    except refusals.Refusal as refusal:
        return refused(request, refusal)
    except database_.Unavailable:
        return refused(request, refusals.Unavailable())
    except web.HTTPNotFound:
        return refused(request, refusals.UnknownPath())
    except web.HTTPMethodNotAllowed as fault:
        return refused(request, refusals.WrongMethod(tuple(fault.allowed_methods)))
    except web.HTTPRequestEntityTooLarge:
        return refused(request, refusals.TooLarge(request.client_max_size))
    except web.HTTPException as fault:
        if fault.status < 400:
            raise
        return refused(request, refusals.Malformed(fault.reason))
    except Exception:
        LOG.exception("a defect was met", api=NAME, method=request.method)
        return refused(request, refusals.Fault())


def refused(request: web.BaseRequest, refusal: refusals.Refusal) -> web.Response:
    """A refusal as a page, or as problem details (RFC 9457) for who takes JSON and no HTML."""
    accepted = request.headers.get("Accept", "").lower()
    if request.get(SPEAKS_JSON) or ("json" in accepted and "text/html" not in accepted):
        response = words.WORDS.answer(refusal)
        response.headers.update(layout.HEADERS)
        return response
    said = words.WORDS.said(refusal)
    return layout.filled("refused.html", refusal, title=words.TITLES[said.status], sentence=said.sentence)
