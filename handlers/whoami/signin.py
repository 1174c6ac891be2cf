"""Signing in and out: the document's /signin and /signout."""

from handlers.core import sessions
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface
from handlers.whoami import inputs, outputs, words

routes = surface.Routes()


@routes.get("/signin", "Check user credential with session [GET]", answers=outputs.SignedIn, who=identity.Who.ANYBODY)
async def get_signin(ask: ask_.Ask) -> outputs.SignedIn | outputs.Told:
    """Who the session is. Here, and only here, nobody is "Not signed in"."""
    if ask.session is None or ask.session.account is None:
        return outputs.Told(False, words.NOT_SIGNED_IN)
    return outputs.SignedIn(True, words.STILL_SIGNED_IN, outputs.user(ask.account))


@routes.post(
    "/signin",
    "Authenticate user [POST]",
    accepts=inputs.Credentials,
    answers=outputs.SignedIn,
    who=identity.Who.ANYBODY,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def post_signin(ask: ask_.Ask) -> outputs.SignedIn:
    """Opens a session; a former one of this browser ends."""
    ask.require("email", "password")
    opened = await sessions.sign_in(ask.context, ask.visit, login=ask.body.email, password=ask.body.password)
    await ask.hand_out(opened.token)
    return outputs.SignedIn(True, words.SIGNED_IN, outputs.user(opened.account))


@routes.get("/signout", "Signing out by removing session data [GET]", answers=outputs.SignedOut, is_safe=False)
async def get_signout(ask: ask_.Ask) -> outputs.SignedOut:
    """Ends the session."""
    email = ask.account.email
    await sessions.end(ask.context, ask.signed_in.id)
    await ask.take_back()
    return outputs.SignedOut(True, words.SIGNED_OUT, email)
