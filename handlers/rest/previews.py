"""`?preview=true`: what a request would do, told without doing it.

The route runs as it always does, inside a transaction that is then rolled back: the same checks, the same refusals, the
same words. What was to be announced after the commit is announced to nobody. Source: contract, 2, preview.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from handlers.core import refusals
from handlers.rest import ask as ask_

PARAMETER = "preview"
HEADER = "Preview"
CHOICES = {"true": True, "false": False}


class _Rehearsed(Exception):
    """Carries the answer past the end of its transaction."""

    def __init__(self, response: web.Response) -> None:
        super().__init__()
        self.response = response


def is_asked(ask: ask_.Ask) -> bool:
    """Whether a preview is all that is asked for. Refuses: Malformed."""
    if not ask.request.query_string:
        return False
    # Asked twice, once each way, it is as good as not understood: the difference is somebody's money.
    told = ask.request.query.getall(PARAMETER, ["false"])
    if len(told) != 1 or told[0] not in CHOICES:
        raise refusals.Malformed(f"{PARAMETER} is true or false")
    return CHOICES[told[0]]


async def rehearse(ask: ask_.Ask, act: Callable[[], Awaitable[web.Response]]) -> web.Response:
    """The answer of an act that is undone. Refuses: what the act refuses."""
    try:
        async with ask.context.database.transaction():
            raise _Rehearsed(await act())
    except _Rehearsed as done:
        done.response.headers[HEADER] = "true"
        return done.response
