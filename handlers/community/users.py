"""Users API."""

from handlers.community import inputs, outputs
from handlers.core import accounts, members, refusals
from handlers.rest import ask as ask_
from handlers.rest import identity, limits, queries, surface

routes = surface.Routes()

USERNAME_CHARACTERS_MIN = 4
FOUND_MAX = 10


def _profile(body: inputs.NewAccount | inputs.Profile) -> accounts.Profile:
    for field, name in (("firstName", body.first_name), ("lastName", body.last_name)):
        if name is not None and not name.strip():
            raise refusals.Invalid(field, "has at least 1 character")
    return accounts.Profile(
        first_name=body.first_name, last_name=body.last_name, description=body.description, location=body.location
    )


def _newcomer(body: inputs.NewAccount) -> accounts.Newcomer:
    return accounts.Newcomer(
        username=body.username,
        email=body.email or None,
        password=body.password,
        profile=_profile(body),
        community_id=body.community_id,
    )


@routes.post(
    "/create-account",
    "POST /create-account",
    accepts=inputs.NewAccount,
    answers=outputs.OwnUser,
    who=identity.Who.ANYBODY,
    is_credential=True,
    limited=limits.Kind.SIGN_IN,
)
async def post_create_account(ask: ask_.Ask) -> outputs.OwnUser:
    """A new account of a community, signed in; or an account made elsewhere joins the community."""
    newcomer = _newcomer(ask.body)
    opened = await accounts.join(ask.context, ask.visit, newcomer, login=ask.body.username)
    if opened is None:
        accounts.require_username(ask.body.username, characters_min=USERNAME_CHARACTERS_MIN)
        opened = await accounts.register_and_sign_in(ask.context, ask.visit, newcomer)
    await ask.hand_out(opened.token)
    return outputs.own_user(opened.account)


@routes.get("/user", "GET /user", answers=outputs.OwnUser)
async def get_user(ask: ask_.Ask) -> outputs.OwnUser:
    """Oneself."""
    return outputs.own_user(ask.account)


@routes.get("/users", "GET /users?q=pattern", query=queries.Search, answers=list[outputs.User])
async def get_users(ask: ask_.Ask) -> list[outputs.User]:
    """Members of one's own community by a part of their first or last name."""
    page = ask.page()
    found = await members.search(
        ask.context,
        ask.account,
        ask.query("q") or "",
        after=page.after,
        before=page.before,
        most=page.limit or FOUND_MAX,
    )
    return [outputs.user(person) for person in found]


@routes.get(r"/users/{id:\d+}", "GET /users/:id", answers=(outputs.OwnUser, outputs.User))
async def get_users_id(ask: ask_.Ask) -> outputs.OwnUser | outputs.User:
    """A member of one's own community: for its coordinator all of it, for others in short."""
    person = await members.find(ask.context, ask.account, ask.path_id())
    if members.sees_all(ask.account, person):
        return outputs.own_user(person)
    return outputs.user(person)


@routes.post(r"/users/{id:\d+}", "POST /users/:id", accepts=inputs.Profile, answers=outputs.OwnUser)
async def post_users_id(ask: ask_.Ask) -> outputs.OwnUser:
    """Changes what one tells of oneself."""
    if ask.path_id() != ask.account.id:
        raise refusals.NotEntitled
    return outputs.own_user(await accounts.revise(ask.context, ask.account, _profile(ask.body)))
