"""Errands at the shop."""

from tests import people
from tests.surfaces.errands.told import Asked, Table, Told

TABLE = Table()


@TABLE.errand("POST /shop/login")
async def shop_sign_in(told: Told) -> Asked:
    """John's, under another token."""
    return await told.ask({"username": "john", "password": people.PASSWORD, "token": f"a token {told.number}"})


@TABLE.errand("POST /shop/update-password")
async def shop_set_password(told: Told) -> Asked:
    """The same again."""
    same = {"old_password": people.PASSWORD, "new_password": people.PASSWORD}
    return await told.ask({**same, "token": told.town.known["token"]})


@TABLE.errand("POST /shop/update-session")
async def shop_update_session(told: Told) -> Asked:
    """Another token."""
    return await told.ask({"old_token": told.town.known["token"], "new_token": f"another token {told.number}"})


@TABLE.errand("POST /shop/transfer")
async def shop_transfer(told: Told) -> Asked:
    """A credit for Haru."""
    known = told.town.known
    return await told.ask({"token": known["token"], "recipient": known["recipient"], "amount": 1})
