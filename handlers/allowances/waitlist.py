"""Being let in, and signing up: what the contract has in place of the document's user flow."""

from handlers.allowances import inputs, outputs, words
from handlers.core import accounts, traders, waitlist
from handlers.rest import ask as ask_
from handlers.rest import identity, languages, limits, surface
from mail import letters

routes = surface.Routes()


@routes.post(
    "/waitlist",
    "contract, 7",
    accepts=inputs.Address,
    answers=outputs.Said,
    who=identity.Who.NOBODY,
    limited=limits.Kind.MAIL,
)
async def post_waitlist(ask: ask_.Ask) -> outputs.Said:
    """Mails a link; the answer is the same whoever has the address and however far it is."""
    ask.require("email")
    language = languages.preferred(ask.request, letters.LANGUAGES)
    await waitlist.ask(ask.context, ask.body.email, language=language)
    return outputs.Said(body=words.WAITLISTED)


@routes.get("/waitlist/confirm/{token}", "contract, 7", answers=outputs.Said, who=identity.Who.NOBODY, is_safe=False)
async def get_waitlist_confirm(ask: ask_.Ask) -> outputs.Said:
    """Where the mailed link leads: the address is its owner's."""
    await waitlist.confirm(ask.context, ask.request.match_info["token"])
    return outputs.Said(body=words.CONFIRMED)


@routes.post("/signup", "contract, 7", accepts=inputs.Newcomer, answers=outputs.Said, who=identity.Who.NOBODY)
async def post_signup(ask: ask_.Ask) -> outputs.Said:
    """A new account of somebody who was let in."""
    ask.require("username", "password", "email")
    body = ask.body
    first_name, last_name = traders.split_name(body.name) if body.name else (None, None)
    profile = accounts.Profile(first_name=first_name, last_name=last_name)
    newcomer = accounts.Newcomer(username=body.username, email=body.email, password=body.password, profile=profile)
    await waitlist.sign_up(ask.context, ask.visit, newcomer, organization=body.organization)
    return outputs.Said(body=words.SIGNED_UP)
