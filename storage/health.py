"""Whether the database answers."""

from storage import database as database_


async def ping(database: database_.Database) -> None:
    """Asks it anything. Unavailable: it does not answer."""
    await database.value("health.ping")
