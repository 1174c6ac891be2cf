"""order complete, waitlist approve."""

from handlers.core import orders, waitlist
from handlers.pages.operator import inputs, outputs
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

routes = surface.Routes()


@routes.post(
    "/order/complete",
    "order complete",
    accepts=inputs.Order,
    answers=outputs.Order,
    who=identity.Who.OPERATOR,
    previews=True,
)
async def post_complete(ask: ask_.Ask) -> outputs.Order:
    """The order's invoice is paid: its allowances are in the owner's wallet, once."""
    return outputs.order(await orders.complete(ask.context, ask.visit, ask.body.id))


@routes.post(
    "/waitlist/approve",
    "waitlist approve",
    accepts=inputs.Address,
    answers=outputs.Approval,
    who=identity.Who.OPERATOR,
)
async def post_approve(ask: ask_.Ask) -> outputs.Approval:
    """Lets an address sign up, before or after it asks and proves that it is somebody's."""
    email = ask.body.email
    approval = await waitlist.approve(ask.context, ask.visit, email)
    return outputs.Approval(email=email, asked=approval.has_asked, confirmed=approval.is_confirmed)
