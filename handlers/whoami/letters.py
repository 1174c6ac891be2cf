"""What asks for letters and where they lead: confirmation of an address, reset of a password."""

from aiohttp import web

from handlers.core import codes, resets
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface, writing
from handlers.whoami import inputs, outputs, words

routes = surface.Routes()

# The page of the frontend for each way a link can lead; the last is where a working one goes.
AFTER_CONFIRMATION = {codes.Led.GONE: "/signup", codes.Led.NOWHERE: "/signin", codes.Led.THERE: "/signin"}
AFTER_RESET_LINK = {codes.Led.GONE: "/signup", codes.Led.NOWHERE: "/signin", codes.Led.THERE: "/reset_pw"}


@routes.post(
    "/resend",
    "Resend a confirmation email to the user [POST]",
    accepts=inputs.Address,
    answers=outputs.Told,
    who=identity.Who.ANYBODY,
    limited=limits.Kind.MAIL,
)
async def post_resend(ask: ask_.Ask) -> outputs.Told:
    """Mails the confirmation link again; the answer is the same when nobody has the address."""
    ask.require("email")
    await codes.request_confirmation(ask.context, ask.body.email)
    return outputs.Told(True, words.CONFIRMATION_SENT)


@routes.get("/confirm/{token}", "Confirm user email address [GET]", who=identity.Who.NOBODY, is_safe=False)
async def get_confirm(ask: ask_.Ask) -> web.Response:
    """Where the confirmation link leads: on to a page."""
    led = await codes.confirm(ask.context, ask.visit, ask.request.match_info["token"])
    return writing.redirect(ask.settings.frontend_url + AFTER_CONFIRMATION[led])


@routes.post(
    "/send_pwreset_email",
    "Sends an email to reset a user's password [POST]",
    accepts=inputs.Address,
    answers=outputs.Told,
    who=identity.Who.ANYBODY,
    limited=limits.Kind.MAIL,
)
async def post_send_pwreset_email(ask: ask_.Ask) -> outputs.Told:
    """Mails a link to set a new password; the answer is the same when nobody has the address."""
    ask.require("email")
    await codes.request_reset(ask.context, ask.visit, ask.body.email)
    return outputs.Told(True, words.RESET_SENT)


@routes.get(
    "/password_reset_confirm/{token}", "Confirms on password reset [GET]", who=identity.Who.ANYBODY, is_safe=False
)
async def get_password_reset_confirm(ask: ask_.Ask) -> web.Response:
    """Where the reset link leads: this browser may set that account's password once."""
    led, token = await codes.follow_reset(ask.context, ask.visit, ask.request.match_info["token"])
    if token is not None:
        await ask.hand_out(token)
    return writing.redirect(ask.settings.frontend_url + AFTER_RESET_LINK[led])


@routes.put(
    "/reset_pw",
    "Resets a user's password [PUT]",
    accepts=inputs.NewPassword,
    answers=outputs.Done,
    who=identity.Who.ANYBODY,
    is_credential=True,
)
async def put_reset_pw(ask: ask_.Ask) -> outputs.Done:
    """Sets the password that a reset link granted, or one's own within minutes of signing in."""
    ask.require("new_password")
    await resets.reset(
        ask.context,
        ask.visit,
        ask.session,
        ask.body.new_password,
        recent_sign_in_seconds=ask.settings.recent_sign_in_seconds,
    )
    return outputs.Done()
