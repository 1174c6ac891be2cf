"""What comes over the wire before it is a request of anybody's: aiohttp's part, made wary of what clients send.

What is no HTTP is answered by aiohttp itself, 400 in plain text: nobody knows which API it was meant for.
"""

import logging
from collections.abc import Callable
from typing import Any

import aiohttp
import structlog
from aiohttp import hdrs, http_exceptions, web
from multidict import CIMultiDict, CIMultiDictProxy

from server import middleware

LOG = structlog.get_logger("hiroba.request")
# Whoever connects and asks nothing, or never ends the head of a request, is hung up on. Longer than proxies keep a
# connection that they may use again, which is a minute; aiohttp would wait for an hour.
IDLE_SECONDS_MAX = 75.0

# Defects of what a client sent, not of ours.
UNREADABLE = (
    http_exceptions.HttpProcessingError,
    aiohttp.ClientPayloadError,
    web.RequestPayloadError,
    ConnectionError,
)


class Runner(web.AppRunner):
    """Serves an application. Bodies come as they were sent: `rest.ask` unpacks them, within its limits.

    aiohttp would refuse an encoding that it does not know in its own words, and unpack what nobody reads any more.
    """

    def __init__(self, app: web.Application, *, shutdown_timeout: float) -> None:
        super().__init__(
            app,
            shutdown_timeout=shutdown_timeout,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=IDLE_SECONDS_MAX,
            logger=_Discreet(logging.getLogger("aiohttp.server")),
        )

    async def setup(self) -> None:
        """Makes ready to serve."""
        await super().setup()
        assert self.server is not None
        self.server.request_factory = _wary(self.server.request_factory)
        # What aiohttp makes, but for the class of its connections, for which it has no setting.
        self.server.__class__ = _Server


class _Connection(web.RequestHandler):
    """A client's connection. What is answered to what is no HTTP, past every middleware, is marked here."""

    __slots__ = ()

    def handle_error(self, *about: Any, **more: Any) -> web.StreamResponse:
        """The answer of aiohttp itself, in its words."""
        answer = super().handle_error(*about, **more)
        for name, value in middleware.SAFEGUARDS.items():
            answer.headers.setdefault(name, value)
        return answer


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Discreet(logging.LoggerAdapter[logging.Logger]):
    """aiohttp's log, but for what it says of bytes that are no HTTP: it quotes them, and they may hold a password."""

    def log(self, level: int, msg: object, *args: object, exc_info: Any = None, **more: Any) -> None:
        """A line, or of a client's fault its kind alone."""
        if isinstance(exc_info, UNREADABLE):
            LOG.info("a request could not be read", fault=type(exc_info).__name__)
        else:
            super().log(level, msg, *args, exc_info=exc_info, **more)


def _wary(make: Callable[..., web.BaseRequest]) -> Callable[..., web.BaseRequest]:
    """Makes requests that expect only what there is to expect: any other may be ignored (RFC 9110, 10.1.1).

    aiohttp would refuse it, past all that an API says, and fail on quoting it.
    """

    def request_factory(message: Any, *more: Any) -> web.BaseRequest:
        expects = message.headers.get(hdrs.EXPECT)
        if expects and expects.lower() != "100-continue":
            headers = CIMultiDict(message.headers)
            del headers[hdrs.EXPECT]
            message = message._replace(headers=CIMultiDictProxy(headers))
        return make(message, *more)

    return request_factory
