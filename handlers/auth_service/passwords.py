"""A new password by a mailed code: the document's requestPasswordReset and changePassword."""

from handlers.auth_service import inputs, outputs, words
from handlers.core import passcodes
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface

routes = surface.Routes()


@routes.post(
    "/changePassword",
    "Change Password",
    accepts=inputs.NewPassword,
    answers=outputs.Told,
    who=identity.Who.NOBODY,
    is_credential=True,
    prepare=inputs.reading(inputs.NewPassword, inputs.NAMED),
    words=words.CHANGING,
)
async def post_change_password(ask: ask_.Ask) -> outputs.Told:
    """Sets the password of whoever the code was mailed to, and signs them out everywhere."""
    await passcodes.redeem(
        ask.context,
        ask.visit,
        login=ask.body.email,
        code=ask.body.code,
        password=ask.body.password,
        failures_max=ask.settings.code_attempts_max,
    )
    return outputs.Told(words.PASSWORD_SET)


@routes.post(
    "/requestPasswordReset",
    "Request password reset",
    accepts=inputs.Address,
    answers=outputs.Told,
    # No Idempotency-Key is looked at: what is counted of a refusal would be undone with its transaction.
    who=identity.Who.NOBODY,
    prepare=inputs.reading(inputs.Address, inputs.NAMED),
    limited=limits.Kind.MAIL,
    words=words.REQUESTING,
)
async def post_request_password_reset(ask: ask_.Ask) -> outputs.Told:
    """Mails a code to set a new password with, in place of an earlier one."""
    ttl_seconds = ask.settings.code_ttl_seconds
    await passcodes.request(ask.context, ask.visit, ask.body.email, ttl_seconds=ttl_seconds)
    return outputs.Told(words.CODE_SENT.format(minutes=ttl_seconds // 60))
