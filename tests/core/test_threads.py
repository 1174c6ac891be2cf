"""Threads: who comes into one, who may see it, and what it shows. Contract, 3."""

import asyncio
import datetime

import pytest

from handlers.core import accounts, ads, audit, messages, refusals, threads
from handlers.core import context as context_
from storage import ads as ad_rows
from tests import people

ALL = 10_001


async def texts(core: context_.Context, reader, thread_id: int, **page) -> list[str]:
    history = await messages.read_history(core, reader, thread_id, **page)
    return [message.text for message in history.messages]


async def test_a_thread_for_an_ad_is_of_two_and_keeps_the_title(core, town: people.Town):
    author, asker = await town.members(2)
    ad = await town.ad(author)
    thread = await threads.open_for_ad(core, asker, ad.id)
    assert (thread.kind, thread.title, thread.is_group) == ("ad", "House cleaning", False)
    assert thread.creator.id == asker.id
    assert [one.id for one in thread.parties] == [author.id]
    assert thread.ad == ad
    assert thread.last_message is None
    assert await threads.open_for_ad(core, asker, ad.id) == thread

    await ad_rows.delete_by_author(core.database, author.id)
    left = await threads.find(core, asker, thread.id)
    assert left.ad is None
    assert left.title == "House cleaning"
    with pytest.raises(refusals.NotEntitled):
        await threads.open_for_ad(core, asker, ad.id)


async def test_each_asker_has_their_own_thread_for_an_ad(core, town: people.Town):
    author, one, other = await town.members(3)
    ad = await town.ad(author)
    assert (await threads.open_for_ad(core, one, ad.id)).id != (await threads.open_for_ad(core, other, ad.id)).id


async def test_whose_ad_it_is_and_where_decides(core, town: people.Town):
    author, stranger = await town.member(), await town.member(community_id=town.shibuya)
    nobody = await town.member(community_id=None)
    ad = await town.ad(author)
    with pytest.raises(refusals.OwnAd):
        await threads.open_for_ad(core, author, ad.id)
    with pytest.raises(refusals.NotEntitled):
        await threads.open_for_ad(core, stranger, ad.id)
    with pytest.raises(refusals.NotEntitled):
        await threads.open_for_ad(core, author, ad.id + 1)
    with pytest.raises(refusals.NoCommunity):
        await threads.open_for_ad(core, nobody, ad.id)


