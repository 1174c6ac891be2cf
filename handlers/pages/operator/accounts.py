"""account create, promote, disable, enable, list, sessions, sign-out."""

from handlers.core import accounts, operators, passwords, refusals
from handlers.pages.operator import inputs, outputs
from handlers.rest import ask as ask_
from handlers.rest import bodies, identity, surface

routes = surface.Routes()


def named(ask: ask_.Ask) -> str:
    """Whom the query string names. Refuses: Missing."""
    username = ask.query("username")
    if not username:
        raise refusals.Missing("username")
    return username


async def _now(ask: ask_.Ask, account_id: int) -> outputs.Account:
    """The account as the act left it."""
    return outputs.account(await operators.find_by_id(ask.context, account_id))


async def _prepare_create(ask: ask_.Ask) -> tuple[inputs.NewAccount, str]:
    """The body and its password's hash, which takes longer than a transaction may be left waiting."""
    body: inputs.NewAccount = bodies.decode(await ask.receive(), inputs.NewAccount)
    passwords.require_strength(body.password)
    return body, await ask.context.hasher.hash(body.password)


@routes.post(
    "/account/create",
    "account create",
    accepts=inputs.NewAccount,
    answers=outputs.Account,
    who=identity.Who.OPERATOR,
    status=201,
    prepare=_prepare_create,
)
async def post_create(ask: ask_.Ask) -> outputs.Account:
    """A new account; its e-mail counts as confirmed."""
    body, password_hash = ask.body
    profile = accounts.Profile(first_name=body.first_name, last_name=body.last_name)
    newcomer = accounts.Newcomer(
        username=body.username, email=body.email, password=body.password, profile=profile,
        community_id=body.community_id,
    )  # fmt: skip
    is_confirmed = body.email is not None
    made = await accounts.register(
        ask.context, ask.visit, newcomer, is_confirmed=is_confirmed, password_hash=password_hash
    )
    return outputs.account(made)


@routes.post(
    "/account/promote",
    "account promote",
    accepts=inputs.Promotion,
    answers=outputs.Account,
    who=identity.Who.OPERATOR,
)
async def post_promote(ask: ask_.Ask) -> outputs.Account:
    """Makes somebody an operator, or the coordinator of their community in place of whoever was it."""
    promote = operators.promote_operator if ask.body.role == "operator" else operators.promote_coordinator
    promoted = await promote(ask.context, ask.visit, ask.body.username)
    return await _now(ask, promoted.id)


@routes.post(
    "/account/disable", "account disable", accepts=inputs.Named, answers=outputs.Account, who=identity.Who.OPERATOR
)
async def post_disable(ask: ask_.Ask) -> outputs.Account:
    """Shuts an account out: its sessions and sockets end."""
    disabled = await operators.disable(ask.context, ask.visit, ask.body.username)
    return await _now(ask, disabled.id)


@routes.post(
    "/account/enable", "account enable", accepts=inputs.Named, answers=outputs.Account, who=identity.Who.OPERATOR
)
async def post_enable(ask: ask_.Ask) -> outputs.Account:
    """Lets a disabled account in again."""
    enabled = await operators.enable(ask.context, ask.visit, ask.body.username)
    return await _now(ask, enabled.id)


@routes.get("/account/list", "account list", answers=outputs.Accounts, who=identity.Who.OPERATOR)
async def get_list(ask: ask_.Ask) -> outputs.Accounts:
    """Everybody who is not deleted."""
    page = ask.page()
    found = await operators.list_accounts(ask.context, ask.visit, after=page.after, before=page.before, most=page.most)
    return outputs.accounts(ask.shown(page, found))


@routes.get("/account/sessions", "account sessions", answers=outputs.Sessions, who=identity.Who.OPERATOR)
async def get_sessions(ask: ask_.Ask) -> outputs.Sessions:
    """Where `?username=` is signed in."""
    page = ask.page()
    return outputs.sessions(page.part(await operators.list_sessions(ask.context, ask.visit, named(ask))))


@routes.post(
    "/account/sign-out", "account sign-out", accepts=inputs.Named, answers=outputs.SignedOut, who=identity.Who.OPERATOR
)
async def post_sign_out(ask: ask_.Ask) -> outputs.SignedOut:
    """Ends all sessions and sockets of an account."""
    return outputs.SignedOut(sessions=await operators.sign_out(ask.context, ask.visit, ask.body.username))
