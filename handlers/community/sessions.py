"""Session management API: signing in and out."""

from handlers.community import inputs, outputs
from handlers.core import devices, sessions
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface

routes = surface.Routes()


@routes.post(
    "/login",
    "POST /login",
    accepts=inputs.Credentials,
    answers=outputs.OwnUser,
    who=identity.Who.ANYBODY,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def post_login(ask: ask_.Ask) -> outputs.OwnUser:
    """Opens a session; a former one of this phone ends."""
    opened = await sessions.sign_in(ask.context, ask.visit, login=ask.body.username, password=ask.body.password)
    await ask.hand_out(opened.token)
    return outputs.own_user(opened.account)


@routes.post("/logout", "POST /logout", who=identity.Who.ANYBODY, is_credential=True)
async def post_logout(ask: ask_.Ask) -> None:
    """Ends the session, if there is one; the phone that it registered is pushed to for others only."""
    if ask.session is not None:
        await devices.sign_out(ask.context, ask.session)
        await ask.take_back()
