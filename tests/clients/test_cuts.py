"""Lines whose cable breaks at random: nothing is lost, nothing is told twice, and what was posted is there once."""

import asyncio
import contextlib
import random

import hiroba_client
from hiroba_client import frames
from tests.clients import cables, people

SEED = 20_240_614
LISTENERS = 4
WRITERS = 3
MESSAGES_EACH = 40


async def test_nothing_is_lost_or_told_twice(town: people.Town) -> None:
    chance = random.Random(SEED)
    async with cables.Cable(town.url, chance, bytes_max=6_000).laid() as cable:
        cable.is_frayed = False
        writers = [await town.join(f"writer{number}", url=cable.url) for number in range(WRITERS)]
        listeners = [await town.join(f"listener{number}", url=cable.url) for number in range(LISTENERS)]
        others = [one.id for one in (*writers[1:], *listeners)]
        threads = [(await writers[0].client.community.open_group(others, title=f"group {n}")).id for n in range(3)]
        lines = [await town.line(one.client) for one in (*writers, *listeners)]
        cable.is_frayed = True
        cable.cut()

        async def write(line: hiroba_client.Line, name: int) -> list[int]:
            return [(await line.post(threads[number % 3], f"{name} {number}")).id for number in range(MESSAGES_EACH)]

        expected = WRITERS * MESSAGES_EACH
        posted, *heard = await asyncio.gather(
            asyncio.gather(*(write(line, name) for name, line in enumerate(lines[:WRITERS]))),
            *(collect(line, expected) for line in lines),
        )
        cable.is_frayed = False
        histories = {thread: await writers[0].client.community.messages(thread) for thread in threads}

    acknowledged = [message_id for ids in posted for message_id in ids]
    stored = [message.id for history in histories.values() for message in history]
    assert sorted(acknowledged) == sorted(stored)
    assert len(set(stored)) == expected
    for frames_heard in heard:
        for thread, history in histories.items():
            assert [one.message for one in frames_heard if one.thread_id == thread] == history
    assert cable.cuts > len(lines) * 3, "the cable was too good for this to say anything"


async def collect(line: hiroba_client.Line, count: int) -> list[frames.Message]:
    """The next so many messages, and whatever comes within a moment after them."""
    heard: list[frames.Message] = []
    async with asyncio.timeout(60):
        async for frame in line:
            if isinstance(frame, frames.Message):
                heard.append(frame)
                if len(heard) == count:
                    break
    with contextlib.suppress(TimeoutError):
        heard.append(await asyncio.wait_for(people.next_of(line, frames.Message), 0.3))
    return heard


async def test_calls_over_a_bad_cable_are_done_once(town: people.Town) -> None:
    chance = random.Random(SEED)
    async with cables.Cable(town.url, chance, bytes_max=4_000).laid() as cable:
        cable.is_frayed = False
        haru = (await town.join("haru", url=cable.url)).client
        riku = await town.join("riku")
        thread = await haru.community.open_thread_with(riku.id)
        cable.is_frayed = True
        cable.cut()
        said = [await haru.community.post(thread.id, str(number)) for number in range(25)]
        ads = [
            await haru.community.publish_ad(type="GIVE", title=str(number), description="", amount=1)
            for number in range(10)
        ]
        assert cable.cuts > 5
    assert await riku.client.community.messages(thread.id) == said
    assert [ad.id for ad in await riku.client.community.ads()] == [ad.id for ad in ads]


async def test_a_line_that_falls_silent_is_given_up_for_another(town: people.Town, monkeypatch) -> None:
    monkeypatch.setattr("hiroba_client.errands.ANSWER_SECONDS_MAX", 0.2)
    async with cables.Cable(town.url, random.Random(SEED), bytes_max=2).laid() as cable:
        cable.is_frayed = False
        haru = (await town.join("haru", url=cable.url)).client
        line = await town.line(haru)
        await line.ping()
        cable.silence()
        await asyncio.wait_for(line.ping(), 10)
        assert line.connections == 2
