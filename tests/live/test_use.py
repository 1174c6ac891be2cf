"""Whoever only chats uses a session: it does not end for being idle. What a program says by itself keeps nothing."""

import asyncio
from datetime import datetime, timedelta

import pytest

from handlers.core import sessions, threads
from storage import sessions as session_rows
from tests import clocks, people
from tests.live.conftest import Live, Phone


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uses are written without being gathered for half a second."""
    monkeypatch.setattr(sessions, "TOUCH_DELAY_SECONDS", 0)


async def last_seen(live: Live, phone: Phone) -> datetime:
    """When the session was used last, once what was noted is written."""
    lookups = live.hub.lookups
    if lookups._touching is not None:
        await asyncio.wait([lookups._touching])
    (row,) = await session_rows.list_by_account(
        live.core.database, phone.account.id, now=live.core.clock.now(), idle_since=clocks.NOON - timedelta(days=1)
    )
    return row.last_seen_at


async def test_chatting_uses_the_session_once_a_minute(live: Live, town: people.Town, monkeypatch: pytest.MonkeyPatch):
    written = []
    touch = session_rows.touch

    async def counted(*args, **more) -> None:
        written.append(more["now"])
        await touch(*args, **more)

    monkeypatch.setattr(session_rows, "touch", counted)
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(one)
    opened_at = await last_seen(live, phone)
    clock = live.core.clock

    async def chat() -> None:
        for number in range(20):
            await phone.say(type="post", threadId=thread.id, text=str(number))
            await phone.say(type="typing", threadId=thread.id)
            await phone.hear_until("ack")

    await chat()
    assert (written, await last_seen(live, phone)) == ([], opened_at)
    for _ in range(2):
        clock.advance(seconds=60)
        await phone.hear_until_quiet()
        await chat()
        assert await last_seen(live, phone) == clock.now()
    assert len(written) == 2


async def test_a_sign_of_life_is_no_use(live: Live, town: people.Town):
    phone = await live.greeted(await town.member())
    opened_at = await last_seen(live, phone)
    live.core.clock.advance(days=1)
    await phone.hear_nothing_else()
    assert await last_seen(live, phone) == opened_at


async def test_a_session_that_was_idle_too_long_stays_over(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(one)
    opened_at = await last_seen(live, phone)
    live.core.clock.advance(seconds=live.core.settings.sessions.idle_ttl_seconds)
    await phone.say(type="typing", threadId=thread.id)
    await phone.hear_nothing_else()
    assert await last_seen(live, phone) == opened_at
