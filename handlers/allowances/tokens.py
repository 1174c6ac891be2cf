"""Signing in and out, by tokens: the document's /login, and what the contract adds to it."""

from aiohttp import web

from handlers.allowances import inputs, outputs, words
from handlers.core import claims, sessions
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface

API = "allowances"
HEADER = "Authorization"
routes = surface.Routes()


def identify_with(around: surface.Surroundings) -> identity.Identify:
    """By the id token of the Authorization header, bare or behind "Bearer"; no other token opens anything."""
    context, lookups = around.context, around.lookups

    async def identify(request: web.Request) -> identity.Found:
        shown = identity.bearer(request) or request.headers.get(HEADER, "").strip()
        token = claims.session_token(context, shown, use=claims.ID) if shown else None
        return None if token is None else await lookups.find(token, api=API)

    return identify


@routes.post(
    "/login",
    "Resource: /login, Method: post",
    accepts=inputs.Credentials,
    answers=(outputs.SignedIn, str),
    who=identity.Who.NOBODY,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def post_login(ask: ask_.Ask) -> outputs.SignedIn | str:
    """Opens a session and hands out its three tokens."""
    ask.require("username", "password")
    issued = await claims.sign_in(ask.context, ask.visit, login=ask.body.username, password=ask.body.password)
    return outputs.signed_in(issued, is_encoded=ask.settings.encoded_login)


@routes.post(
    "/login/refresh",
    "contract, 7",
    accepts=inputs.Refresh,
    answers=(outputs.SignedIn, str),
    who=identity.Who.NOBODY,
    is_credential=True,
)
async def post_login_refresh(ask: ask_.Ask) -> outputs.SignedIn | str:
    """New id and access tokens of the same session."""
    ask.require("refresh_token")
    issued = await claims.refresh(ask.context, ask.visit, ask.body.refresh_token)
    return outputs.signed_in(issued, is_encoded=ask.settings.encoded_login)


@routes.post("/logout", "contract, 7", answers=outputs.Said, is_credential=True)
async def post_logout(ask: ask_.Ask) -> outputs.Said:
    """Ends the session, and with it all of its tokens."""
    await sessions.end(ask.context, ask.signed_in.id)
    return outputs.Said(body=words.LOGGED_OUT)
