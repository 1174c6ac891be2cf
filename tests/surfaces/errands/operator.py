"""Errands at the operators."""

from handlers.core import audit, operators, orders, sessions
from storage import accounts as account_rows
from tests import people
from tests.surfaces.errands.told import Asked, Table, Told

TABLE = Table()


@TABLE.errand("POST /operator/api/account/create")
async def operator_creates(told: Told) -> Asked:
    """Somebody new."""
    return await told.ask({"username": f"errand{told.number}", "password": people.PASSWORD, "email": told.email})


@TABLE.errand("POST /operator/api/account/promote")
async def operator_promotes(told: Told) -> Asked:
    """Somebody new."""
    await told.newcomer()
    return await told.ask({"username": told.email, "role": "operator"})


@TABLE.errand("POST /operator/api/account/disable")
async def operator_disables(told: Told) -> Asked:
    """Somebody new."""
    await told.newcomer()
    return await told.ask({"username": told.email})


@TABLE.errand("POST /operator/api/account/enable")
async def operator_enables(told: Told) -> Asked:
    """Somebody new, who was shut out."""
    await told.newcomer()
    await operators.disable(told.town.hiroba.context, audit.COMMAND_LINE, told.email)
    return await told.ask({"username": told.email})


@TABLE.errand("POST /operator/api/account/sign-out")
async def operator_signs_out(told: Told) -> Asked:
    """Somebody new, who is signed in."""
    credentials = account_rows.Credentials((await told.newcomer()).id, None)
    await sessions.open_for(told.town.hiroba.context, audit.Visit(api="whoami", address=""), credentials)
    return await told.ask({"username": told.email})


@TABLE.errand("POST /operator/api/community/create")
async def operator_founds(told: Told) -> Asked:
    """Another community."""
    return await told.ask({"name": f"Town {told.number}"})


@TABLE.errand("POST /operator/api/community/mint")
async def operator_mints(told: Told) -> Asked:
    """A token for the coordinator of John's."""
    return await told.ask({"id": told.town.known["communityId"], "amount": 1})


@TABLE.errand("POST /operator/api/shop/credit")
async def operator_credits(told: Told) -> Asked:
    """A few for Haru."""
    return await told.ask({"username": "haru", "amount": 5})


@TABLE.errand("POST /operator/api/item/add")
async def operator_puts_up(told: Told) -> Asked:
    """Another item."""
    return await told.ask({"name": f"Sticker {told.number}", "price": 5})


@TABLE.errand("POST /operator/api/order/complete")
async def operator_completes(told: Told) -> Asked:
    """The placed order of somebody new."""
    context, owner = told.town.hiroba.context, await told.newcomer()
    order_id = await orders.draft(context, owner, units=1_500_000)
    await orders.place(context, owner, order_id, language="en")
    return await told.ask({"id": order_id})


@TABLE.errand("POST /operator/api/waitlist/approve")
async def operator_approves(told: Told) -> Asked:
    """An address that has not asked yet."""
    return await told.ask({"email": told.email})
