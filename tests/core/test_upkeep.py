"""Upkeep removes what expired, and nothing else."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from handlers.core import audit, events, media, messages, sessions, upkeep
from mail import letters, outbox
from storage import audit as audit_rows
from storage import database as database_
from storage import letters as letter_rows
from tests import clocks, images, people


async def kinds(town: people.Town) -> dict[str, int]:
    return {kind: count for kind, count in (await upkeep.tidy(town.context, replay_days=30)).items() if count}


@pytest.fixture
async def signed_in(town: people.Town) -> sessions.Opened:
    await town.member("haru")
    visit = audit.Visit(api="community", address="203.0.113.1")
    return await sessions.sign_in(town.context, visit, login="haru", password=people.PASSWORD)


async def test_what_lives_stays(town: people.Town, signed_in: sessions.Opened) -> None:
    assert await kinds(town) == {}


async def test_letters_go_a_week_after_their_end_and_stay_as_long_as_they_wait(
    town: people.Town, clock: clocks.MovableClock
) -> None:
    database, keys = town.context.database, town.context.keys
    for name in ("haru", "riku"):
        letter = letters.confirmation(f"{name}@hiroba.example", name=name, link="http://localhost:8080/x")
        await outbox.put(database, keys, letter, clock.now())
    (claimed,) = await letter_rows.claim(database, letters_max=1, now=clock.now(), until=clock.now())
    await letter_rows.mark_delivered(database, claimed, now=clock.now())
    clock.advance(days=6)
    assert await kinds(town) == {}
    clock.advance(days=1, seconds=1)
    assert await kinds(town) == {"letters": 1}
    assert await letter_rows.find(database, claimed.id) is None
    assert await outbox.depth(database) == 1


async def test_sessions_go_when_they_expired_and_their_end_is_told(
    town: people.Town, signed_in: sessions.Opened, clock: clocks.MovableClock
) -> None:
    end = await events.find_end(town.context)
    clock.advance(seconds=town.context.settings.sessions.idle_ttl_seconds + 1)
    assert (await kinds(town))["sessions"] == 1
    assert await kinds(town) == {}
    tail = events.Tail(town.context, end)
    told = [event for event in await tail.advance() if event.kind == "sessions_ended"]
    assert [event.subject for event in told] == [f"[{signed_in.session_id}]"]


async def test_events_go_after_their_days_and_older_cursors_are_unknown(
    town: people.Town, clock: clocks.MovableClock
) -> None:
    haru, riku = await town.member("haru"), await town.member("riku")
    start = await events.find_end(town.context)
    thread = await town.group(haru, [riku])
    tail = events.Tail(town.context, start)
    await tail.advance()
    middle = await events.find_end(town.context)
    clock.advance(seconds=timedelta(days=29).total_seconds())
    await messages.post(town.context, haru, thread.id, "later")
    await tail.advance()
    clock.advance(seconds=timedelta(days=2).total_seconds())
    assert (await kinds(town))["events"] == 1
    assert await events.find_known(town.context, str(start), replay_days=30) is None
    assert await events.find_known(town.context, str(middle), replay_days=30) == middle
    assert len(await events.replay(town.context, riku.id, since=middle.position, until=10**9, most=10)) == 1


async def test_files_go_that_no_name_stands_for(town: people.Town) -> None:
    haru = await town.member("haru")
    for colour in ((1, 2, 3), (4, 5, 6)):
        picture = await media.prepare(town.context, partial(images.plain, "PNG", colour))
        await media.set_avatar(town.context, haru, picture)
    assert await kinds(town) == {"media": 1}
    assert await kinds(town) == {}


async def test_two_processes_at_once_remove_each_row_once(
    town: people.Town, clock: clocks.MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BATCH_ROWS", 7)
    monkeypatch.setattr(upkeep, "PAUSE_SECONDS", 0)
    for number in range(30):
        await sessions.open_for_nobody(town.context, audit.Visit(api="whoami", address=f"203.0.113.{number}"))
    clock.advance(seconds=town.context.settings.sessions.absolute_ttl_seconds)
    rounds = await asyncio.gather(*(upkeep.tidy(town.context, replay_days=30) for _ in range(3)))
    assert sum(one["sessions"] for one in rounds) == 30


async def test_the_audit_is_never_tidied(town: people.Town, clock: clocks.MovableClock) -> None:
    await audit.note(town.context, audit.COMMAND_LINE, "something")
    clock.advance(seconds=timedelta(days=4000).total_seconds())
    await upkeep.tidy(town.context, replay_days=30)
    assert await audit_rows.list_entries(town.context.database, account_id=None, since=None, most=10)


async def test_a_database_that_is_away_is_waited_for(town: people.Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = asyncio.Queue[None]()

    async def away(*args: object, **more: object) -> None:
        rounds.put_nowait(None)
        raise database_.Unavailable("away")

    monkeypatch.setattr(upkeep, "tidy", away)
    monkeypatch.setattr(upkeep, "EVERY_SECONDS", 0)
    task = asyncio.create_task(upkeep.run(town.context, replay_days=30))
    for _ in range(3):
        await asyncio.wait_for(rounds.get(), 5)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)


async def test_a_chore_that_fails_keeps_no_other_from_being_done(
    town: people.Town, clock: clocks.MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object, **more: object) -> int:
        raise ValueError("a defect")

    await sessions.open_for_nobody(town.context, audit.Visit(api="whoami", address="203.0.113.1"))
    clock.advance(seconds=town.context.settings.sessions.absolute_ttl_seconds)
    with monkeypatch.context() as patched:
        patched.setattr(upkeep.rows, "delete_older", broken)
        removed = await upkeep.tidy(town.context, replay_days=30)
    assert removed["sessions"] == 1
    assert "events" not in removed
