"""`/operator/api` as one object, for `server/app.py` to mount."""

from handlers.pages import surface as pages
from handlers.pages.operator import accounts, allowances, audit, communities, ledger, shop
from handlers.rest import details, surface

SURFACE = surface.Surface(
    # Its sessions are those of the pages.
    name=pages.NAME,
    prefix="/operator/api",
    document="contract, 9",
    cookie=pages.COOKIE,
    routes=[
        *accounts.routes,
        *communities.routes,
        *shop.routes,
        *allowances.routes,
        *ledger.routes,
        *audit.routes,
    ],
    words=details.WORDS,
    is_same_origin=True,
)