async def test_two_people_have_one_private_thread_whoever_asks(core, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(core, one, other.id)
    again = await threads.open_with(core, other, one.id)
    assert again.id == thread.id
    assert again.creator.id == one.id
    assert again.title is None
    assert not again.is_group


async def test_a_private_thread_is_with_somebody_else_of_the_community(core, town: people.Town):
    one, gone = await town.members(2)
    stranger = await town.member(community_id=town.shibuya)
    with pytest.raises(refusals.WithYourself):
        await threads.open_with(core, one, one.id)
    for other_id in (stranger.id, gone.id + 1_000, 2**63 - 1):
        with pytest.raises(refusals.NotEntitled):
            await threads.open_with(core, one, other_id)
    with pytest.raises(refusals.NoCommunity):
        await threads.open_with(core, await town.member(community_id=None), one.id)
    thread = await threads.open_with(core, one, gone.id)
    await accounts.delete(core, audit.COMMAND_LINE, gone.id)
    # What there was stays; nothing new begins with somebody who is gone.
    assert (await threads.open_with(core, one, gone.id)).id == thread.id
    with pytest.raises(refusals.NotEntitled):
        await threads.open_with(core, await town.member(), gone.id)


async def test_a_group_has_its_creator_and_each_other_once_in_the_order_given(core, town: people.Town):
    creator, haru, riku = await town.members(3)
    thread = await threads.open_group(core, creator, member_ids=[riku.id, haru.id, riku.id, creator.id], title="Title")
    assert thread.is_group
    assert thread.title == "Title"
    assert thread.creator.id == creator.id
    assert [one.id for one in thread.parties] == [riku.id, haru.id]
    assert (await threads.open_group(core, creator, member_ids=[haru.id], title=None)).title == ""


async def test_a_group_needs_others_all_of_the_community(core, town: people.Town):
    creator, haru, gone = await town.members(3)
    stranger = await town.member(community_id=town.shibuya)
    await accounts.delete(core, audit.COMMAND_LINE, gone.id)
    for member_ids in ([], [creator.id]):
        with pytest.raises(refusals.NobodyElse):
            await threads.open_group(core, creator, member_ids=member_ids, title="")
    for wrong in (stranger.id, gone.id, 10**6, 0, -1, 2**63, 10**30):
        with pytest.raises(refusals.NotEntitled):
            await threads.open_group(core, creator, member_ids=[haru.id, wrong], title="")
    with pytest.raises(refusals.Invalid):
        await threads.open_group(core, creator, member_ids=[haru.id], title="x" * 501)
    with pytest.raises(refusals.Invalid):
        await threads.open_group(core, creator, member_ids=list(range(1, 10_002)), title="")
    assert await threads.browse(core, creator, most=ALL) == []


async def test_a_group_is_brought_to_its_final_state(core, town: people.Town):
    creator, haru, riku, yui = await town.members(4)
    group = await town.group(creator, [haru, riku])
    revised = await threads.revise_group(core, haru, group.id, member_ids=[yui.id], title="New title")
    assert revised.title == "New title"
    # Neither the creator nor whoever asks needs to be named.
    assert [one.id for one in revised.parties] == [haru.id, yui.id]
    assert revised.creator.id == creator.id
    kept = await threads.revise_group(core, creator, group.id, member_ids=[haru.id, yui.id], title=None)
    assert kept == revised
    alone = await threads.revise_group(core, creator, group.id, member_ids=[], title="Alone")
    assert alone.parties == []


async def test_a_group_is_revised_by_its_members_and_with_its_community(core, town: people.Town):
    creator, haru, outsider, gone = await town.members(4)
    stranger = await town.member(community_id=town.shibuya)
    group = await town.group(creator, [haru, gone])
    await accounts.delete(core, audit.COMMAND_LINE, gone.id)
    for asker, member_ids in ((outsider, [outsider.id]), (creator, [haru.id, stranger.id]), (creator, [10**7])):
        with pytest.raises(refusals.NotEntitled):
            await threads.revise_group(core, asker, group.id, member_ids=member_ids, title="Mine")
    with pytest.raises(refusals.NotEntitled):
        await threads.revise_group(core, creator, group.id + 1, member_ids=[], title="")
    # Who was in it and left the server stays in it, as long as they are named.
    revised = await threads.revise_group(core, creator, group.id, member_ids=[haru.id, gone.id], title="New")
    assert [one.id for one in revised.parties] == [haru.id, gone.id]
    assert revised.parties[1].deleted_at is not None
    pair = await threads.open_with(core, creator, haru.id)
    with pytest.raises(refusals.PrivateThread):
        await threads.revise_group(core, creator, pair.id, member_ids=[outsider.id], title="No")
    with pytest.raises(refusals.NotEntitled):
        await threads.revise_group(core, outsider, pair.id, member_ids=[outsider.id], title="No")


async def test_who_is_taken_out_loses_everything_at_once(core, town: people.Town):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru, riku])
    said = await messages.post(core, creator, group.id, "Hello")
    await threads.revise_group(core, creator, group.id, member_ids=[haru.id], title=None)
    for act in (
        threads.find(core, riku, group.id),
        messages.read_history(core, riku, group.id),
        messages.post(core, riku, group.id, "Still here"),
        messages.mark_read(core, riku, group.id, said.id),
        threads.revise_group(core, riku, group.id, member_ids=[riku.id], title=None),
        threads.list_members(core, riku, group.id),
    ):
        with pytest.raises(refusals.NotEntitled):
            await act
    assert await threads.browse(core, riku, most=ALL) == []
    assert await threads.count_unread(core, riku) == 0


async def test_nobody_else_gets_into_a_thread(core, town: people.Town):
    one, other, outsider = await town.members(3)
    thread = await threads.open_with(core, one, other.id)
    said = await messages.post(core, one, thread.id, "Hello")
    for act in (
        threads.find(core, outsider, thread.id),
        messages.read_history(core, outsider, thread.id),
        messages.post(core, outsider, thread.id, "Hello"),
        messages.mark_read(core, outsider, thread.id, said.id),
        messages.post(core, one, thread.id + 1, "Hello"),
        messages.read_history(core, one, thread.id + 1),
    ):
        with pytest.raises(refusals.NotEntitled):
            await act


