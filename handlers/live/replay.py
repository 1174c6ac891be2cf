"""What somebody missed, told at the pace at which they read it, before anything that happens meanwhile."""

from handlers.core import events
from handlers.live import connection as connection_
from handlers.live import frames, metrics, telling
from handlers.live import hub as hub_

# Held for one reader at a time.
PAGE_EVENTS = 100
# Written before it is waited for that the reader takes it.
CHUNK_BYTES = 65_536


async def catch_up(hub: hub_.Hub, present: hub_.Present, connection: connection_.Connection) -> None:
    """Tells all between the connection's `since` and the hub's cursor, then joins it to those who are told the rest.

    Between the last look at the cursor and the joining nothing is awaited: no event falls between them, or comes twice.
    Refuses: ConnectionError (the reader is gone), Unavailable.
    """
    account_id = connection.account.id
    missed_talk = False
    while connection.since < hub.cursor.position:
        until = hub.cursor
        page = await events.replay(
            hub.context, account_id, since=connection.since, until=until.position, most=PAGE_EVENTS
        )
        told = await telling.missed(hub.context, account_id, page, until.epoch)
        wires = [frames.wire(frame) for frame in told]
        missed_talk = missed_talk or any(event.thread_id is not None for event in page)
        waiting = 0
        for wire in wires:
            connection.send(wire)
            waiting += len(wire)
            if waiting > CHUNK_BYTES:
                waiting = 0
                await connection.drained()
        await connection.drained()
        metrics.REPLAYED.inc(len(wires))
        connection.since = page[-1].position if len(page) == PAGE_EVENTS else until.position
    hub.join(present, connection)
    if missed_talk:
        present.unread.be_news()
        hub.tell_unread(present)
