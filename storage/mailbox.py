"""What the embedded mail sink received: one row a message and recipient."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from storage import database as database_


class Attachment(msgspec.Struct, frozen=True):
    """What came with a mail; its bytes are `find_attachment`'s."""

    id: int
    filename: str
    content_type: str
    size_bytes: int


class Mail(msgspec.Struct, frozen=True):
    """A mail as its reader sees it. `text` and `html` are empty when it has no such part."""

    id: int
    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    received_at: datetime
    attachments: tuple[Attachment, ...]


class File(msgspec.Struct, frozen=True):
    """An attachment with its bytes."""

    filename: str
    content_type: str
    content: bytes


_ATTACHMENTS = msgspec.json.Decoder(tuple[Attachment, ...])


def _mail(*row: Any) -> Mail:
    columns = [*row[:-1], _ATTACHMENTS.decode(row[-1])]
    return Mail(*columns)


async def insert(
    database: database_.Database,
    *,
    message_id: str,
    sender: str,
    recipients: Iterable[str],
    subject: str,
    text: str,
    html: str,
    files: Iterable[File],
    now: datetime,
) -> int:
    """Keeps a message for each of its recipients who does not have it; answers how many those were."""
    attached = tuple(files)
    kept: int = await database.value(
        "mailbox.insert",
        message_id=message_id,
        sender=sender,
        recipients=[*recipients],
        subject=subject,
        text=text,
        html=html,
        filenames=[file.filename for file in attached],
        content_types=[file.content_type for file in attached],
        contents=[file.content for file in attached],
        now=now,
    )
    return kept


async def find(database: database_.Database, mail_id: int) -> Mail | None:
    """One mail."""
    return await database.maybe(_mail, "mailbox.find", mail_id=mail_id)


async def find_attachment(database: database_.Database, attachment_id: int) -> File | None:
    """One attachment, with its bytes."""
    return await database.maybe(File, "mailbox.find_attachment", attachment_id=attachment_id)


async def list(  # noqa: A001 - reads as mailbox.list(...); defined last, so that nothing here means the other one
    database: database_.Database, *, to: str | None = None, before: int | None = None, limit: int = 100
) -> Sequence[Mail]:
    """The newest mails first, to everybody or to one address in any case; with `before` those older than that one."""
    return await database.all(_mail, "mailbox.list", to=to, before=before, limit=limit)
