"""The log: what acts announce, who is due it, and that nobody who resumes misses or repeats anything of it."""

import contextlib
from collections.abc import Callable

import psycopg2
import pytest

from handlers.core import context as context_
from handlers.core import events, messages, threads
from storage import events as rows
from storage.database import Database
from tests import people

FAR = 2**62


async def follow(tail: events.Tail) -> list[rows.Event]:
    """Everything that is new, to the end."""
    heard: list[rows.Event] = []
    while page := await tail.advance():
        tail.position = page[-1].position
        heard += page
    return heard


def short(heard: list[rows.Event]) -> list[tuple[str, list[int]]]:
    return [(event.kind, sorted(event.recipient_ids)) for event in heard]


async def replayed(core: context_.Context, account_id: int, *, since: int = 0, most: int = 100) -> list[rows.Event]:
    return await events.replay(core, account_id, since=since, until=FAR, most=most)


@pytest.fixture
async def tail(town: people.Town) -> events.Tail:
    return events.Tail(town.context, await events.find_end(town.context))


async def test_each_act_is_told_to_whom_it_concerns(core, town: people.Town, tail):
    creator, haru, riku, yui = await town.members(4)
    everybody = sorted(one.id for one in (creator, haru, riku))
    group = await town.group(creator, [haru, riku])
    said = await messages.post(core, haru, group.id, "Hello")
    await messages.read_history(core, riku, group.id)
    heard = await follow(tail)
    assert short(heard) == [("created", everybody), ("message", everybody), ("read", everybody)]
    assert heard[1].message == said
    assert (heard[2].actor_id, heard[2].message_id) == (riku.id, said.id)

    await threads.revise_group(core, creator, group.id, member_ids=[haru.id, yui.id], title="New")
    assert short(await follow(tail)) == [
        ("left", [riku.id]),
        ("changed", sorted([creator.id, haru.id])),
        ("joined", [yui.id]),
    ]
    await messages.post(core, haru, group.id, "Welcome")
    assert short(await follow(tail)) == [("message", sorted([creator.id, haru.id, yui.id]))]


async def test_what_changes_nothing_is_not_announced(core, town: people.Town, tail):
    one, other = await town.members(2)
    group = await town.group(one, [other])
    await messages.post(core, one, group.id, "Hello", client_id="a")
    await messages.read_history(core, other, group.id)
    await follow(tail)
    await messages.post(core, one, group.id, "Hello", client_id="a")
    await messages.read_history(core, other, group.id)
    await threads.revise_group(core, one, group.id, member_ids=[other.id], title="Poker")
    pair = await threads.open_with(core, one, other.id)
    assert short(await follow(tail)) == [("created", sorted([one.id, other.id]))]
    await threads.open_with(core, other, one.id)
    assert (await messages.read_history(core, other, pair.id)).messages == []
    assert await follow(tail) == []


async def test_an_act_wakes_who_listens_after_its_commit(core, town: people.Town, tail):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    await follow(tail)
    with core.bus.listening() as bell:
        async with core.database.transaction():
            await messages.post(core, one, thread.id, "Hello")
            assert not bell.is_set()
        assert bell.is_set()
        bell.clear()
        with contextlib.suppress(ZeroDivisionError):
            async with core.database.transaction():
                await messages.post(core, one, thread.id, "Never mind")
                raise ZeroDivisionError
        assert not bell.is_set()
    assert [event.kind for event in await follow(tail)] == ["message"]


async def test_the_end_of_sessions_is_told_to_every_process(core, town: people.Town, tail):
    one = await town.member()
    await events.announce_sessions_ended(core, one.id, [7, 8])
    await events.announce_sessions_ended(core, one.id)
    heard = await follow(tail)
    assert short(heard) == [("sessions_ended", [one.id])] * 2
    assert [rows.ended(event.subject) for event in heard] == [[7, 8], None]
    assert await events.list_sessions_ended(core, one.id, since=0) == [[7, 8], None]
    assert await events.list_sessions_ended(core, one.id, since=heard[0].position) == [None]
    # It is no news to a client that comes back.
    assert await replayed(core, one.id) == []


async def test_a_replay_is_what_was_committed_while_one_was_in(core, town: people.Town, tail):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru])
    await messages.post(core, creator, group.id, "before")
    await threads.revise_group(core, creator, group.id, member_ids=[haru.id, riku.id], title=None)
    await messages.post(core, creator, group.id, "within")
    await threads.revise_group(core, creator, group.id, member_ids=[haru.id], title=None)
    await messages.post(core, creator, group.id, "outside")
    await follow(tail)
    # Who left is told only that.
    assert [event.kind for event in await replayed(core, riku.id)] == ["left"]
    await threads.revise_group(core, creator, group.id, member_ids=[haru.id, riku.id], title=None)
    await messages.post(core, creator, group.id, "again")
    await follow(tail)
    heard = await replayed(core, riku.id)
    assert [event.message_text or event.kind for event in heard] == ["joined", "within", "left", "joined", "again"]
    heard = await replayed(core, haru.id)
    assert [event.message_text or event.kind for event in heard] == [
        "created", "before", "changed", "within", "changed", "outside", "changed", "again",
    ]  # fmt: skip
    assert [event.position for event in heard] == sorted(event.position for event in heard)


async def test_what_has_no_place_yet_shows_nobody_more_than_they_are_due(core, town: people.Town, tail):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru])
    await messages.post(core, creator, group.id, "before")
    await follow(tail)
    # Committed, but nobody placed it: riku's interval begins after everything that is in the log.
    await threads.revise_group(core, creator, group.id, member_ids=[haru.id, riku.id], title=None)
    assert await replayed(core, riku.id) == []
    await follow(tail)
    assert [event.kind for event in await replayed(core, riku.id)] == ["joined"]


