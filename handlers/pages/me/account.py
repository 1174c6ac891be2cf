"""Who somebody is, all that is kept about them, and the way out: `/me`, `/me/export`."""

from aiohttp import web

from handlers.core import accounts, communities, refusals, sessions
from handlers.pages.me import archive, inputs, outputs
from handlers.rest import ask as ask_
from handlers.rest import limits, surface

routes = surface.Routes()


@routes.get("", "contract, 9, GET /me", answers=outputs.Profile)
async def get_me(ask: ask_.Ask) -> outputs.Profile:
    """Who the session is."""
    return outputs.profile(ask.account, await communities.find_of(ask.context, ask.account))


@routes.get("/export", "contract, 9, GET /me/export")
async def get_export(ask: ask_.Ask) -> web.Response:
    """All that is kept about oneself as one JSON object, written while it is read: it may be long."""
    return web.Response(body=await archive.written(ask.context, ask.signed_in), headers=archive.HEADERS)


@routes.delete(
    "",
    "contract, 9, DELETE /me",
    accepts=inputs.Farewell,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
    status=204,
)
async def delete_me(ask: ask_.Ask) -> None:
    """Makes the account anonymous, everywhere and for good. The password is checked as at a sign-in."""
    login = ask.account.username or ask.account.email or ""
    found = await sessions.check(ask.context, ask.visit, login=login, password=ask.body.password)
    try:
        await accounts.delete(ask.context, ask.visit, found.id)
    except refusals.NotEntitled as gone_before:
        # By another request a moment ago.
        raise refusals.NotSignedIn from gone_before
    await ask.take_back()
