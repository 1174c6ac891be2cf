"""Messages: saying something in a thread, and reading what was said. Source: contract, 3, Messages."""

import msgspec

from handlers.core import context as context_
from handlers.core import events, refusals
from storage import accounts as account_rows
from storage import messages as rows
from storage import posting

TEXT_CHARACTERS_MAX = 10_000
CLIENT_ID_CHARACTERS_MAX = 255
# What a history answers at most when no limit is asked for. Source: contract, 2, Lists.
HISTORY_MESSAGES_MAX = 10_000


class History(msgspec.Struct, frozen=True):
    """A part of a thread, oldest first. `is_truncated`: there was more than is answered without a limit."""

    messages: list[rows.Message]
    is_truncated: bool


async def post(
    context: context_.Context,
    author: account_rows.Account,
    thread_id: int,
    text: str,
    *,
    client_id: str | None = None,
) -> rows.Message:
    """Says something in a thread. Under a `client_id` that the author used in it before: answers that first message.

    Refuses: Invalid (text, client id), NotEntitled (no member). Announces: message.
    """
    if not 1 <= len(text) <= TEXT_CHARACTERS_MAX:
        raise refusals.Invalid("text", f"1 to {TEXT_CHARACTERS_MAX} characters")
    if client_id is not None and not 1 <= len(client_id) <= CLIENT_ID_CHARACTERS_MAX:
        raise refusals.Invalid("client id", f"1 to {CLIENT_ID_CHARACTERS_MAX} characters")
    posted = await posting.post(
        context.database,
        thread_id=thread_id,
        author_id=author.id,
        text=text,
        client_id=client_id,
        now=context.clock.now(),
    )
    if posted.message is None:
        raise refusals.NotEntitled
    if posted.outcome == "posted":
        events.announce(context)
    return posted.message


async def read_history(
    context: context_.Context,
    reader: account_rows.Account,
    thread_id: int,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> History:
    """What was said, oldest first: the newest `limit`, or the next after a message, or the last before one.

    Without `before` it is read thereby, up to the last message that is answered. Without `limit` the newest
    HISTORY_MESSAGES_MAX. Refuses: NotEntitled (no member). Announces: read, when the reader had not read as far.
    """
    most = HISTORY_MESSAGES_MAX + 1 if limit is None else limit
    found = await rows.history(
        context.database, thread_id=thread_id, reader_id=reader.id, after=after, before=before, most=most
    )
    if found is None:
        raise refusals.NotEntitled
    history = History(found.messages, False)
    if limit is None and len(found.messages) > HISTORY_MESSAGES_MAX:
        surplus = slice(1, None) if after is None else slice(None, -1)
        history = History(found.messages[surplus], True)
    if before is None and history.messages and history.messages[-1].id > found.read_id:
        await mark_read(context, reader, thread_id, history.messages[-1].id)
    return history


async def mark_read(context: context_.Context, reader: account_rows.Account, thread_id: int, message_id: int) -> int:
    """The reader has read up to this message; answers how far they have read, which may be further.

    Refuses: NotEntitled (no member, no such message in the thread). Announces: read, when it is further than before.
    """
    mark = await rows.mark_read(
        context.database, thread_id=thread_id, reader_id=reader.id, message_id=message_id, now=context.clock.now()
    )
    if mark.read_id is None or mark.outcome == "not entitled":
        raise refusals.NotEntitled
    if mark.outcome == "moved":
        events.announce(context)
    return mark.read_id