async def test_a_replay_comes_in_pages(core, town: people.Town, tail):
    one, *others = await town.members(5)
    for other in others:
        thread = await threads.open_with(core, other, one.id)
        for number in range(5):
            await messages.post(core, other, thread.id, str(number))
    await follow(tail)
    whole = await replayed(core, one.id)
    assert len(whole) == 4 * 6
    paged: list[rows.Event] = []
    while page := await replayed(core, one.id, since=paged[-1].position if paged else 0, most=7):
        assert len(page) <= 7
        paged += page
    assert paged == whole
    middle = whole[9].position
    assert await events.replay(core, one.id, since=0, until=middle, most=100) == whole[:10]
    assert await replayed(core, one.id, since=middle) == whole[10:]


async def test_a_cursor_is_known_until_it_is_too_far_behind(core, town: people.Town, tail):
    one, other = await town.members(2)
    start = await events.find_end(core)
    thread = await threads.open_with(core, one, other.id)
    (created,) = await follow(tail)
    core.clock.advance(days=30)
    assert await events.find_known(core, str(start), replay_days=30) == start
    core.clock.advance(seconds=1)
    # What happened after it is too long ago to be told; nothing happened after the other one.
    assert await events.find_known(core, str(start), replay_days=30) is None
    end = events.Cursor(start.epoch, created.position)
    assert await events.find_known(core, str(end), replay_days=30) == end
    await messages.post(core, one, thread.id, "Hello")
    await follow(tail)
    assert await events.find_known(core, str(end), replay_days=30) == end


@pytest.mark.parametrize(
    "text", ["", "-", "x", "1", "{epoch}", "{epoch}-", "{epoch}--1", "{epoch}-1.5", "{epoch}-٣", "{epoch}-" + "9" * 18,
             "{epoch}-" + "9" * 400, "\0", "other-0", "-0", "{epoch}-0 "],
)  # fmt: skip
async def test_what_was_never_handed_out_is_unknown(core, town: people.Town, text: str):
    end = await events.find_end(core)
    assert await events.find_known(core, text.format(epoch=end.epoch), replay_days=30) is None
    assert await events.find_known(core, str(end), replay_days=30) == end


async def test_what_was_forgotten_is_unknown_and_positions_are_never_used_again(
    core, town: people.Town, tail, dsn: str
):
    one, other = await town.members(2)
    await threads.open_with(core, one, other.id)
    start = await events.find_end(core)
    (created,) = await follow(tail)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET ROLE hiroba_server")
        cursor.execute("DELETE FROM events")
        cursor.execute("UPDATE log SET floor = %s", (created.position,))
    assert await events.find_known(core, str(start), replay_days=30) is None
    assert (await events.find_end(core)).position == created.position
    await events.announce_sessions_ended(core, one.id)
    (ended,) = await follow(tail)
    assert ended.position > created.position


async def test_another_database_knows_no_cursor_of_this_one(core, town: people.Town, clone: Callable[[], str]):
    here = await events.find_end(core)
    other = await Database.open(clone(), connections_max=1, acquire_timeout_seconds=5, statement_timeout_seconds=5)
    try:
        elsewhere = people.core(other, core.clock)
        assert (await events.find_end(elsewhere)).epoch != here.epoch
        assert await events.find_known(elsewhere, str(here), replay_days=30) is None
    finally:
        await other.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE messages SET text = 'other words'",
        "DELETE FROM messages",
        "UPDATE events SET kind = 'other'",
        "UPDATE log SET epoch = gen_random_uuid()",
        "DELETE FROM memberships",
    ],
)
def test_the_server_has_no_right_to_change_what_happened(dsn: str, statement: str):
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SET ROLE hiroba_server")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)


async def test_the_log_is_followed_past_a_long_transaction_of_somebody_else(core, town: people.Town, tail, dsn: str):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("CREATE TEMPORARY TABLE busy ON COMMIT DROP AS SELECT 1")
        said = [await messages.post(core, one, thread.id, str(number)) for number in range(3)]
        heard = await follow(tail)
        assert [event.message for event in heard[1:]] == said


async def test_looking_only_at_what_may_still_come_skips_nothing(core, town: people.Town, tail, dsn: str):
    one, other, third = await town.members(3)
    thread, beside = await threads.open_with(core, one, other.id), await threads.open_with(core, one, third.id)
    await follow(tail)
    for _ in range(2):
        await tail.settle()
    async with core.database.transaction():
        late = await messages.post(core, one, thread.id, "late")

        async def others() -> None:
            """As another process, while the first has not committed."""
            with contextlib.closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
                cursor.execute("SELECT message_post(%s, %s, 'early', NULL, now())", (beside.id, third.id))

        await others()
        outside = await Database.open(dsn, connections_max=1, acquire_timeout_seconds=5, statement_timeout_seconds=5)
        second = events.Tail(people.core(outside, core.clock), await events.find_end(core))
        for _ in range(3):
            assert [event.message_text for event in await follow(second)] in (["early"], [])
            # However often it is asked, the log is not complete up to an id that is still open.
            await second.settle()
    assert [event.message for event in await follow(second)] == [late]
    await outside.close()
    assert [event.message_text for event in await follow(tail)] == ["early", "late"]


async def test_what_waits_for_its_place_is_not_passed_over(core, town: people.Town, tail):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    said = await messages.post(core, one, thread.id, "Hello")
    # Nobody looked in between.
    for _ in range(3):
        assert await tail.settle()
    heard = await follow(tail)
    assert [event.message_id for event in heard] == [None, said.id]
    for _ in range(2):
        await tail.settle()
    said = await messages.post(core, one, thread.id, "And?")
    assert [event.message_id for event in await follow(tail)] == [said.id]
