"""All doors of the server on one application: the APIs by prefix and by host name, live, pages, health."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.web_urldispatcher import AbstractRuleMatching, MatchedSubAppResource, _InfoDict

import handlers.community.surface
import handlers.whoami.surface
import server
from handlers.core import context as context_
from handlers.core import sessions
from handlers.live import hub as hub_
from handlers.live import routes as live
from handlers.live import surface as live_surface
from handlers.pages import settings as pages_settings
from handlers.pages import surface as pages
from handlers.rest import clients, identity, media, openapi, surface, writing
from mail import courier as courier_
from server import config as config_
from server import health, middleware

SURFACES: Sequence[surface.Surface] = (
    handlers.community.surface.SURFACE,
    handlers.whoami.surface.SURFACE,
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
    observer = middleware.observer(logs_requests=config.logs.requests)
    return web.Application(middlewares=[observer], client_max_size=BODY_BYTES_MAX)


def _mount(root: web.Application, rule: HostNames, app: web.Application) -> None:
    # What add_domain does; its own rule for names takes the port for a part of the name, and a client may come through
    # any port.
    root._add_subapp(lambda: MatchedSubAppResource(rule, app), app)


def _main(config: config_.Config, parts: Parts, around: surface.Surroundings) -> web.Application:
    hosts = any(getattr(config, api.name).hosts for api in SURFACES)
    main = web.Application(client_max_size=BODY_BYTES_MAX) if hosts else _application(config)
    for api in SURFACES:
        main.add_subapp(api.prefix, surface.build(api, around, _settings(config, api.name)))
    main.add_routes(health.routes(parts.context.database, parts.courier))
    main.add_routes([_description(config)])
    media.add(main, parts.context)
    _add_live(main, config, parts, around)
    pages.add(
        main,
        around,
        pages_settings.Settings(
            has_mailbox=not config.mail.url, recent_sign_in_seconds=config.whoami.recent_sign_in_seconds
        ),
    )
    return main


def _description(config: config_.Config) -> web.RouteDef:
    described = writing.encoded(
        openapi.describe(SURFACES, title="Hiroba", version=server.VERSION, url=config.server.public_url)
    )

    async def get_openapi(request: web.Request) -> web.Response:
        return web.Response(body=described, headers={"Content-Type": writing.JSON_TYPE})

    return web.get("/openapi.json", get_openapi)


def _at_host(
    config: config_.Config, parts: Parts, around: surface.Surroundings, api: surface.Surface
) -> web.Application:
    app = surface.build(api, around, _settings(config, api.name))
    media.add(app, parts.context)
    _add_live(app, config, parts, around)
    return app


def _add_live(app: web.Application, config: config_.Config, parts: Parts, around: surface.Surroundings) -> None:
    cookies = [(api.name, api.cookie) for api in SURFACES if api.cookie is not None]
    identify = identity.by_any_cookie(parts.lookups, [*cookies, (pages.NAME, pages.COOKIE)])
    shown = live_surface.by_ticket_or(parts.context, identify)
    live.add(app, parts.hub, shown, friends=config.server.origins)
    # After the websocket's own path, which its prefix would swallow.
    app.add_subapp(live.PATH, surface.build(live_surface.made(parts.hub, shown), around, config.live))


def _settings(config: config_.Config, name: str) -> Any:
    settings = getattr(config, name)
    if name == "whoami":
        return msgspec.structs.replace(
            settings, frontend_url=settings.frontend_url.rstrip("/") or config.server.public_url
        )
    return settings
