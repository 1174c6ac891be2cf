"""whoami as one object, for `server/app.py` to mount."""

from handlers.rest import surface
from handlers.whoami import instagram, letters, signin, users, words

SURFACE = surface.Surface(
    name="whoami",
    prefix="/whoami",
    document="apis/whoami.md",
    cookie="session",
    forms=True,
    routes=[*signin.routes, *users.routes, *letters.routes, *instagram.routes],
    words=words.WORDS,
)
