"""`/me` as one object, for `server/app.py` to mount."""

from handlers.pages import surface as pages
from handlers.pages.me import account, sessions
from handlers.rest import details, surface

SURFACE = surface.Surface(
    # Its sessions are those of the pages.
    name=pages.NAME,
    prefix="/me",
    document="contract, 9",
    cookie=pages.COOKIE,
    routes=[*sessions.routes, *account.routes],
    words=details.WORDS,
    is_same_origin=True,
)
