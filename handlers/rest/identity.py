"""Who must be there for a route, and how an API knows who is."""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

from aiohttp import web

from handlers.core import refusals, sessions
from storage import sessions as session_rows

# How an API finds the session of a request: by its cookie, a header, a token in the body.
Found = session_rows.Session | None
Identify = Callable[[web.Request], Awaitable[Found]]


class Who(Enum):
    """Who may use a route."""

    NOBODY = "nobody"  # nobody looks
    ANYBODY = "anybody"  # signed in or not: the route sees which
    MEMBER = "member"  # somebody signed in
    OPERATOR = "operator"  # an operator signed in


def require(who: Who, session: session_rows.Session | None) -> None:
    """Refuses: NotSignedIn, OperatorsOnly."""
    if who is Who.ANYBODY:
        return
    if session is None or session.account is None:
        raise refusals.NotSignedIn
    if who is Who.OPERATOR and not session.account.is_operator:
        raise refusals.OperatorsOnly


async def nobody(_: web.Request) -> Found:
    """Where there is nothing to know anybody by."""
    return None


def bearer(request: web.BaseRequest) -> str | None:
    """The token of `Authorization: Bearer <token>`; None if there is no such header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def by_bearer(lookups: sessions.Lookups, api: str) -> Identify:
    """By the session's own token in that header, if this API handed it out."""

    async def identify(request: web.Request) -> Found:
        token = bearer(request)
        return None if token is None else await lookups.find(token, api=api)

    return identify


def by_any_cookie(lookups: sessions.Lookups, doors: Sequence[tuple[str, str]]) -> Identify:
    """By whichever API's cookie stands for somebody; `doors` are APIs with their cookies' names."""

    async def identify(request: web.Request) -> session_rows.Session | None:
        given = request.cookies
        shown = [(api, given[cookie]) for api, cookie in doors if given.get(cookie)]
        return await lookups.find_first(shown) if shown else None

    return identify
