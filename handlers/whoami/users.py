"""People: the document's /register and /users."""

from handlers.core import accounts, operators, refusals, sessions
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, queries, surface
from handlers.whoami import inputs, outputs

routes = surface.Routes()


@routes.post(
    "/register",
    "Register a user [POST]",
    accepts=inputs.Registration,
    answers=outputs.Done,
    who=identity.Who.NOBODY,
)
async def post_register(ask: ask_.Ask) -> outputs.Done:
    """A new account; the letter that confirms its address is on its way."""
    ask.require("username", "password", "email")
    newcomer = accounts.Newcomer(username=ask.body.username, email=ask.body.email, password=ask.body.password)
    await accounts.register(ask.context, ask.visit, newcomer)
    return outputs.Done()


@routes.get(
    "/users", "Get all the user information [GET]", query=queries.Page, answers=outputs.Users, who=identity.Who.OPERATOR
)
async def get_users(ask: ask_.Ask) -> outputs.Users:
    """Everybody, for operators."""
    page = ask.page()
    people = await operators.list_accounts(ask.context, ask.visit, after=page.after, before=page.before, most=page.most)
    return outputs.Users(True, [outputs.listed(account) for account in ask.shown(page, people)])


@routes.delete(
    "/users",
    "Delete a user [DELETE]",
    accepts=inputs.Credentials,
    answers=outputs.Deleted,
    who=identity.Who.ANYBODY,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def delete_users(ask: ask_.Ask) -> outputs.Deleted:
    """Makes the account anonymous whose e-mail and password these are."""
    ask.require("email", "password")
    found = await sessions.check(ask.context, ask.visit, login=ask.body.email, password=ask.body.password)
    try:
        gone = await accounts.delete(ask.context, ask.visit, found.id)
    except refusals.NotEntitled as gone_before:
        # By another request a moment ago: these are nobody's credentials any more.
        raise refusals.WrongCredentials from gone_before
    return outputs.Deleted(True, outputs.DeletedUser(gone.username, gone.email))
