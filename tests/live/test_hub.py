"""Delivery goes on whatever happens: without the database for a while, past what cannot be told, on another log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import psycopg2
import pytest

from handlers.core import context as context_
from handlers.core import events, messages, threads
from handlers.live import unread as unread_
from storage import database as database_
from storage import events as event_rows
from tests import clocks, databases, people
from tests.live.conftest import Live, Serve, serving


@contextlib.asynccontextmanager
async def opened(dsn: str, clock: clocks.MovableClock) -> AsyncIterator[context_.Context]:
    """A core of its own on a database of its own."""
    database = await database_.Database.open(
        dsn, connections_max=4, acquire_timeout_seconds=1, statement_timeout_seconds=5
    )
    try:
        yield people.core(database, clock)
    finally:
        await database.close()


async def test_what_could_not_be_delivered_without_the_database_is_delivered_after(
    own_postgres: databases.OwnPostgres, clock: clocks.MovableClock
):
    async with opened(own_postgres.dsn, clock) as core, serving(core) as live:
        town = await people.Town(core).found()
        one, other = await town.members(2)
        thread = await threads.open_with(core, one, other.id)
        phone = await live.greeted(other)
        await asyncio.to_thread(own_postgres.stop)
        await phone.say(type="post", ref="a", threadId=thread.id, text="Is anybody there?", clientId="c")
        answer = await phone.hear()
        assert (answer["ref"], answer["code"]) == ("a", "unavailable")
        with pytest.raises(database_.Unavailable):
            await messages.post(core, one, thread.id, "Hello")
        await asyncio.to_thread(own_postgres.start)
        await phone.say(type="post", ref="b", threadId=thread.id, text="Is anybody there?", clientId="c")
        heard = [await phone.hear() for _ in range(2)]
        assert {frame["type"] for frame in heard} == {"ack", "message"}


async def test_one_event_that_cannot_be_told_keeps_nothing_from_anybody(live: Live, town: people.Town, dsn: str):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(other)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO events (kind, thread_id, at) VALUES ('message', %s, now())", (thread.id,))
        cursor.execute("INSERT INTO events (kind, thread_id, at) VALUES ('of tomorrow', %s, now())", (thread.id,))
    await messages.post(live.core, one, thread.id, "Hello")
    assert (await phone.hear_of("message", "unread"))[0]["message"]["text"] == "Hello"
    again = await live.connect(other, since=f"{live.hub.cursor.epoch}-0")
    await again.hear_of("hello")
    told = [(await again.hear())["type"] for _ in range(3)]
    assert told == ["thread", "message", "unread"]


async def test_on_another_log_all_connect_anew(
    clone: Callable[[], str], clock: clocks.MovableClock, monkeypatch: pytest.MonkeyPatch
):
    dsn = clone()
    monkeypatch.setattr(events, "SETTLE_SECONDS", 0.05)
    async with opened(dsn, clock) as core, serving(core) as live:
        town = await people.Town(core).found()
        account = await town.member()
        phone = await live.greeted(account)
        former = str(live.hub.cursor)
        with contextlib.closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
            # As if the server had come back as another one, made from a copy.
            cursor.execute("UPDATE log SET epoch = gen_random_uuid()")
        assert await phone.closing() == 1001
        again = await live.connect(account, since=former)
        hello, _ = await again.hear_of("hello", "resync")
        assert hello["cursor"] == str(live.hub.cursor) == str(await events.find_end(core)) != former


async def test_a_lone_message_is_delivered_at_once(serve: Serve, town: people.Town):
    live = await serve()
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(other)
    loop = asyncio.get_running_loop()
    waits = []
    for _ in range(20):
        began = loop.time()
        await messages.post(live.core, one, thread.id, "Hello")
        while (await phone.hear())["type"] != "message":
            pass
        waits.append(loop.time() - began)
    # Far less than the polling takes.
    assert sorted(waits)[10] < 0.1


def event(kind: str, *, actor_id: int, thread_id: int = 1, message_id: int | None = None) -> event_rows.Event:
    return event_rows.Event(1, 1, kind, thread_id, actor_id, message_id, None, clocks.NOON, None, None, [])


def test_what_is_unread_is_followed_from_whenever_it_was_loaded():
    me, other = 1, 2
    happened = [
        event("message", actor_id=other, message_id=1),
        event("message", actor_id=me, message_id=2),
        event("message", actor_id=other, thread_id=7, message_id=3),
        event("read", actor_id=other, message_id=2),
        event("read", actor_id=me, message_id=2),
        event("message", actor_id=other, message_id=4),
        event("read", actor_id=me, thread_id=7, message_id=3),
        event("left", actor_id=other, thread_id=7),
        event("message", actor_id=other, message_id=5),
        event("read", actor_id=me, message_id=4),
    ]
    states = [{}, {1: 1}, {1: 1}, {1: 1, 7: 3}, {1: 1, 7: 3}, {7: 3}, {1: 4, 7: 3}, {1: 4}, {1: 4}, {1: 5}, {1: 5}]
    for begin in range(len(happened) + 1):
        # Loaded at any later moment, some of what it knows is told to it again.
        for loaded in range(begin, len(happened) + 1):
            unread = unread_.Unread(me)
            for one in happened[begin:loaded]:
                unread.hear(one)
            assert unread.news() is None
            unread.load(states[loaded])
            for one in happened[loaded:]:
                unread.hear(one)
            assert unread._newest == states[-1]
        unread = unread_.Unread(me)
        unread.load(states[-1])
        for one in happened[begin:]:
            unread.hear(one)
        assert unread._newest == states[-1]
    unread = unread_.Unread(me)
    unread.load({})
    unread.come(3, None)
    assert unread.news() is None
    unread.come(3, 9)
    assert (unread.news(), unread.news()) == (1, None)
    unread.be_news()
    assert (unread.news(), unread.news()) == (1, None)
