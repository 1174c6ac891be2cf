"""Endpoints as they are declared: what stands above a handler, and nothing of how it is served."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

from aiohttp import typedefs, web

from handlers.rest import ask as ask_
from handlers.rest import identity, limits, problems

Handler = Callable[[ask_.Ask], Awaitable[Any]]
H = TypeVar("H", bound=Handler)


class Declare(Protocol):
    """A decorator that leaves the handler as it is."""

    def __call__(self, handler: H, /) -> H:
        """Keeps the declaration."""
        ...


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
    # What it reads of the query string, a struct. Only described: `ask` reads it.
    query: Any = None
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
    # Takes `?preview=true`: `ask.is_preview` tells, and null stands for the ids that would be made.
    previews: bool = False
    # What it may be refused for when it is asked too often: told in every answer.
    limited: limits.Kind | None = None
    # What it says when it says no, where its document has other words for it than for the rest of the API.
    words: problems.Words | None = None


class More(TypedDict, total=False):
    """What a declaration may add to path and heading. Shapes are types, as `Any`: mypy has no word for them."""

    accepts: Any
    answers: Any
    query: Any
    who: identity.Who
    status: int
    is_credential: bool
    is_safe: bool
    prepare: Handler
    body_bytes_max: int
    accepts_type: str
    answers_type: str
    previews: bool
    limited: limits.Kind
    words: problems.Words


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

    def patch(self, path: str, heading: str, **more: Unpack[More]) -> Declare:
        """Declares a PATCH route."""
        return self._declare("PATCH", path, heading, more)

    def delete(self, path: str, heading: str, **more: Unpack[More]) -> Declare:
        """Declares a DELETE route."""
        return self._declare("DELETE", path, heading, more)

    def _declare(self, method: str, path: str, heading: str, more: More) -> Declare:
        def keep(handler: H) -> H:
            self.append(Route(method, path, handler, heading, **more))
            return handler

        return keep


def add(app: web.Application, routes: Sequence[Route], serve: Callable[[Route], typedefs.Handler]) -> None:
    """Adds routes to an application, those of one path as one resource. HEAD is GET where that merely looks."""
    resources: dict[str, web.Resource] = {}
    for route in routes:
        resource = resources.get(route.path) or app.router.add_resource(route.path)
        resources[route.path] = resource
        served = serve(route)
        resource.add_route(route.method, served)
        if route.method == "GET" and route.is_safe:
            resource.add_route("HEAD", served)
