"""What is removed because nobody will ask for it again. Each function answers how many rows it removed."""

from datetime import datetime

from storage import database as database_


async def delete_sessions(database: database_.Database, *, now: datetime, idle_since: datetime, most: int) -> int:
    """Sessions that expired; their end is announced like a sign-out."""
    return await database.value("upkeep.delete_sessions", now=now, idle_since=idle_since, most=most)


async def delete_older(database: database_.Database, kind: str, *, before: datetime, most: int) -> int:
    """Rows of one kind that are older.

    Codes, passcodes, tickets, waitlist_links, waitlist, attempts, known_addresses, answers, letters, mails or events.
    """
    return await database.value(f"upkeep.delete_{kind}", before=before, most=most)
