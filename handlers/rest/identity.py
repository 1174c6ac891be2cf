"""Who must be there for a route, and how an API knows who is."""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

from aiohttp import web

from handlers.core import refusals, sessions
from handlers.rest import cookies
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


by_cookie: Identify = cookies.found


def by_any_cookie(lookups: sessions.Lookups, doors: Sequence[tuple[str, str]]) -> Identify:
    """By whichever API's cookie stands for somebody; `doors` are APIs with their cookies' names."""

    async def identify(request: web.Request) -> session_rows.Session | None:
        for api, cookie in doors:
            token = request.cookies.get(cookie)
            session = await lookups.find(token, api=api) if token else None
            if session is not None and session.account is not None:
                return session
        return None

    return identify
