"""The signed-in trader: the document's /user."""

import msgspec

from handlers.allowances import inputs, outputs, words
from handlers.core import ledger, traders
from handlers.rest import amounts, surface
from handlers.rest import ask as ask_

routes = surface.Routes()


@routes.get("/user", "Resource: /user, Method: get", answers=outputs.Profile)
async def get_user(ask: ask_.Ask) -> outputs.Profile:
    """Oneself, with what is in the wallet."""
    trader = await traders.find(ask.context, ask.account)
    return outputs.profile(trader, await ledger.available(ask.context, trader.id, "allowance"))


@routes.patch("/user", "Resource: /user, Method: patch", accepts=inputs.Profile, answers=outputs.Said)
async def patch_user(ask: ask_.Ask) -> outputs.Said:
    """Changes what is given of name, organization and emissions."""
    emissions = None
    if ask.body.emissions is not msgspec.UNSET and bytes(ask.body.emissions) != amounts.NULL:
        written = amounts.read("emissions", ask.body.emissions)
        emissions = amounts.units("emissions", written, decimals=outputs.EMISSIONS_DECIMALS, least=0)
    await traders.revise(
        ask.context, ask.account, name=ask.body.name, organization=ask.body.organization, emissions=emissions
    )
    return outputs.Said(body=words.USER_UPDATED)
