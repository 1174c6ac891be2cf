"""Signing in and out, by tokens that clients choose."""

import msgspec

from handlers.core import chosen_tokens, resets, sessions
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface
from handlers.shop import inputs, outputs, tokens, words

routes = surface.Routes()


@routes.post(
    "/login",
    "POST /login",
    accepts=inputs.SignIn,
    answers=outputs.SignedIn,
    who=identity.Who.NOBODY,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def post_login(ask: ask_.Ask) -> outputs.SignedIn:
    """Opens a session of the token that was sent, or of a new one, in place of the account's former one."""
    body = ask.body
    tokens.require(body, "token")
    token = None if body.token is msgspec.UNSET else chosen_tokens.require_fit(body.token)
    opened = await chosen_tokens.sign_in(
        ask.context, ask.visit, login=body.username, password=body.password, token=token
    )
    account_id = opened.account.id
    if token is not None:
        return outputs.SignedIn(str(account_id))
    return outputs.SignedIn(str(account_id), opened.token, account_id)


@routes.post(
    "/validate-session", "POST /validate-session", accepts=inputs.Session, answers=outputs.SignedIn,
)  # fmt: skip
async def post_validate_session(ask: ask_.Ask) -> outputs.SignedIn:
    """Whose session it is."""
    return outputs.SignedIn(str(ask.account.id))


@routes.post(
    "/update-password",
    "POST /update-password",
    accepts=inputs.NewPassword,
    answers=outputs.Done,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def post_update_password(ask: ask_.Ask) -> outputs.Done:
    """Sets a new password for whoever knows the old one; every other session of the account ends."""
    await resets.change(
        ask.context,
        ask.visit,
        ask.signed_in,
        old_password=ask.body.old_password,
        new_password=ask.body.new_password,
    )
    return outputs.Done(words.PASSWORD_UPDATED)


@routes.post(
    "/expire-session", "POST /expire-session", accepts=inputs.Session, answers=outputs.Done, is_credential=True
)
async def post_expire_session(ask: ask_.Ask) -> outputs.Done:
    """Ends the session."""
    await sessions.end(ask.context, ask.signed_in.id)
    return outputs.Done(words.SESSION_EXPIRED)


@routes.post(
    "/update-session", "POST /update-session", accepts=inputs.NewToken, answers=outputs.Done, is_credential=True
)
async def post_update_session(ask: ask_.Ask) -> outputs.Done:
    """Gives the session a new token; the old one is nobody's any more."""
    former, token = ask.body.token, chosen_tokens.require_fit(ask.body.new_token)
    await chosen_tokens.replace(ask.context, ask.visit, ask.signed_in, former=former, token=token)
    return outputs.Done(words.SESSION_UPDATED)
