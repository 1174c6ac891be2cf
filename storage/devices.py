"""Phones that accounts are pushed to: one an account, and one phone may be several accounts'."""

from datetime import datetime

from storage import database as database_


async def upsert(database: database_.Database, *, account_id: int, token: str, session_id: int, now: datetime) -> None:
    """Binds a phone to the account, in place of the one it had."""
    await database.run("devices.upsert", account_id=account_id, token=token, session_id=session_id, now=now)


async def find_token(database: database_.Database, account_id: int) -> str | None:
    """The phone of an account."""
    return await database.value("devices.find_token", account_id=account_id)


async def delete(database: database_.Database, account_id: int) -> None:
    """Unbinds the phone of an account."""
    await database.run("devices.delete", account_id=account_id)


async def delete_left(database: database_.Database, account_id: int) -> None:
    """Unbinds the phone of an account unless the session that registered it goes on."""
    await database.run("devices.delete_left", account_id=account_id)
