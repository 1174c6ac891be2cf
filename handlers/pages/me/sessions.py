"""Signing in and out, and where somebody is signed in: `/me/session`, `/me/sessions`."""

from handlers.core import communities, devices, sessions
from handlers.pages.me import inputs, outputs
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface

routes = surface.Routes()


@routes.post(
    "/session",
    "contract, 9, POST /me/session",
    accepts=inputs.SignIn,
    answers=outputs.Profile,
    who=identity.Who.ANYBODY,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def post_session(ask: ask_.Ask) -> outputs.Profile:
    """Opens a session; a former one of this browser ends. Unknown and wrong look the same."""
    opened = await sessions.sign_in(ask.context, ask.visit, login=ask.body.login, password=ask.body.password)
    await ask.hand_out(opened.token)
    return outputs.profile(opened.account, await communities.find_of(ask.context, opened.account))


@routes.delete("/session", "contract, 9, DELETE /me/session", who=identity.Who.ANYBODY, is_credential=True, status=204)
async def delete_session(ask: ask_.Ask) -> None:
    """Ends this browser's session, if it has one."""
    if ask.session is not None:
        await devices.sign_out(ask.context, ask.session)
    await ask.take_back()


@routes.get("/sessions", "contract, 9, GET /me/sessions", answers=outputs.Sessions)
async def get_sessions(ask: ask_.Ask) -> outputs.Sessions:
    """Everywhere somebody is signed in, whichever API they came through."""
    rows = await sessions.listed(ask.context, ask.account.id)
    return outputs.sessions(ask.page().part(rows), ask.signed_in.id)


@routes.delete(r"/sessions/{id:\d+}", "contract, 9, DELETE /me/sessions/{id}", is_credential=True, status=204)
async def delete_sessions(ask: ask_.Ask) -> None:
    """Ends one of one's own sessions: its sockets close, and a phone that it registered is pushed to no more."""
    session_id = ask.path_id()
    await devices.end_session(ask.context, ask.visit, account_id=ask.account.id, session_id=session_id)
    if session_id == ask.signed_in.id:
        await ask.take_back()
