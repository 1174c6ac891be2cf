"""Messaging API: threads."""

from handlers.community import inputs, outputs
from handlers.core import threads
from handlers.rest import ask as ask_
from handlers.rest import queries, surface

routes = surface.Routes()


@routes.post(r"/message-threads/for-ad/{id:\d+}", "POST /message-threads/for-ad/:adId", answers=outputs.Thread)
async def post_message_threads_for_ad(ask: ask_.Ask) -> outputs.Thread:
    """One's thread with the author of an ad."""
    thread = await threads.open_for_ad(ask.context, ask.account, ask.path_id())
    return outputs.thread(thread, ask.account.id)


@routes.post(r"/message-threads/user/{id:\d+}", "contract, 3, Threads (real clients call it)", answers=outputs.Thread)
async def post_message_threads_user(ask: ask_.Ask) -> outputs.Thread:
    """The private thread of oneself and another member."""
    thread = await threads.open_with(ask.context, ask.account, ask.path_id())
    return outputs.thread(thread, ask.account.id)


@routes.post("/message-threads/group", "POST /message-threads/group", accepts=inputs.Group, answers=outputs.Thread)
async def post_message_threads_group(ask: ask_.Ask) -> outputs.Thread:
    """A new group."""
    thread = await threads.open_group(ask.context, ask.account, member_ids=ask.body.member_ids, title=ask.body.title)
    return outputs.thread(thread, ask.account.id)


@routes.post(
    r"/message-threads/{id:\d+}/group",
    "POST /message-threads/:id/group",
    accepts=inputs.Group,
    answers=outputs.Thread,
)
async def post_message_threads_id_group(ask: ask_.Ask) -> outputs.Thread:
    """Brings a group to its desired final state."""
    thread = await threads.revise_group(
        ask.context, ask.account, ask.path_id(), member_ids=ask.body.member_ids, title=ask.body.title
    )
    return outputs.thread(thread, ask.account.id)


@routes.get("/message-threads/unread-count", "GET /message-threads/unread-count", answers=outputs.UnreadCount)
async def get_message_threads_unread_count(ask: ask_.Ask) -> outputs.UnreadCount:
    """In how many threads there is something unread."""
    return outputs.UnreadCount(count=await threads.count_unread(ask.context, ask.account))


@routes.get(r"/message-threads/{id:\d+}", "GET /message-threads/:id", answers=outputs.Thread)
async def get_message_threads_id(ask: ask_.Ask) -> outputs.Thread:
    """A thread that one is in."""
    thread = await threads.find(ask.context, ask.account, ask.path_id())
    return outputs.thread(thread, ask.account.id)


@routes.get("/message-threads", "GET /message-threads", query=queries.Page, answers=list[outputs.Thread])
async def get_message_threads(ask: ask_.Ask) -> list[outputs.Thread]:
    """The threads that one is in, newest first. `before` and `after` both mean: what follows that one in the list."""
    page = ask.page()
    rows = await threads.browse(ask.context, ask.account, after=page.after or page.before, most=page.most)
    return [outputs.thread(row, ask.account.id) for row in ask.shown(page, rows)]
