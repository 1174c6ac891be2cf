"""auth-service as one object, for `server/app.py` to mount."""

from handlers.auth_service import home, passwords, products, sessions, users, words
from handlers.rest import surface

# For live: who a token of this API stands for.
by_bearer = sessions.by_bearer

SURFACE = surface.Surface(
    name=sessions.NAME,
    prefix="/auth-service",
    document="apis/carbon.md",
    cookie=sessions.COOKIE,
    routes=[*home.routes, *sessions.routes, *passwords.routes, *users.routes, *products.routes],
    words=words.WORDS,
    identify_with=sessions.by_bearer_or_cookie,
    header_schemes={f"{sessions.NAME}_token": {"type": "http", "scheme": "bearer"}},
    is_spelled_loosely=True,
)
