"""Signing in and out: `/signin`, `/signout`."""

from aiohttp import web

from handlers.core import names, refusals, sessions
from handlers.pages import forms, inputs, layout, words
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, surface

routes = surface.Routes()

# What happened before, told by the address: nothing is kept for it, and reloading the page repeats nothing.
NEWS = {
    "signed-out": "You are signed out.",
    "new-password": "Your new password is set. Everybody who was signed in with the old one is signed out.",
}


def _news(ask: ask_.Ask) -> str:
    return next((sentence for name, sentence in NEWS.items() if name in ask.request.query), "")


@routes.get("/signin", "Sign in", who=identity.Who.ANYBODY)
async def get_signin(ask: ask_.Ask) -> web.Response:
    """The form; for somebody who is signed in, who that is, and the way out."""
    if ask.session is None or ask.session.account is None:
        return _form(forms.Form(), news=_news(ask))
    account = ask.session.account
    return layout.page("signed_in.html", account=account, name=names.first_last(account), news=_news(ask))


@routes.post(
    "/signin",
    "Sign in",
    accepts=inputs.SignIn,
    who=identity.Who.ANYBODY,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def post_signin(ask: ask_.Ask) -> web.Response:
    """Opens a session; a former one of this browser ends. Unknown and wrong look the same."""
    login, password = ask.body.login.strip(), ask.body.password
    form = forms.Form({"login": login})
    form.require({"login": login, "password": password}, ["login", "password"])
    if form.is_refused:
        return _form(form, refusals.Missing(*form.faults))
    try:
        opened = await sessions.sign_in(ask.context, ask.visit, login=login, password=password)
    except (refusals.WrongCredentials, refusals.Throttled, refusals.Overloaded) as refusal:
        form.alert = words.sentence(refusal)
        return _form(form, refusal)
    await ask.hand_out(opened.token)
    return layout.go_to("/signin")


def _form(form: forms.Form, refusal: refusals.Refusal | None = None, *, news: str = "") -> web.Response:
    return layout.filled("signin.html", refusal, form=form, news=news)


@routes.post("/signout", "Sign out", who=identity.Who.ANYBODY, is_credential=True)
async def post_signout(ask: ask_.Ask) -> web.Response:
    """Ends the session, if there is one."""
    if ask.session is not None:
        await sessions.end(ask.context, ask.session.id)
    await ask.take_back()
    return layout.go_to("/signin?signed-out")
