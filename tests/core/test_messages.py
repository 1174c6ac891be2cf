"""Messages: said once, read in pages, and unread until they are fetched. Contract, 3."""

import asyncio

import pytest

from handlers.core import context as context_
from handlers.core import messages, refusals, threads
from tests import people

ALL = 10_001


async def texts(core: context_.Context, reader, thread_id: int, **page) -> list[str]:
    history = await messages.read_history(core, reader, thread_id, **page)
    return [message.text for message in history.messages]


async def test_messages_are_read_oldest_first_in_pages(core, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    assert await texts(core, one, thread.id) == []
    said = [await messages.post(core, one, thread.id, str(number)) for number in range(7)]
    assert await texts(core, one, thread.id) == list("0123456")
    assert await texts(core, one, thread.id, limit=3) == list("456")
    assert await texts(core, one, thread.id, limit=3, before=said[4].id) == list("123")
    assert await texts(core, one, thread.id, limit=3, after=said[1].id) == list("234")
    assert await texts(core, one, thread.id, after=said[1].id, before=said[3].id) == list("2")
    assert await texts(core, one, thread.id, after=said[6].id) == []
    assert await texts(core, one, thread.id, before=said[0].id) == []
    history = await messages.read_history(core, other, thread.id, limit=1)
    assert history.messages == [said[6]]
    assert said[6].author_id == one.id
    assert said[6].created_at == core.clock.now()


async def test_without_a_limit_the_newest_are_answered_and_it_is_said_that_there_is_more(
    core, town: people.Town, monkeypatch
):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    said = [await messages.post(core, one, thread.id, str(number)) for number in range(6)]
    monkeypatch.setattr(messages, "HISTORY_MESSAGES_MAX", 5)
    history = await messages.read_history(core, one, thread.id)
    assert [message.text for message in history.messages] == list("12345")
    assert history.is_truncated
    forward = await messages.read_history(core, one, thread.id, after=said[0].id - 1)
    assert [message.text for message in forward.messages] == list("01234")
    assert forward.is_truncated
    assert not (await messages.read_history(core, one, thread.id, before=said[5].id)).is_truncated
    assert not (await messages.read_history(core, one, thread.id, limit=5)).is_truncated


@pytest.mark.parametrize("text", ["", "x" * 10_001])
async def test_a_message_has_1_to_10000_characters(core, town: people.Town, text: str):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    with pytest.raises(refusals.Invalid):
        await messages.post(core, one, thread.id, text)
    assert len((await messages.post(core, one, thread.id, "あ" * 10_000)).text) == 10_000


async def test_the_same_client_id_makes_one_message(core, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    first = await messages.post(core, one, thread.id, "Hello", client_id="a")
    again = await asyncio.gather(
        *(messages.post(core, one, thread.id, text, client_id="a") for text in ("Hello", "Other words"))
    )
    assert again == [first, first]
    assert (await messages.post(core, other, thread.id, "Hello", client_id="a")).id != first.id
    assert (await messages.post(core, one, thread.id, "Hello", client_id="b")).id != first.id
    assert (await messages.post(core, one, thread.id, "Hello")).id != first.id
    assert await texts(core, one, thread.id) == ["Hello"] * 4
    for client_id in ("", "x" * 256):
        with pytest.raises(refusals.Invalid):
            await messages.post(core, one, thread.id, "Hello", client_id=client_id)


async def test_twice_at_once_under_one_client_id_is_once(core, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    said = await asyncio.gather(*(messages.post(core, one, thread.id, "Hello", client_id="a") for _ in range(8)))
    assert len({message.id for message in said}) == 1
    assert await texts(core, one, thread.id) == ["Hello"]


async def is_unread(core: context_.Context, viewer, thread_id: int) -> bool:
    """In every view alike."""
    thread = await threads.find(core, viewer, thread_id)
    (listed,) = [one for one in await threads.browse(core, viewer, most=ALL) if one.id == thread_id]
    (shared,) = (await threads.find_shared(core, thread_id, [viewer.id])).values()
    counted = await threads.count_unread(core, viewer)
    assert listed == thread == shared
    assert (await threads.list_unread(core, viewer.id)).get(thread_id) == thread.unread_message_id
    assert counted == (thread.unread_message_id is not None)
    return thread.unread_message_id is not None


async def test_what_others_said_is_unread_until_messages_are_fetched(core, town: people.Town):
    one, other, third = await town.members(3)
    thread = await town.group(one, [other, third])
    assert not await is_unread(core, one, thread.id)
    await messages.post(core, one, thread.id, "Hello")
    assert [await is_unread(core, who, thread.id) for who in (one, other, third)] == [False, True, True]
    await messages.read_history(core, other, thread.id)
    assert [await is_unread(core, who, thread.id) for who in (one, other, third)] == [False, False, True]
    await messages.post(core, other, thread.id, "Hi!")
    assert [await is_unread(core, who, thread.id) for who in (one, other, third)] == [True, False, True]
    # Saying something oneself reads nothing.
    await messages.post(core, one, thread.id, "How are you?")
    assert [await is_unread(core, who, thread.id) for who in (one, other, third)] == [True, True, True]
    await messages.read_history(core, one, thread.id)
    assert not await is_unread(core, one, thread.id)


async def test_own_messages_never_make_a_thread_unread(core, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    for _ in range(3):
        await messages.post(core, one, thread.id, "Hello?")
    assert not await is_unread(core, one, thread.id)
    await messages.post(core, other, thread.id, "Yes")
    await messages.read_history(core, one, thread.id)
    for _ in range(2):
        await messages.post(core, one, thread.id, "Good")
    assert not await is_unread(core, one, thread.id)


async def test_fetching_older_messages_reads_nothing_and_a_page_reads_as_far_as_it_goes(core, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    said = [await messages.post(core, one, thread.id, str(number)) for number in range(4)]
    await messages.read_history(core, other, thread.id, before=said[3].id)
    assert await is_unread(core, other, thread.id)
    await messages.read_history(core, other, thread.id, after=said[0].id, limit=2)
    assert await is_unread(core, other, thread.id)
    await messages.read_history(core, other, thread.id, limit=1)
    assert not await is_unread(core, other, thread.id)


async def test_a_mark_only_moves_forward_and_to_messages_of_the_thread(core, town: people.Town):
    one, other, third = await town.members(3)
    thread = await threads.open_with(core, one, other.id)
    elsewhere = await threads.open_with(core, one, third.id)
    said = [await messages.post(core, one, thread.id, str(number)) for number in range(3)]
    foreign = await messages.post(core, one, elsewhere.id, "Elsewhere")
    assert await messages.mark_read(core, other, thread.id, said[1].id) == said[1].id
    assert await messages.mark_read(core, other, thread.id, said[0].id) == said[1].id
    for message_id in (foreign.id, 10**9):
        with pytest.raises(refusals.NotEntitled):
            await messages.mark_read(core, other, thread.id, message_id)
    assert await is_unread(core, other, thread.id)
    assert await messages.mark_read(core, other, thread.id, said[2].id) == said[2].id
    assert not await is_unread(core, other, thread.id)


async def test_who_comes_back_has_read_what_they_had_read(core, town: people.Town):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru, riku])
    await messages.post(core, creator, group.id, "1")
    await messages.read_history(core, haru, group.id)
    await threads.revise_group(core, creator, group.id, member_ids=[riku.id], title=None)
    await threads.revise_group(core, creator, group.id, member_ids=[riku.id, haru.id], title=None)
    assert not await is_unread(core, haru, group.id)
    await threads.revise_group(core, creator, group.id, member_ids=[riku.id], title=None)
    await messages.post(core, creator, group.id, "2")
    await threads.revise_group(core, creator, group.id, member_ids=[riku.id, haru.id], title=None)
    assert await is_unread(core, haru, group.id)
    assert await texts(core, haru, group.id) == ["1", "2"]
