"""Messages that are posted at about the same time share a statement, and nobody pays for anybody else."""

import asyncio

import psycopg2
import pytest

from handlers.core import context as context_
from handlers.core import events, messages, refusals
from storage import events as rows
from storage import posting
from tests import people


@pytest.fixture
async def tail(town: people.Town) -> events.Tail:
    return events.Tail(town.context, await events.find_end(town.context))


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all that is written together from now on."""
    sizes: list[int] = []
    write = posting.Posting._write

    async def counted(self: posting.Posting, chosen: list[posting.Asked]) -> None:
        sizes.append(len(chosen))
        await write(self, chosen)

    monkeypatch.setattr(posting.Posting, "_write", counted)
    return sizes


async def follow(tail: events.Tail) -> list[rows.Followed]:
    heard: list[rows.Followed] = []
    while page := await tail.advance():
        tail.position = page[-1].position
        heard += page
    return heard


async def test_what_is_said_in_one_turn_is_written_together(core, town: people.Town, tail, batches: list[int]):
    john, haru = await town.members(2)
    groups = [await town.group(john, [haru], title=f"{number}") for number in range(5)]
    await follow(tail)
    said = await asyncio.gather(*(messages.post(core, haru, one.id, f"in {one.id}") for one in groups))
    assert batches == [5]
    assert [one.text for one in said] == [f"in {one.id}" for one in groups]
    heard = await follow(tail)
    assert [(one.thread_id, one.message) for one in heard] == list(zip([one.id for one in groups], said, strict=True))
    for group, message in zip(groups, said, strict=True):
        assert (await messages.read_history(core, john, group.id)).messages == [message]


async def test_who_is_no_member_is_told_so_and_the_others_are_heard(core, town: people.Town, tail, batches: list[int]):
    john, haru, riku = await town.members(3)
    ours, theirs = await town.group(john, [haru]), await town.group(riku, [haru])
    asked = [(ours.id, "to us"), (theirs.id, "to them"), (2**62, "to nobody")]
    outcomes = await asyncio.gather(
        *(messages.post(core, john, thread_id, text) for thread_id, text in asked), return_exceptions=True
    )
    assert batches == [3]
    assert [type(one) for one in outcomes[1:]] == [refusals.NotEntitled] * 2
    heard = [event.message.text for event in await follow(tail) if event.kind == "message"]
    assert heard == ["to us"]


async def test_a_thread_in_which_many_speak_at_once_hears_each_once(core, town: people.Town, tail):
    john, haru = await town.members(2)
    group, other = await town.group(john, [haru]), await town.group(haru, [john])
    await follow(tail)
    said = await asyncio.gather(
        *(messages.post(core, (john, haru)[n % 2], (group, group, other)[n % 3].id, f"{n}") for n in range(30))
    )
    assert [int(one.text) for one in said] == list(range(30))
    for thread in (group, other):
        heard = [event.message for event in await follow_all(core, john.id) if event.thread_id == thread.id]
        history = (await messages.read_history(core, john, thread.id)).messages
        assert heard == history == sorted(history, key=lambda one: one.id)
        assert {one.text for one in history} == {f"{n}" for n in range(30) if (n % 3 == 2) is (thread is other)}
        assert len(history) == (10 if thread is other else 20)


async def follow_all(core: context_.Context, account_id: int) -> list[rows.Event]:
    await rows.advance(core.database, since=0, low=0)
    page = await rows.replay(core.database, account_id=account_id, since=0, until=2**62, most=1000)
    return [event for event in page if event.kind == "message"]


async def test_a_thread_that_somebody_holds_keeps_only_its_own_waiting(core, town: people.Town, dsn: str):
    john, haru = await town.members(2)
    held, free = await town.group(john, [haru]), await town.group(john, [haru])
    holder = psycopg2.connect(dsn)
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT FROM threads WHERE id = %s FOR UPDATE", [held.id])
        waiting = asyncio.create_task(messages.post(core, john, held.id, "late"))
        assert (await messages.post(core, john, free.id, "at once")).text == "at once"
        assert not waiting.done()
        assert (await messages.post(core, haru, free.id, "and again")).text == "and again"
        holder.rollback()
        assert (await waiting).text == "late"
    finally:
        holder.close()


async def test_what_cannot_be_written_fails_alone(core, town: people.Town, batches: list[int]):
    john, haru = await town.members(2)
    one, other = await town.group(john, [haru]), await town.group(haru, [john])
    # No request comes so far with such a text.
    broken, fine = await asyncio.gather(
        messages.post(core, john, one.id, "\0"), messages.post(core, john, other.id, "fine"), return_exceptions=True
    )
    assert batches == [2]
    assert isinstance(broken, ValueError)
    assert fine.text == "fine"


async def test_who_gives_up_keeps_nobody_waiting(core, town: people.Town):
    john, haru = await town.members(2)
    one, other = await town.group(john, [haru]), await town.group(haru, [john])
    given_up = asyncio.create_task(messages.post(core, john, one.id, "never mind"))
    said = asyncio.create_task(messages.post(core, haru, other.id, "heard"))
    await asyncio.sleep(0)
    given_up.cancel()
    assert (await said).text == "heard"
    assert given_up.cancelled() or (await asyncio.wait([given_up]))
    # Whole, for it was under way; and whoever comes next is served.
    assert [text.text for text in (await messages.read_history(core, haru, one.id)).messages] in ([], ["never mind"])
    assert (await messages.post(core, john, one.id, "next")).text == "next"


async def test_inside_a_transaction_a_message_belongs_to_it(core, town: people.Town, batches: list[int]):
    john, haru = await town.members(2)
    group = await town.group(john, [haru])

    class UndoneError(Exception):
        pass

    with pytest.raises(UndoneError):
        async with core.database.transaction():
            await messages.post(core, john, group.id, "undone")
            raise UndoneError
    assert (await messages.read_history(core, john, group.id)).messages == []
    assert batches == []


async def test_positions_have_no_gap_and_no_double_beside_other_acts(core, town: people.Town, tail):
    john, *others = await town.members(6)
    groups = [await town.group(john, others) for _ in range(6)]
    start = tail.position
    heard: list[rows.Followed] = []

    async def talk(number: int) -> None:
        for turn in range(15):
            said = await messages.post(core, others[number % 5], groups[number].id, f"{number} {turn}")
            # Another kind of event, which is given its position later.
            await messages.mark_read(core, john, groups[number].id, said.id)

    async def listen(talks: asyncio.Future[list[None]]) -> None:
        while not talks.done():
            heard.extend(await follow(tail))
        heard.extend(await follow(tail))

    talks = asyncio.gather(*map(talk, range(6)))
    await listen(talks)
    await talks
    heard.extend(await follow(tail))
    counted = [event for event in heard if event.kind != "created"]
    assert len(counted) == 2 * 6 * 15
    assert [event.position for event in heard] == list(range(start + 1, start + len(heard) + 1))
    for group in groups:
        ids = [event.id for event in heard if event.thread_id == group.id]
        assert ids == sorted(ids)
