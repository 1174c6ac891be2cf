"""The ledger's wallets and postings. Amounts are whole minor units."""

from datetime import datetime

from storage import database as database_


async def insert_token(database: database_.Database, community_id: int) -> None:
    """A community's token (2 decimals) and the wallet it is issued from."""
    await database.run("ledger.insert_token", community_id=community_id)


async def insert_holder_of_token(database: database_.Database, *, account_id: int, community_id: int) -> None:
    """An empty wallet for the community's token."""
    await database.run("ledger.insert_holder_of_token", account_id=account_id, community_id=community_id)


async def mint_token(
    database: database_.Database, *, account_id: int, community_id: int, units: int, description: str, now: datetime
) -> str | None:
    """Makes tokens in one wallet: 'minted', 'no wallet', or None when the community has no token."""
    return await database.value(
        "ledger.mint_token",
        account_id=account_id,
        community_id=community_id,
        units=units,
        description=description,
        now=now,
    )
