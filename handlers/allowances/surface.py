"""The allowances API as one object, for `server/app.py` to mount."""

from handlers.allowances import orders, tokens, users, waitlist, words
from handlers.rest import surface

SURFACE = surface.Surface(
    name=tokens.API,
    prefix="/allowances",
    document="apis/sixc.md",
    routes=[*tokens.routes, *users.routes, *orders.routes, *waitlist.routes],
    words=words.WORDS,
    identify_with=tokens.identify_with,
    header_schemes={tokens.API: {"type": "apiKey", "in": "header", "name": tokens.HEADER}},
)
identify_with = tokens.identify_with
"""How `/live` knows the id tokens of this API."""
