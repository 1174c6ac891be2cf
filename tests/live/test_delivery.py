"""What happens is told to whom it concerns, at once, whichever process it happens in. Contract, 8."""

import asyncio

import msgspec

from handlers.community import outputs
from handlers.core import messages, threads
from handlers.rest import writing
from tests import people
from tests.live.conftest import Live, Serve


def shown(value) -> dict:
    """A community answer as JSON."""
    return msgspec.json.decode(writing.encoded(value))


async def test_a_message_is_told_to_all_who_are_in_the_thread(live: Live, town: people.Town):
    creator, haru, outsider = await town.members(3)
    group = await town.group(creator, [haru])
    phones = [await live.greeted(one) for one in (creator, creator, haru)]
    beside = await live.greeted(outsider)
    said = await messages.post(live.core, creator, group.id, "Hello")
    for phone in phones:
        frame = await phone.hear()
        cursor = frame.pop("cursor")
        assert frame == {"type": "message", "threadId": group.id, "message": shown(outputs.message(said))}
        assert cursor == str(live.hub.cursor)
    assert await phones[2].hear() == {"type": "unread", "unreadThreads": 1}
    for phone in (*phones, beside):
        await phone.hear_nothing_else()


async def test_a_post_is_acknowledged_and_heard_by_the_senders_other_sockets(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    sending, beside, receiving = [await live.greeted(who) for who in (one, one, other)]
    await sending.say(type="post", ref="a", threadId=thread.id, text="Hello", clientId="c")
    heard = [await sending.hear(), await sending.hear()]
    ack, message = sorted(heard, key=lambda frame: frame["type"])
    history = await messages.read_history(live.core, one, thread.id)
    expected = shown(outputs.message(history.messages[0]))
    assert ack == {"type": "ack", "ref": "a", "result": expected | {"threadId": thread.id}}
    assert message["message"] == expected
    assert (await beside.hear_of("message"))[0] == message
    assert (await receiving.hear_of("message"))[0] == message
    # The same again is the same message, and no news to anybody.
    await sending.hear_of("read")
    await sending.say(type="post", ref=2, threadId=thread.id, text="Hello", clientId="c")
    assert await sending.hear() == {"type": "ack", "ref": 2, "result": ack["result"]}
    await sending.hear_nothing_else()
    assert len((await messages.read_history(live.core, one, thread.id)).messages) == 1


async def test_what_may_not_be_done_is_answered_with_an_error(live: Live, town: people.Town):
    one, other, outsider = await town.members(3)
    thread = await threads.open_with(live.core, one, other.id)
    said = await messages.post(live.core, one, thread.id, "Hello")
    phone, listening = await live.greeted(outsider), await live.greeted(one)
    for command in (
        {"type": "post", "threadId": thread.id, "text": "Hello"},
        {"type": "post", "threadId": 10**9, "text": "Hello"},
        {"type": "read", "threadId": thread.id, "messageId": said.id},
        {"type": "typing", "threadId": thread.id},
    ):
        await phone.say(ref="a", **command)
        frame = await phone.hear()
        assert (frame["type"], frame["ref"], frame["code"]) == ("error", "a", "forbidden")
    for text in ("", "x" * 10_001):
        await listening.say(type="post", ref="b", threadId=thread.id, text=text)
        frame = await listening.hear()
        assert (frame["type"], frame["ref"], frame["code"]) == ("error", "b", "invalid")
    await listening.say(type="read", ref="c", threadId=thread.id, messageId=said.id + 1)
    assert (await listening.hear())["code"] == "forbidden"
    await listening.hear_nothing_else()


async def test_a_read_mark_is_told_to_all_and_ends_what_was_unread(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    said = [await messages.post(live.core, one, thread.id, text) for text in "ab"]
    phones = [await live.greeted(who) for who in (one, other)]
    await phones[1].say(type="read", ref="r", threadId=thread.id, messageId=said[0].id)
    heard = [await phones[1].hear(), await phones[1].hear()]
    ack, read = sorted(heard, key=lambda frame: frame["type"])
    assert ack == {"type": "ack", "ref": "r", "result": {"messageId": said[0].id}}
    assert read["cursor"]
    assert {**read, "cursor": ""} == {
        "type": "read", "threadId": thread.id, "userId": other.id, "messageId": said[0].id, "cursor": "",
    }  # fmt: skip
    assert (await phones[0].hear_of("read"))[0] == read
    await messages.read_history(live.core, other, thread.id)
    assert (await phones[1].hear_of("read", "unread"))[1] == {"type": "unread", "unreadThreads": 0}
    await phones[0].hear_of("read")
    # No further than before: known already, so nothing happens.
    await phones[1].say(type="read", ref="s", threadId=thread.id, messageId=said[0].id)
    assert await phones[1].hear() == {"type": "ack", "ref": "s", "result": {"messageId": said[1].id}}
    for phone in phones:
        await phone.hear_nothing_else()


async def test_unread_is_told_when_the_number_changes(live: Live, town: people.Town):
    one, *others = await town.members(4)
    pairs = [await threads.open_with(live.core, other, one.id) for other in others]
    await messages.post(live.core, others[0], pairs[0].id, "Hello")
    phone = await live.greeted(one)
    await phone.hear_nothing_else()
    await messages.post(live.core, others[0], pairs[0].id, "Hello again")
    await phone.hear_of("message")
    for number, (other, pair) in enumerate(zip(others[1:], pairs[1:], strict=True), 2):
        await messages.post(live.core, other, pair.id, "Hello")
        assert (await phone.hear_of("message", "unread"))[1]["unreadThreads"] == number
    await messages.post(live.core, one, pairs[0].id, "Hi!")
    await phone.hear_of("message")
    for number, pair in zip((2, 1, 0), pairs, strict=True):
        await messages.read_history(live.core, one, pair.id)
        assert (await phone.hear_of("read", "unread"))[1]["unreadThreads"] == number
    assert await threads.count_unread(live.core, one) == 0
    await phone.hear_nothing_else()


async def test_a_thread_is_shown_to_each_as_they_see_it(live: Live, town: people.Town):
    author, asker = await town.members(2)
    phones = [await live.greeted(one) for one in (author, asker)]
    ad = await town.ad(author)
    thread = await threads.open_for_ad(live.core, asker, ad.id)
    for phone, other in zip(phones, (asker, author), strict=True):
        frame = await phone.hear()
        view = await threads.find(live.core, phone.account, thread.id)
        assert frame["cursor"]
        assert {**frame, "cursor": ""} == {
            "type": "thread",
            "change": "created",
            "thread": shown(outputs.thread(view, phone.account.id)),
            "cursor": "",
        }
        assert frame["thread"]["counterParty"]["id"] == other.id
        assert frame["thread"]["ad"]["own"] == (phone.account.id == author.id)
        assert frame["thread"]["ad"]["points"] == 1299.01


async def test_who_comes_and_who_goes_is_told_and_who_is_gone_hears_nothing_more(live: Live, town: people.Town):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru])
    await messages.post(live.core, creator, group.id, "before")
    phones = [await live.greeted(one) for one in (creator, haru, riku)]
    await threads.revise_group(live.core, creator, group.id, member_ids=[riku.id], title="New")
    changed, left, joined = [await phone.hear() for phone in phones]
    assert (changed["change"], changed["thread"]["title"]) == ("changed", "New")
    assert [one["id"] for one in changed["thread"]["parties"]] == [riku.id]
    assert (left["change"], left["thread"]) == ("left", {"id": group.id})
    assert (joined["change"], joined["thread"]["unread"]) == ("joined", True)
    assert (await phones[1].hear_of("unread"))[0]["unreadThreads"] == 0
    assert (await phones[2].hear_of("unread"))[0]["unreadThreads"] == 1
    await messages.post(live.core, creator, group.id, "after")
    assert (await phones[2].hear())["message"]["text"] == "after"
    await phones[0].hear_of("message")
    await phones[1].say(type="post", ref=1, threadId=group.id, text="Still here")
    assert (await phones[1].hear())["code"] == "forbidden"
    for phone in phones:
        await phone.hear_nothing_else()


