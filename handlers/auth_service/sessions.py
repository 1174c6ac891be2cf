"""Signing in. Sessions are known by the cookie, or by their token in `Authorization: Bearer <token>`."""

from aiohttp import web

from handlers.auth_service import inputs, outputs, words
from handlers.core import directory, refusals
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface

NAME = "auth_service"
COOKIE = "auth_session"

routes = surface.Routes()


@routes.post(
    "/login",
    "Login",
    accepts=inputs.Credentials,
    answers=outputs.SignedIn,
    who=identity.Who.ANYBODY,
    is_credential=True,
    prepare=inputs.reading(inputs.Credentials, inputs.SIGNING_IN),
    limited=limits.Kind.SIGN_IN,
)
async def post_login(ask: ask_.Ask) -> outputs.SignedIn:
    """Opens a session; a former one of this browser ends. Who has no right password is told the rule first."""
    try:
        opened = await directory.sign_in(ask.context, ask.visit, login=ask.body.email, password=ask.body.password)
    except (refusals.UnknownAccount, refusals.WrongCredentials):
        inputs.require_strong(ask.body.password)
        raise
    await ask.hand_out(opened.token)
    entry = await directory.find(ask.context, opened.account.id)
    return outputs.SignedIn(words.SIGNED_IN, outputs.user(entry), opened.token)


def by_bearer(around: surface.Surroundings) -> identity.Identify:
    """Who a token of this API stands for; nobody where another is shown, or none."""
    return identity.by_bearer(around.lookups, NAME)


def by_bearer_or_cookie(around: surface.Surroundings) -> identity.Identify:
    """By the header where there is one, whatever it holds; else by the cookie."""
    by_token, by_cookie = by_bearer(around), surface.cookie_sessions(NAME, COOKIE, around).find

    async def identify(request: web.Request) -> identity.Found:
        return await (by_cookie if identity.bearer(request) is None else by_token)(request)

    return identify
