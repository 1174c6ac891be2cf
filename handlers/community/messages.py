"""Messaging API: messages."""

from handlers.community import inputs, outputs
from handlers.core import messages, refusals
from handlers.rest import ask as ask_
from handlers.rest import queries, surface

routes = surface.Routes()


@routes.post(
    r"/message-threads/{id:\d+}/messages",
    "POST /message-threads/:id/messages",
    accepts=inputs.NewMessage,
    answers=outputs.Message,
)
async def post_message_threads_id_messages(ask: ask_.Ask) -> outputs.Message:
    """Says something in a thread."""
    thread_id = ask.path_id()
    if ask.body.thread_id is not None and str(ask.body.thread_id) != str(thread_id):
        raise refusals.Invalid("threadId", "is not that of the path")
    return outputs.message(await messages.post(ask.context, ask.account, thread_id, ask.body.text))


@routes.get(
    r"/message-threads/{id:\d+}/messages",
    "GET /message-threads/:id/messages",
    query=queries.Page,
    answers=list[outputs.Message],
    is_safe=False,
)
async def get_message_threads_id_messages(ask: ask_.Ask) -> list[outputs.Message]:
    """What was said, oldest first; without `before` it is read thereby."""
    page = ask.page()
    history = await messages.read_history(
        ask.context, ask.account, ask.path_id(), after=page.after, before=page.before, limit=page.limit
    )
    ask.truncated = history.is_truncated
    return [outputs.message(row) for row in history.messages]