async def test_typing_is_told_to_the_others_who_are_there_and_not_too_often(serve: Serve, town: people.Town):
    live = await serve(typing_every_seconds=60)
    creator, haru, riku = await town.members(3)
    group, second = await town.group(creator, [haru]), await town.group(creator, [haru])
    phones = [await live.greeted(one) for one in (creator, creator, haru, riku)]
    for _ in range(3):
        await phones[0].say(type="typing", threadId=group.id)
    await phones[0].say(type="typing", threadId=second.id)
    for thread in (group, second):
        assert await phones[2].hear() == {"type": "typing", "threadId": thread.id, "userId": creator.id}
    for phone in phones:
        await phone.hear_nothing_else()
    # Who comes back is not told.
    again = await live.connect(haru, since=phones[2].cursor or str(live.hub.cursor))
    await again.hear_of("hello")
    await again.hear_nothing_else()


async def test_two_processes_tell_what_either_did(serve: Serve, town: people.Town, core):
    one, other = await town.members(2)
    here = await serve()
    there = await serve(people.core(core.database, core.clock))
    thread = await threads.open_with(here.core, one, other.id)
    phones = [await here.greeted(one), await there.greeted(other)]
    await asyncio.gather(
        *(messages.post(side.core, who, thread.id, "Hello") for side, who in ((here, one), (there, other)) * 10)
    )
    heard = []
    for phone in phones:
        frames = []
        while len(frames) < 20:
            frame = await phone.hear()
            if frame["type"] == "message":
                frames.append(frame)
        heard.append(frames)
    # In the same order, with the same cursors: a phone may go on at the other one.
    assert heard[0] == heard[1]
    await phones[0].hang_up()
    moved = await there.connect(one, since=heard[0][4]["cursor"])
    await moved.hear_of("hello")
    assert [(await moved.hear_of("message"))[0] for _ in range(15)] == heard[0][5:]
