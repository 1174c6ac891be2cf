"""What a client may do over the live connection: each command is one act, the same as over HTTP, and one answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from handlers.community import outputs
from handlers.core import messages, refusals, threads
from handlers.live import connection as connection_
from handlers.live import frames, words
from handlers.live import hub as hub_
from storage import database as database_

LOG = structlog.get_logger("hiroba.live")


async def perform(hub: hub_.Hub, connection: connection_.Connection, raw: bytes) -> None:
    """Does what a frame says and answers it; what cannot be understood or done is answered with an `error`."""
    try:
        command = frames.decode(raw)
    except refusals.Malformed as refusal:
        connection.tell(words.error(refusal, frames.find_ref(raw)))
        return
    if not isinstance(command, frames.Ping):
        # Whoever only chats is there as well; a sign of life that a program sends is nobody's.
        connection.noted_at = hub.lookups.note_use(connection.session.id, noted_at=connection.noted_at)
    try:
        answer = await COMMANDS[type(command)](hub, connection, command)
    except refusals.Refusal as refusal:
        answer = words.error(refusal, command.ref)
    except database_.Unavailable:
        answer = words.error(refusals.Unavailable(), command.ref)
    except Exception:
        LOG.exception("a defect was met", command=type(command).__name__)
        answer = words.error(refusals.Fault(), command.ref)
    if answer is not None:
        connection.tell(answer)


async def _post(hub: hub_.Hub, connection: connection_.Connection, command: frames.Post) -> frames.ToClient:
    message = await messages.post(
        hub.context, connection.account, command.thread_id, command.text, client_id=command.client_id
    )
    shown = outputs.message(message)
    posted = frames.Posted(
        id=shown.id,
        created_at=shown.created_at,
        created_by=shown.created_by,
        text=shown.text,
        thread_id=command.thread_id,
    )
    return frames.Ack(ref=command.ref, result=frames.raw(posted))


async def _read(hub: hub_.Hub, connection: connection_.Connection, command: frames.Read) -> frames.ToClient:
    read_id = await messages.mark_read(hub.context, connection.account, command.thread_id, command.message_id)
    return frames.Ack(ref=command.ref, result=frames.raw(frames.ReadUpTo(message_id=read_id)))


async def _typing(hub: hub_.Hub, connection: connection_.Connection, command: frames.Typing) -> None:
    if connection.may_say_typing(command.thread_id):
        account_id = connection.account.id
        member_ids = await threads.list_members(hub.context, connection.account, command.thread_id)
        others = (one for one in member_ids if one != account_id)
        hub.say(others, frames.IsTyping(thread_id=command.thread_id, user_id=account_id))


async def _ping(hub: hub_.Hub, connection: connection_.Connection, command: frames.Ping) -> frames.ToClient:
    return frames.Pong(ref=command.ref)


Act = Callable[[hub_.Hub, connection_.Connection, Any], Awaitable[frames.ToClient | None]]

COMMANDS: Mapping[type, Act] = {
    frames.Post: _post,
    frames.Read: _read,
    frames.Typing: _typing,
    frames.Ping: _ping,
}
