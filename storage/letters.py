"""The outbox: letters that wait, and what became of them. What they say is the mail room's."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from storage import database as database_


class Claimed(msgspec.Struct, frozen=True):
    """A letter in a courier's hands. `attempts` counts this one and tells this claim from every other."""

    id: int
    kind: str
    message_id: str
    recipient: str
    recipient_name: str
    fields: str
    secrets: bytes | None
    attempts: int
    created_at: datetime
    has_attachments: bool


class Attachment(msgspec.Struct, frozen=True):
    """A file that goes with a letter."""

    filename: str
    content_type: str
    content: bytes


class Letter(msgspec.Struct, frozen=True):
    """A letter's fate. `state` is waiting, delivered or failed; `last_error` holds no secret."""

    id: int
    kind: str
    message_id: str
    recipient: str
    state: str
    attempts: int
    due_at: datetime
    claimed_until: datetime | None
    last_error: str | None
    created_at: datetime
    ended_at: datetime | None
    has_secrets: bool


async def insert(
    database: database_.Database,
    *,
    kind: str,
    message_id: str,
    recipient: str,
    recipient_name: str,
    fields: str,
    secrets: bytes | None,
    now: datetime,
) -> int:
    """A new letter, due at once; `fields` is a JSON object, `secrets` is sealed."""
    letter_id: int = await database.value(
        "letters.insert",
        kind=kind,
        message_id=message_id,
        recipient=recipient,
        recipient_name=recipient_name,
        fields=fields,
        secrets=secrets,
        now=now,
    )
    return letter_id


async def insert_attachments(database: database_.Database, letter_id: int, attachments: Iterable[Attachment]) -> None:
    """Adds a letter's files, in this order. Once, in the transaction that makes the letter."""
    files = list(attachments)
    await database.run(
        "letters.insert_attachments",
        letter_id=letter_id,
        filenames=[file.filename for file in files],
        content_types=[file.content_type for file in files],
        contents=[file.content for file in files],
    )


async def claim(database: database_.Database, *, letters_max: int, now: datetime, until: datetime) -> list[Claimed]:
    """Takes the letters that are longest due, oldest first; nobody else gets them before `until`.

    Locks: the rows, within the statement; those locked by others are skipped.
    """
    claimed = await database.all(Claimed, "letters.claim", letters_max=letters_max, now=now, until=until)
    return sorted(claimed, key=lambda letter: letter.id)


async def find_attachments(database: database_.Database, letter_id: int) -> list[Attachment]:
    """A letter's files, in their order."""
    return await database.all(Attachment, "letters.find_attachments", letter_id=letter_id)


async def renew(database: database_.Database, held: Iterable[Claimed], *, until: datetime) -> None:
    """These letters stay claimed until then, as far as they still are this claim's."""
    letter_ids, attempts = _claims(held)
    await database.run("letters.renew", letter_ids=letter_ids, attempts=attempts, until=until)


async def release(database: database_.Database, held: Iterable[Claimed]) -> None:
    """Gives letters back untried: anybody may claim them at once, and no attempt is counted."""
    letter_ids, attempts = _claims(held)
    await database.run("letters.release", letter_ids=letter_ids, attempts=attempts)


def _claims(held: Iterable[Claimed]) -> tuple[list[int], list[int]]:
    letters = list(held)
    return [letter.id for letter in letters], [letter.attempts for letter in letters]


async def mark_delivered(database: database_.Database, letter: Claimed, *, now: datetime) -> bool:
    """The mail server has it; its secrets are erased. False when that was known."""
    return await database.run("letters.mark_delivered", letter_id=letter.id, now=now) == 1


async def postpone(database: database_.Database, letter: Claimed, *, due_at: datetime, error: str) -> bool:
    """It is tried again then. False when the claim was lost meanwhile."""
    return (
        await database.run(
            "letters.postpone", letter_id=letter.id, attempts=letter.attempts, due_at=due_at, error=error
        )
        == 1
    )


async def mark_failed(database: database_.Database, letter: Claimed, *, error: str, now: datetime) -> bool:
    """It will not be tried again; its secrets are erased. False when the claim was lost meanwhile."""
    return (
        await database.run("letters.mark_failed", letter_id=letter.id, attempts=letter.attempts, error=error, now=now)
        == 1
    )


async def find(database: database_.Database, letter_id: int) -> Letter | None:
    """What became of a letter."""
    return await database.maybe(Letter, "letters.find", letter_id=letter_id)


async def count_waiting(database: database_.Database) -> int:
    """How many letters are neither delivered nor given up."""
    waiting: int = await database.value("letters.count_waiting")
    return waiting


async def delete(database: database_.Database, letter_id: int) -> None:
    """Forgets a letter."""
    await database.run("letters.delete", letter_id=letter_id)


async def delete_by_recipient(database: database_.Database, recipient: str) -> int:
    """Forgets every letter to this address, in any case, also those that wait; answers how many."""
    return await database.run("letters.delete_by_recipient", recipient=recipient)
