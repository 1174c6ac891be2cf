"""Errands at what is a person's own."""

from handlers.core import audit, sessions
from storage import accounts as account_rows
from tests import people
from tests.surfaces.errands.told import Asked, Table, Told

TABLE = Table()


@TABLE.errand("POST /me/session")
async def own_sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask({"login": "john", "password": people.PASSWORD})


@TABLE.errand(r"DELETE /me/sessions/{id:\d+}")
async def own_session_ended(told: Told) -> Asked:
    """Another of John's sessions."""
    credentials = account_rows.Credentials(told.town.john.id, None)
    other = await sessions.open_for(told.town.hiroba.context, audit.Visit(api="whoami", address=""), credentials)
    return await told.ask(id=str(other.session_id))


@TABLE.errand("DELETE /me")
async def own_deletion(told: Told) -> Asked:
    """Somebody new, gone again."""
    return await told.ask({"password": people.PASSWORD}, by=await told.newcomer())
