"""Whoever comes back: what was missed, in order, ahead of what is new. Contract, 8."""

import asyncio

import msgspec
import pytest

from handlers.core import messages, threads
from handlers.rest import writing
from tests import people
from tests.live.conftest import Live, Phone, Serve


def shown(value) -> dict:
    """A community answer as JSON."""
    return msgspec.json.decode(writing.encoded(value))


async def resumed(live: Live, phone: Phone) -> Phone:
    """The same account again, from where the phone was, when all that happened meanwhile is in the log."""
    await live.settled()
    again = await live.connect(phone.account, since=phone.cursor)
    hello = await again.hear()
    assert (hello["type"], hello["resumed"], hello["cursor"]) == ("hello", True, phone.cursor)
    return again


async def test_what_was_missed_follows_in_order_ahead_of_what_is_new(live: Live, town: people.Town):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru, riku])
    phone = await live.greeted(haru)
    await messages.post(live.core, creator, group.id, "heard")
    await phone.hear_of("message", "unread")
    await phone.hang_up()
    for text in "abc":
        await messages.post(live.core, creator, group.id, text)
    await threads.revise_group(live.core, creator, group.id, member_ids=[haru.id], title="New")
    await messages.read_history(live.core, haru, group.id)
    again = await resumed(live, phone)
    heard = await again.hear_of("message", "message", "message", "thread", "read")
    assert [frame["message"]["text"] for frame in heard[:3]] == list("abc")
    assert (heard[3]["change"], heard[3]["thread"]["title"]) == ("changed", "New")
    # Its number has changed while it was away, too.
    assert await again.hear() == {"type": "unread", "unreadThreads": 0}
    await messages.post(live.core, creator, group.id, "new")
    assert (await again.hear_of("message"))[0]["message"]["text"] == "new"
    # From any frame it can go on.
    for index, frame in enumerate(heard):
        later = await live.connect(haru, since=frame["cursor"])
        await later.hear_of("hello")
        rest = [await later.hear() for _ in range(len(heard) - index)]
        assert [one["cursor"] for one in rest[:-1]] == [one["cursor"] for one in heard[index + 1 :]]
        assert rest[-1]["message"]["text"] == "new"
        await later.hang_up()


async def test_whoever_missed_nothing_resumes_with_nothing(live: Live, town: people.Town):
    phone = await live.greeted(await town.member())
    await phone.hang_up()
    again = await resumed(live, phone)
    await again.hear_nothing_else()


async def test_of_a_thread_that_was_left_only_that_is_told(live: Live, town: people.Town):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru, riku])
    phone = await live.greeted(riku)
    await phone.hang_up()
    await messages.post(live.core, creator, group.id, "not for riku any more")
    await threads.revise_group(live.core, creator, group.id, member_ids=[haru.id], title=None)
    await messages.post(live.core, creator, group.id, "nor this")
    again = await resumed(live, phone)
    frame = (await again.hear_of("thread"))[0]
    assert (frame["change"], frame["thread"]) == ("left", {"id": group.id})
    assert (await again.hear_of("unread"))[0]["unreadThreads"] == 0
    await again.hear_nothing_else()


@pytest.mark.parametrize("since", ["", "nonsense", "0123456789abcdef0123456789abcdef-0", "%00", "-1"])
async def test_an_unknown_cursor_means_load_everything_anew(live: Live, town: people.Town, since: str):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.connect(one, since=since)
    hello, resync = await phone.hear_of("hello", "resync")
    assert hello["resumed"] is False
    assert resync == {"type": "resync"}
    await messages.post(live.core, other, thread.id, "Hello")
    assert (await phone.hear_until("message"))[-1]["message"]["text"] == "Hello"
    await phone.hang_up()
    assert (await live.connect(one, since=hello["cursor"])).cursor == ""


async def test_too_far_behind_means_load_everything_anew(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(one)
    await phone.hang_up()
    await messages.post(live.core, other, thread.id, "Hello")
    live.core.clock.advance(days=31)
    again = await live.connect(one, since=phone.cursor)
    assert (await again.hear_of("hello", "resync"))[0]["resumed"] is False


async def test_a_long_absence_is_told_in_pages_while_more_happens(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(one)
    await phone.hang_up()
    text = "x" * 2_000
    said = [await messages.post(live.core, other, thread.id, f"{number} {text}") for number in range(350)]
    again = await resumed(live, phone)

    async def go_on() -> None:
        for number in range(350, 500):
            message = await messages.post(live.core, other, thread.id, f"{number} {text}")
            said.append(message)

    going_on = asyncio.create_task(go_on())
    heard: list[int] = []
    while len(heard) < 500:
        frame = await again.hear()
        if frame["type"] == "message":
            heard.append(frame["message"]["id"])
    await going_on
    assert heard == [message.id for message in said]


async def test_commands_are_done_while_what_was_missed_is_told(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(one)
    await phone.hang_up()
    for number in range(150):
        await messages.post(live.core, other, thread.id, str(number))
    again = await resumed(live, phone)
    await again.say(type="post", ref="a", threadId=thread.id, text="mine")
    frames = [await again.hear() for _ in range(153)]
    texts = [frame["message"]["text"] for frame in frames if frame["type"] == "message"]
    assert texts == [*map(str, range(150)), "mine"]
    assert [frame["ref"] for frame in frames if frame["type"] == "ack"] == ["a"]


async def test_a_cursor_of_a_process_that_is_further_repeats_nothing(serve: Serve, town: people.Town, core):
    one, other = await town.members(2)
    ahead = await serve()
    thread = await threads.open_with(ahead.core, one, other.id)
    phone = await ahead.greeted(one)
    behind = await serve(people.core(core.database, core.clock))
    await messages.post(ahead.core, other, thread.id, "Hello")
    await phone.hear_of("message", "unread")
    # Nobody woke the other one, which is about to look.
    moved = await behind.connect(one, since=phone.cursor)
    assert (await moved.hear())["resumed"] is True
    said = await messages.post(behind.core, other, thread.id, "And?")
    frame = await moved.hear()
    assert frame["message"]["id"] == said.id
