"""Errands at the pages."""

from urllib.parse import urlencode

from tests import people
from tests.surfaces.errands.told import Asked, Table, Told

TABLE = Table()


def form(**fields: str) -> bytes:
    """As a browser sends it."""
    return urlencode(fields).encode()


@TABLE.errand("POST /signin")
async def page_sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask(form(login="john", password=people.PASSWORD))


@TABLE.errand("POST /signup")
async def page_sign_up(told: Told) -> Asked:
    """Somebody new."""
    return await told.ask(form(username=f"errand{told.number}", email=told.email, password=people.PASSWORD))


@TABLE.errand("POST /reset_pw")
async def page_set_password(told: Told) -> Asked:
    """The same again."""
    return await told.ask(form(new_password=people.PASSWORD))


@TABLE.errand("POST /reset_pw/link")
async def page_link(told: Told) -> Asked:
    """To somebody new."""
    await told.newcomer()
    return await told.ask(form(email=told.email))
