"""A new password: `/reset_pw`, where the link of a reset letter leads in the end, and where one is asked for."""

from aiohttp import web

from handlers.core import codes, passwords, refusals, resets, sessions
from handlers.pages import forms, inputs, layout, words
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface
from handlers.whoami import surface as whoami
from storage import sessions as session_rows

routes = surface.Routes()

# Set by `surface`: the right that a link gives is held by whoami's session, which no other page looks at.
LOOKUPS = web.AppKey("LOOKUPS", sessions.Lookups)


async def _granted_session(request: web.Request) -> session_rows.Session | None:
    token = request.cookies.get(whoami.SURFACE.cookie or "")
    return await request.config_dict[LOOKUPS].find(token, api=whoami.SURFACE.name) if token else None


async def _right(ask: ask_.Ask) -> resets.Right:
    """What this browser may do: what a link granted goes before its own sign-ins, here or in whoami.

    Refuses: NotSignedIn, SessionTooOld.
    """
    refusal: refusals.Refusal = refusals.NotSignedIn()
    rights = []
    for session in (ask.session, await _granted_session(ask.request)):
        try:
            right = await resets.find_right(
                ask.context, session, recent_sign_in_seconds=ask.settings.recent_sign_in_seconds
            )
            rights.append(right)
        except refusals.SessionTooOld as too_old:
            refusal = too_old
        except refusals.NotSignedIn:
            pass
    if not rights:
        raise refusal
    return next((right for right in rights if right.is_granted), rights[0])


async def _username(ask: ask_.Ask, right: resets.Right) -> str:
    account = await resets.find_account(ask.context, right)
    return "" if account is None else account.email or account.username or ""


@routes.get("/reset_pw", "Set a new password", who=identity.Who.ANYBODY)
async def get_reset_pw(ask: ask_.Ask) -> web.Response:
    """The form for the new password; for who has no right to set one, the form that asks for a link."""
    if "sent" in ask.request.query:
        return _link_form(is_sent=True)
    try:
        right = await _right(ask)
    except (refusals.NotSignedIn, refusals.SessionTooOld) as refusal:
        return _link_form(is_too_old=isinstance(refusal, refusals.SessionTooOld))
    return _form(forms.Form({"username": await _username(ask, right)}))


@routes.post(
    "/reset_pw",
    "Set a new password",
    accepts=inputs.NewPassword,
    who=identity.Who.ANYBODY,
    is_credential=True,
)
async def post_reset_pw(ask: ask_.Ask) -> web.Response:
    """Sets it, for the account that the page said it would. Everybody who was signed in to it is signed out."""
    try:
        right = await _right(ask)
        username = await _username(ask, right)
        form = forms.Form({"username": username})
        if ask.body.username not in ("", username):
            # The link's right ended since the page was shown, and the browser's own sign-in is another's.
            form.alert = words.ANOTHER_ACCOUNT
            return _form(form, refusals.SessionTooOld())
        form.require({"new_password": ask.body.new_password}, ["new_password"])
        if form.is_refused:
            return _form(form, refusals.Missing("new_password"))
        # Whose session it is that sets it: the audit tells.
        ask.session = right.session
        await resets.use(ask.context, ask.visit, right, ask.body.new_password)
    except refusals.WeakPassword as refusal:
        form.note("new_password", refusal)
        return _form(form, refusal)
    except refusals.Overloaded as refusal:
        form.alert = words.sentence(refusal)
        return _form(form, refusal)
    except (refusals.NotSignedIn, refusals.SessionTooOld):
        return _link_form(forms.Form(alert=words.LINK_USED_UP), refusals.SessionTooOld())
    return layout.go_to("/signin?new-password")


@routes.post(
    "/reset_pw/link",
    "Ask for a link",
    accepts=inputs.LinkRequest,
    who=identity.Who.ANYBODY,
    limited=limits.Kind.MAIL,
)
async def post_link(ask: ask_.Ask) -> web.Response:
    """Mails a link; what is said is the same when nobody has the address."""
    email = ask.body.email.strip()
    form = forms.Form({"email": email})
    form.require({"email": email}, ["email"])
    if form.is_refused:
        return _link_form(form, refusals.Missing("email"))
    try:
        await codes.request_reset(ask.context, ask.visit, email)
    except refusals.Throttled as refusal:
        form.alert = words.sentence(refusal)
        return _link_form(form, refusal)
    return layout.go_to("/reset_pw?sent")


def _form(form: forms.Form, refusal: refusals.Refusal | None = None) -> web.Response:
    return layout.filled("reset_pw.html", refusal, form=form, characters_min=passwords.CHARACTERS_MIN)


def _link_form(
    form: forms.Form | None = None,
    refusal: refusals.Refusal | None = None,
    *,
    is_sent: bool = False,
    is_too_old: bool = False,
) -> web.Response:
    return layout.filled("reset_link.html", refusal, form=form or forms.Form(), is_sent=is_sent, is_too_old=is_too_old)
