"""Becoming a member: `/signup`."""

from aiohttp import web

from handlers.core import accounts, passwords, refusals
from handlers.pages import forms, inputs, layout, words
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

routes = surface.Routes()

# Which field of the form a refusal of the act is about.
FIELDS: dict[type[refusals.Refusal], str] = {
    refusals.InvalidUsername: "username",
    refusals.UsernameTaken: "username",
    refusals.InvalidEmail: "email",
    refusals.EmailTaken: "email",
    refusals.WeakPassword: "password",
}
# What can be told without asking anybody.
CHECKS = (
    ("username", accounts.require_username),
    ("email", accounts.require_email),
    ("password", passwords.require_strength),
)


@routes.get("/signup", "Create an account", who=identity.Who.NOBODY)
async def get_signup(_ask: ask_.Ask) -> web.Response:
    """The form."""
    return _form(forms.Form())


@routes.post("/signup", "Create an account", accepts=inputs.SignUp, who=identity.Who.NOBODY)
async def post_signup(ask: ask_.Ask) -> web.Response:
    """A new account; the letter that confirms its address is on its way. Says all that is wrong at once."""
    username, email, password = ask.body.username.strip(), ask.body.email.strip(), ask.body.password
    given = {"username": username, "email": email, "password": password}
    form = forms.Form({"username": username, "email": email})
    form.require(given, given)
    for name, require in CHECKS:
        try:
            require(given[name])
        except refusals.Refusal as refusal:
            form.note(name, refusal)
    if form.is_refused:
        return _form(form, refusals.Missing(*form.faults))
    try:
        await accounts.register(
            ask.context, ask.visit, accounts.Newcomer(username=username, email=email, password=password)
        )
    except refusals.Overloaded as refusal:
        form.alert = words.sentence(refusal)
        return _form(form, refusal)
    except refusals.Refusal as refusal:
        if type(refusal) not in FIELDS:
            raise
        form.note(FIELDS[type(refusal)], refusal)
        return _form(form, refusal)
    return layout.go_to("/signup/welcome")


def _form(form: forms.Form, refusal: refusals.Refusal | None = None) -> web.Response:
    return layout.filled("signup.html", refusal, form=form, characters_min=passwords.CHARACTERS_MIN)


@routes.get("/signup/welcome", "Welcome", who=identity.Who.NOBODY)
async def get_welcome(ask: ask_.Ask) -> web.Response:
    """What comes next: a letter."""
    return layout.page("welcome.html", has_mailbox=ask.settings.has_mailbox)
