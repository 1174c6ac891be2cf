"""Errands at allowances."""

from typing import Any

from handlers.core import audit, orders, waitlist
from tests import people
from tests.surfaces.errands.told import Asked, Table, Told

LINK = r"https?://\S+"
TABLE = Table()


@TABLE.errand("POST /allowances/login")
async def trader_sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask({"username": "john", "password": people.PASSWORD})


@TABLE.errand("POST /allowances/login/refresh")
async def trader_refresh(told: Told) -> Asked:
    """New tokens of a session."""
    tokens = await told.sign_in_for_allowances("john")
    return await told.ask({"refresh_token": tokens["RefreshToken"]})


@TABLE.errand("PATCH /allowances/user")
async def trader_revise(told: Told) -> Asked:
    """Another organization."""
    return await told.ask({"organization": f"Organization {told.number}"})


@TABLE.errand("PUT /allowances/buy")
async def draft(told: Told) -> Asked:
    """A new order."""
    return await told.ask({"value": 1.5}, by=await told.newcomer())


@TABLE.errand("PATCH /allowances/buy")
async def revise_order(told: Told) -> Asked:
    """For more."""
    return await _about_order(told, value=2.5)


@TABLE.errand("POST /allowances/buy/cancel")
@TABLE.errand("POST /allowances/buy/place")
async def move_order(told: Told) -> Asked:
    """A draft, given up or placed."""
    return await _about_order(told)


@TABLE.errand("DELETE /allowances/buy")
async def remove_order(told: Told) -> Asked:
    """One that was given up."""
    return await _about_order(told, is_cancelled=True)


async def _about_order(told: Told, *, is_cancelled: bool = False, **body: Any) -> Asked:
    context, owner = told.town.hiroba.context, await told.newcomer()
    order_id = await orders.draft(context, owner, units=1_500_000)
    if is_cancelled:
        await orders.cancel(context, owner, order_id)
    return await told.ask({"transaction_id": order_id, **body}, by=owner)


@TABLE.errand("POST /allowances/waitlist")
async def wait(told: Told) -> Asked:
    """An address that asks."""
    return await told.ask({"email": told.email})


@TABLE.errand("GET /allowances/waitlist/confirm/{token}")
async def confirm_waiting(told: Told) -> Asked:
    """The link that was mailed."""
    await waitlist.ask(told.town.hiroba.context, told.email, language="en")
    return await told.ask(path=await told.letter(LINK))


@TABLE.errand("POST /allowances/signup")
async def trader_sign_up(told: Told) -> Asked:
    """Somebody who was let in."""
    context = told.town.hiroba.context
    await waitlist.ask(context, told.email, language="en")
    await told.town.hiroba.client().get(await told.letter(LINK))
    await waitlist.approve(context, audit.COMMAND_LINE, told.email)
    return await told.ask({"username": f"errand{told.number}", "password": people.PASSWORD, "email": told.email})
