"""All doors of the server on one application: the APIs by prefix and by host name, live, pages, health."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.web_urldispatcher import AbstractRuleMatching, MatchedSubAppResource, _InfoDict

import handlers.allowances.surface
import handlers.auth_service.surface
import handlers.community.surface
import handlers.shop.surface
import handlers.whoami.surface
import server
from handlers.core import context as context_
from handlers.core import sessions
from handlers.live import asyncapi
from handlers.live import hub as hub_
from handlers.live import routes as live
from handlers.live import surface as live_surface
from handlers.pages import settings as pages_settings
from handlers.pages import surface as pages
from handlers.pages.me import surface as me
from handlers.pages.operator import surface as operator
from handlers.rest import clients, identity, media, openapi, paths, surface, writing
from mail import courier as courier_
from server import config as config_
from server import health, middleware

SURFACES: Sequence[surface.Surface] = (
    handlers.community.surface.SURFACE,
    handlers.whoami.surface.SURFACE,
    handlers.auth_service.surface.SURFACE,
    handlers.shop.surface.SURFACE,
    handlers.allowances.surface.SURFACE,
)
# What the server itself offers, at no API's host.
OWN: Sequence[surface.Surface] = (me.SURFACE, operator.SURFACE)
# How the tokens of APIs that hand some out are known at `/live`, in the order in which they are asked.
BEARERS: Sequence[Callable[[surface.Surroundings], identity.Identify]] = (
    handlers.auth_service.surface.by_bearer,
    handlers.allowances.surface.identify_with,
)
BODY_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is built on."""

    context: context_.Context
    lookups: sessions.Lookups
    hub: hub_.Hub
    courier: courier_.Courier


class HostNames(AbstractRuleMatching):
    """Requests for these host names, on whatever port they came in."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    @property
    def canonical(self) -> str:
        """How the rule is called in listings."""
        return ", ".join(sorted(self._names))

    async def match(self, request: web.Request) -> bool:
        """Whether the request is for one of them."""
        host = request.host.lower()
        return host in self._names or host.rpartition(":")[0] in self._names

    def get_info(self) -> _InfoDict:
        """What aiohttp lists of a rule."""
        return {"domain": self.canonical}


class EverythingElse(HostNames):
    """Requests for any other host name."""

    async def match(self, request: web.Request) -> bool:
        """Always: it is asked last."""
        return True


def build_app(config: config_.Config, parts: Parts) -> web.Application:
    """Everything at its prefix, and each API at the root of the host names that are its own.

    Source: contract, 1: at an API's host only that API, `/media` and `/live` answer.
    """
    around = surface.Surroundings(
        context=parts.context,
        lookups=parts.lookups,
        proxies=clients.Proxies(config.server.trusted_proxies),
        origins=config.server.origins,
        secure_cookies=config.server.public_url.startswith("https://"),
    )
    main = _main(config, parts, around)
    named = {api.name: getattr(config, api.name).hosts for api in SURFACES}
    if not any(named.values()):
        return main
    root = _application(config)
    for api in SURFACES:
        if named[api.name]:
            _mount(root, HostNames(named[api.name]), _at_host(config, parts, around, api))
    _mount(root, EverythingElse(()), main)
    return root


def _application(config: config_.Config) -> web.Application:
    is_https = config.server.public_url.startswith("https://")
    observer = middleware.observer(logs_requests=config.logs.requests, is_https=is_https)
    return web.Application(middlewares=[observer], client_max_size=BODY_BYTES_MAX)


def _mount(root: web.Application, rule: HostNames, app: web.Application) -> None:
    # What add_domain does; its own rule for names takes the port for a part of the name, and a client may come through
    # any port.
    root._add_subapp(lambda: MatchedSubAppResource(rule, app), app)


def _main(config: config_.Config, parts: Parts, around: surface.Surroundings) -> web.Application:
    hosts = any(getattr(config, api.name).hosts for api in SURFACES)
    main = web.Application(client_max_size=BODY_BYTES_MAX) if hosts else _application(config)
    for api in SURFACES:
        main.add_subapp(api.prefix, surface.build(api, around, getattr(config, api.name)))
        _respell(main, api)
    main.add_routes(health.routes(parts.context.database, parts.courier))
    main.add_routes(_descriptions(config))
    media.add(main, parts.context)
    _add_live(main, config, parts, around)
    for own in OWN:
        main.add_subapp(own.prefix, surface.build(own, around, None))
    pages.add(
        main,
        around,
        pages_settings.Settings(
            has_mailbox=not config.mail.url, recent_sign_in_seconds=config.whoami.recent_sign_in_seconds
        ),
    )
    return main


def _descriptions(config: config_.Config) -> list[web.RouteDef]:
    url = config.server.public_url
    cookies = [cookie for _, cookie in _cookies()]
    return [
        _described("/openapi.json", openapi.describe(SURFACES, title="Hiroba", version=server.VERSION, url=url)),
        _described(
            "/asyncapi.json", asyncapi.describe(title="Hiroba live", version=server.VERSION, url=url, cookies=cookies)
        ),
    ]


def _described(path: str, description: dict[str, Any]) -> web.RouteDef:
    body = writing.encoded(description)

    async def get_description(request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": writing.JSON_TYPE})

    return web.get(path, get_description)


def _at_host(
    config: config_.Config, parts: Parts, around: surface.Surroundings, api: surface.Surface
) -> web.Application:
    app = surface.build(api, around, getattr(config, api.name))
    _respell(app, api, is_at_root=True)
    media.add(app, parts.context)
    _add_live(app, config, parts, around)
    return app


def _respell(app: web.Application, api: surface.Surface, *, is_at_root: bool = False) -> None:
    """Lets an API that is mounted in an application be found by all spellings of its paths, if it wants to be."""
    if api.is_spelled_loosely:
        spellings = paths.Spellings(api.prefix, [route.path for route in api.routes], is_at_root=is_at_root)
        app.router.register_resource(paths.Respelled(app, spellings))


def _add_live(app: web.Application, config: config_.Config, parts: Parts, around: surface.Surroundings) -> None:
    shown = live_surface.by_what_is_shown(
        parts.context,
        bearers=[bearer(around) for bearer in BEARERS],
        otherwise=identity.by_any_cookie(parts.lookups, _cookies()),
    )
    live.add(app, parts.hub, shown, friends=config.server.origins)
    # After the websocket's own path, which its prefix would swallow.
    app.add_subapp(live.PATH, surface.build(live_surface.made(parts.hub, shown), around, config.live))


def _cookies() -> list[tuple[str, str]]:
    """APIs, and the server's own pages, with the cookies that open a live connection, in the order of looking."""
    apis = [(api.name, api.cookie) for api in SURFACES if api.cookie is not None]
    return [*apis, (pages.NAME, pages.COOKIE)]
