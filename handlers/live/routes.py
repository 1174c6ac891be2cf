"""`GET /live`: who may connect, and a connection from its beginning to its end. Source: contract, 8."""

import asyncio
from collections.abc import Collection

import structlog
from aiohttp import web

from handlers.core import events, names, refusals, threads
from handlers.live import commands, frames, replay, words
from handlers.live import connection as connection_
from handlers.live import hub as hub_
from handlers.rest import details, identity, origins
from storage import database as database_

PATH = "/live"
LOG = structlog.get_logger("hiroba.live")


def add(app: web.Application, hub: hub_.Hub, identify: identity.Identify, *, friends: Collection[str]) -> None:
    """Adds the route to an application, whose shutdown closes its sockets before it waits for its requests.

    `identify` finds the session of a request, by whatever proves one; `friends` are the origins of other pages that may
    connect ("https://app.example").
    """
    allowed = frozenset(map(origins.written, (*friends, hub.context.settings.public_url)))

    async def get_live(request: web.Request) -> web.StreamResponse:
        if origins.is_stranger(request, hub.context.settings.public_url, allowed):
            return details.WORDS.answer(refusals.Foreign())
        if not hub.is_running:
            return details.WORDS.answer(refusals.Unavailable())
        # A session that ends from here on is closed; what ended before is none.
        known = hub.cursor
        try:
            session = await identify(request)
            if session is None or session.account is None:
                return details.WORDS.answer(refusals.NotSignedIn())
            since = request.query.get("since")
            cursor = None
            if since is not None:
                cursor = await events.find_known(hub.context, since, replay_days=hub.settings.replay_days)
        except database_.Unavailable:
            return details.WORDS.answer(refusals.Unavailable())
        ws = web.WebSocketResponse(
            autoclose=False,
            heartbeat=hub.settings.heartbeat_seconds,
            compress=False,
            max_msg_size=UNREAD_BYTES_MAX,
            decode_text=False,
        )
        try:
            writer = await ws.prepare(request)
        except web.HTTPException:
            return details.WORDS.answer(refusals.Malformed("this is for websockets"))
        assert request.transport is not None
        connection = connection_.Connection(ws, request.transport, writer, session, hub.settings)
        connection.expire_in((session.expires_at - hub.context.clock.now()).total_seconds())
        try:
            with hub.holding(connection) as present:
                if await _prepare(hub, present, connection, known):
                    _greet(hub, present, connection, cursor, is_lost=since is not None and cursor is None)
                await _converse(hub, present, connection)
        finally:
            connection.be_gone()
        return ws

    async def refuse_method(request: web.Request) -> web.StreamResponse:
        return details.WORDS.answer(refusals.WrongMethod(("GET", "HEAD")))

    app.router.add_get(PATH, get_live)
    # What stands below the same path would call it unknown.
    app.router.add_route("*", PATH, refuse_method)

    async def close_sockets(_: web.Application) -> None:
        await hub.close_sockets()

    app.on_shutdown.append(close_sockets)


# A frame over the limit is read up to here, so that its sender is there to be told 1009; beyond it the line is cut.
UNREAD_BYTES_MAX = 1_048_576


async def _prepare(
    hub: hub_.Hub, present: hub_.Present, connection: connection_.Connection, known: events.Cursor
) -> bool:
    """Learns what must be known before the greeting. False: the session ended since it was looked up, or all fails."""
    account_id = connection.account.id
    try:
        for session_ids in await events.list_sessions_ended(hub.context, account_id, since=known.position):
            hub.end_sessions(account_id, session_ids)
        if not present.unread.is_loaded:
            newest = await threads.list_unread(hub.context, account_id)
            if not present.unread.is_loaded:
                present.unread.load(newest)
    except database_.Unavailable:
        connection.end(words.TRY_AGAIN)
    return connection.is_open


def _greet(
    hub: hub_.Hub,
    present: hub_.Present,
    connection: connection_.Connection,
    cursor: events.Cursor | None,
    *,
    is_lost: bool,
) -> None:
    """Says hello, and joins whoever has missed nothing: nothing can happen in between."""
    start = hub.cursor if cursor is None else cursor
    connection.since = start.position
    connection.tell(
        frames.Hello(
            user=frames.Self(id=connection.account.id, full_name=names.last_first(connection.account)),
            cursor=str(start),
            heartbeat_seconds=hub.settings.heartbeat_seconds,
            resumed=cursor is not None,
        )
    )
    if is_lost:
        connection.tell(frames.Resync())
    if start.position >= hub.cursor.position:
        hub.join(present, connection)


async def _converse(hub: hub_.Hub, present: hub_.Present, connection: connection_.Connection) -> None:
    """Tells and listens until one side ends it."""
    telling = None
    if connection.is_open and connection not in present.connections:
        telling = asyncio.create_task(_catch_up(hub, present, connection))
    try:
        while (raw := await connection.receive()) is not None:
            await commands.perform(hub, connection, raw)
    finally:
        if telling is not None:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


async def _catch_up(hub: hub_.Hub, present: hub_.Present, connection: connection_.Connection) -> None:
    """Tells what was missed, beside what the client says meanwhile."""
    try:
        await replay.catch_up(hub, present, connection)
    except ConnectionError:
        pass
    except database_.Unavailable:
        # What it was told is what it knows: it comes back with the cursor of that.
        connection.end(words.TRY_AGAIN)
    except Exception:
        LOG.exception("what was missed could not be told", account_id=connection.account.id)
        connection.end(words.FAILED)
