"""What the embedded mail sink received, for whoever may read it."""

from collections.abc import Sequence

from handlers.core import context as context_
from handlers.core import refusals
from storage import mailbox as rows


async def listed(
    context: context_.Context, *, to: str | None = None, before: int | None = None, most: int
) -> Sequence[rows.Mail]:
    """The newest mails first, to everybody or to one address in any case; with `before` those older than that one."""
    return await rows.list(context.database, to=to, before=before, limit=most)


async def find(context: context_.Context, mail_id: int) -> rows.Mail:
    """One mail. Refuses: NotEntitled."""
    found = await rows.find(context.database, mail_id)
    if found is None:
        raise refusals.NotEntitled
    return found


async def find_attachment(context: context_.Context, attachment_id: int) -> rows.File:
    """One file of a mail, with its bytes. Refuses: NotEntitled."""
    found = await rows.find_attachment(context.database, attachment_id)
    if found is None:
        raise refusals.NotEntitled
    return found