async def test_a_for_ad_thread_asked_for_twice_at_once_is_one(core, town: people.Town):
    author, asker = await town.members(2)
    for _ in range(10):
        ad = await town.ad(author)
        found = await asyncio.gather(*(threads.open_for_ad(core, asker, ad.id) for _ in range(4)))
        assert len({thread.id for thread in found}) == 1


async def test_a_pair_made_by_both_at_once_is_one(core, town: people.Town):
    for _ in range(10):
        one, other = await town.members(2)
        found = await asyncio.gather(
            threads.open_with(core, one, other.id),
            threads.open_with(core, other, one.id),
            threads.open_with(core, one, other.id),
        )
        assert len({thread.id for thread in found}) == 1


async def test_the_last_message_is_of_somebody_who_is_still_there(core, town: people.Town):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru, riku])
    first = await messages.post(core, haru, group.id, "Stays")
    second = await messages.post(core, riku, group.id, "Goes")
    third = await messages.post(core, riku, group.id, "Goes too")
    assert (await threads.find(core, creator, group.id)).last_message == third
    without = await threads.revise_group(core, creator, group.id, member_ids=[haru.id], title=None)
    assert without.last_message == first
    # What was said stays said.
    assert await texts(core, creator, group.id) == ["Stays", "Goes", "Goes too"]
    nobody = await threads.revise_group(core, creator, group.id, member_ids=[], title=None)
    assert nobody.last_message is None
    back = await threads.revise_group(core, creator, group.id, member_ids=[riku.id, haru.id], title=None)
    assert back.last_message == third
    assert second.id < third.id


async def test_threads_are_listed_by_their_last_message_else_creation(core, town: people.Town):
    one, *others = await town.members(4)
    minute = datetime.timedelta(minutes=1)
    pairs = []
    for other in others:
        core.clock.advance(minutes=1)
        pairs.append(await threads.open_with(core, one, other.id))
    core.clock.advance(minutes=1)
    group = await town.group(one, others)
    listed = await threads.browse(core, one, most=ALL)
    assert [thread.id for thread in listed] == [group.id]  # private threads without a message are hidden
    for pair in pairs:
        core.clock.advance(minutes=1)
        await messages.post(core, one, pair.id, "Hello")
    core.clock.advance(minutes=1)
    await messages.post(core, others[0], pairs[0].id, "Hi!")
    order = [pairs[0].id, pairs[2].id, pairs[1].id, group.id]
    listed = await threads.browse(core, one, most=ALL)
    assert [thread.id for thread in listed] == order
    assert listed[0].last_message.created_at - listed[1].last_message.created_at == minute

    async def ids(**page) -> list[int]:
        return [thread.id for thread in await threads.browse(core, one, **page)]

    assert await ids(most=2) == order[:2]
    assert await ids(most=2, after=order[0]) == order[1:3]
    assert await ids(most=2, after=order[3]) == []
    assert await ids(most=2, before=order[3]) == order[1:3]
    assert await ids(most=2, before=order[0]) == []
    assert await ids(most=2, after=10**6) == []
    assert [thread.id for thread in await threads.browse(core, others[1], most=ALL)] == [pairs[1].id, group.id]


async def test_an_ad_is_shown_to_both_and_a_deleted_account_stays_a_party(core, town: people.Town):
    author, asker = await town.members(2)
    ad = await town.ad(author)
    thread = await threads.open_for_ad(core, asker, ad.id)
    await messages.post(core, asker, thread.id, "Still there?")
    (seen,) = await threads.browse(core, author, most=ALL)
    assert seen.ad == await ads.find(core, author, ad.id)
    await accounts.delete(core, audit.COMMAND_LINE, asker.id)
    (seen,) = await threads.browse(core, author, most=ALL)
    assert seen.creator.id == asker.id
    assert seen.creator.deleted_at is not None
    assert seen.last_message.text == "Still there?"


async def test_a_removal_and_a_post_at_once_end_one_way_or_the_other(core: context_.Context, town: people.Town):
    creator, haru, riku = await town.members(3)
    for _ in range(20):
        group = await town.group(creator, [haru, riku])
        outcomes = await asyncio.gather(
            threads.revise_group(core, creator, group.id, member_ids=[haru.id], title=None),
            messages.post(core, riku, group.id, "In time?"),
            return_exceptions=True,
        )
        last = (await threads.find(core, creator, group.id)).last_message
        assert last is None  # in time or not: its author is gone
        said = await texts(core, creator, group.id)
        assert said == ([] if isinstance(outcomes[1], refusals.NotEntitled) else ["In time?"])
