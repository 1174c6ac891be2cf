"""The outbox: where an act leaves its letter, in its own transaction. Nothing is sent here.

What is secret in a letter lies sealed under the server's key until the letter is delivered or given up.
"""

from datetime import datetime

import msgspec

from mail import given
from mail import letters as written
from storage import letters as rows
from storage.database import Database

PURPOSE = "letter"
"""What the secrets of letters are sealed for."""


async def put(database: Database, keys: given.Keys, letter: written.Letter, now: datetime) -> int:
    """Leaves a letter for the couriers; answers its id. It exists if, and only if, the transaction around commits.

    Its Message-ID is fixed from here on. Whoever puts one wakes a courier after the commit; without that it leaves
    with the next look at the outbox. Refuses (ValueError): an address that no letter can go to.
    """
    if not written.deliverable(letter.recipient.address):
        raise ValueError("not an address that letters can go to")
    secrets = keys.seal(PURPOSE, msgspec.json.encode(letter.secrets)) if letter.secrets else None
    async with database.transaction():
        letter_id = await rows.insert(
            database,
            kind=letter.kind,
            message_id=written.message_id(),
            recipient=letter.recipient.address,
            recipient_name=letter.recipient.name,
            fields=msgspec.json.encode(letter.fields).decode(),
            secrets=secrets,
            now=now,
        )
        if letter.attachments:
            files = [rows.Attachment(file.filename, file.content_type, file.content) for file in letter.attachments]
            await rows.insert_attachments(database, letter_id, files)
    return letter_id


async def take_back(database: Database, letter_id: int) -> None:
    """Removes a letter, in the transaction that put it: it has never been there."""
    await rows.delete(database, letter_id)


async def take_out(database: Database, keys: given.Keys, claimed: rows.Claimed) -> written.Letter:
    """The letter as it was put, its secrets readable. Refuses: what `keys.open` refuses."""
    files: list[rows.Attachment] = []
    if claimed.has_attachments:
        files = await rows.find_attachments(database, claimed.id)
    secrets = {}
    if claimed.secrets is not None:
        secrets = msgspec.json.decode(keys.open(PURPOSE, claimed.secrets), type=dict[str, str])
    return written.Letter(
        kind=claimed.kind,
        recipient=written.Recipient(claimed.recipient, claimed.recipient_name),
        fields=msgspec.json.decode(claimed.fields, type=dict[str, str | int]),
        secrets=secrets,
        attachments=tuple(written.Attachment(file.filename, file.content_type, file.content) for file in files),
    )


async def depth(database: Database) -> int:
    """How many letters wait. *Units*: letters."""
    return await rows.count_waiting(database)


async def forget(database: Database, address: str) -> int:
    """Removes every letter to an address, sent or not: for people who leave. Answers how many."""
    return await rows.delete_by_recipient(database, address)
