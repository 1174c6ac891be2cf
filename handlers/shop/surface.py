"""The shop as one object, for `server/app.py` to mount."""

from handlers.rest import surface
from handlers.shop import items, sessions, tokens, wallet, words

SURFACE = surface.Surface(
    name="shop",
    prefix="/shop",
    document="apis/ists16.md",
    routes=[*sessions.routes, *wallet.routes, *items.routes],
    words=words.WORDS,
    forms=True,
    identify_by_body=tokens.identify,
)
