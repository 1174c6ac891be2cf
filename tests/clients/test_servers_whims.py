"""What a server, or what stands before it, may do to a line, each at its worst moment."""

import pytest

import hiroba_client
from hiroba_client import backoff, faults, frames
from tests.clients import people, servers


async def heard(line: hiroba_client.Line, count: int) -> list[object]:
    """The next frames: messages as their numbers, others by their kinds."""
    found: list[object] = []
    for _ in range(count):
        frame = await anext(line)
        found.append(frame.message.id if isinstance(frame, frames.Message) else type(frame))
    return found


async def test_what_is_repeated_is_told_once() -> None:
    async def first(talk: servers.Talk) -> None:
        await talk.hello()
        for number in (1, 2, 2, 3):
            await talk.message(number)

    async def second(talk: servers.Talk) -> None:
        assert talk.since == "c3"
        await talk.hello("c3", resumed=True)
        for number in (2, 3, 4):
            await talk.message(number)
        # The same message at another place in the log.
        await talk.message(4, cursor="c5")
        await talk.message(6)
        await talk.stay()

    async with servers.scripted(first, second) as line:
        assert await heard(line, 5) == [1, 2, 3, 4, 6]
        assert line.cursor == "c6"


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 1013])
async def test_a_close_is_a_cut(code: int) -> None:
    async def first(talk: servers.Talk) -> None:
        await talk.hello()
        await talk.message(1)
        await talk.close(code)

    async def second(talk: servers.Talk) -> None:
        assert talk.since == "c1"
        await talk.hello("c1", resumed=True)
        await talk.message(2)
        await talk.stay()

    async with servers.scripted(first, second) as line:
        assert await heard(line, 2) == [1, 2]


async def test_a_resync_is_told_also_when_the_line_breaks_before_it() -> None:
    async def first(talk: servers.Talk) -> None:
        await talk.hello()
        await talk.message(1)

    async def second(talk: servers.Talk) -> None:
        await talk.hello("d0")

    async def third(talk: servers.Talk) -> None:
        assert talk.since == "d0"
        await talk.hello("d0", resumed=True)
        # Numbers begin anew in a log of another database.
        await talk.message(1, cursor="d1")
        await talk.stay()

    async with servers.scripted(first, second, third) as line:
        assert await heard(line, 3) == [1, frames.Resync, 1]
        assert line.cursor == "d1"


async def test_a_resync_is_told_once() -> None:
    async def first(talk: servers.Talk) -> None:
        await talk.hello()
        await talk.message(1)

    async def second(talk: servers.Talk) -> None:
        await talk.hello("d0")
        await talk.say("resync")
        await talk.message(2, cursor="d2")
        await talk.stay()

    async with servers.scripted(first, second) as line:
        assert await heard(line, 3) == [1, frames.Resync, 2]


async def test_a_frame_that_is_not_known_comes_as_it_is_and_counts() -> None:
    async def first(talk: servers.Talk) -> None:
        await talk.hello()
        await talk.say("party", guests=3, cursor="c1")
        await talk.say("weather", sun=True)
        await talk.say("message", threadId="not a number", cursor="c2")

    async def second(talk: servers.Talk) -> None:
        assert talk.since == "c2"
        await talk.hello("c2", resumed=True)
        await talk.stay()

    async with servers.scripted(first, second) as line:
        party, weather, strange = [await anext(line) for _ in range(3)]
        assert isinstance(party, frames.Other)
        assert (party.type, party.cursor) == ("party", "c1")
        assert isinstance(weather, frames.Other)
        assert weather.cursor is None
        assert isinstance(strange, frames.Other)
        assert line.cursor == "c2"


@pytest.mark.parametrize("text", ["no JSON", "[]", '"hello"'])
async def test_what_is_no_frame_ends_the_line(text: str) -> None:
    async def first(talk: servers.Talk) -> None:
        await talk.hello()
        await talk.message(1)
        await talk.babble(text)
        await talk.stay()

    async with servers.scripted(first) as line:
        assert await heard(line, 1) == [1]
        with pytest.raises(faults.Unreadable):
            await anext(line)


async def test_a_server_that_is_not_ready_is_waited_for() -> None:
    async def last(talk: servers.Talk) -> None:
        await talk.hello()
        await talk.message(1)
        await talk.stay()

    busy = [servers.refusing(503, **{"Retry-After": "0"}), servers.refusing(502), servers.refusing(429)]
    async with servers.scripted(*busy, last) as line:
        assert await heard(line, 1) == [1]


async def test_a_session_that_ended_while_away_ends_the_line() -> None:
    async def first(talk: servers.Talk) -> None:
        await talk.hello()

    async with servers.scripted(first, servers.refusing(401)) as line:
        with pytest.raises(faults.SessionEnded):
            await anext(line)


async def test_4401_ends_the_line() -> None:
    async def first(talk: servers.Talk) -> None:
        await talk.hello()
        await talk.close(4401)

    async with servers.scripted(first) as line:
        with pytest.raises(faults.SessionEnded):
            await anext(line)


async def test_what_was_asked_is_asked_again_under_the_same_name() -> None:
    names = []

    async def first(talk: servers.Talk) -> None:
        await talk.hello()
        names.append((await talk.hear())["clientId"])

    async def second(talk: servers.Talk) -> None:
        await talk.hello("c0", resumed=True)
        asked = await talk.hear()
        names.append(asked["clientId"])
        await talk.say("error", ref=asked["ref"], code="unavailable", message="not now")
        asked = await talk.hear()
        names.append(asked["clientId"])
        posted = {"id": 5, "threadId": 7, "createdAt": "2024-06-14T12:00:00Z", "createdBy": 1, "text": "Hi"}
        await talk.say("ack", ref=asked["ref"], result=posted)
        await talk.stay()

    async with servers.scripted(first, second) as line:
        assert (await line.post(7, "Hi")).id == 5
    assert len(names) == 3
    assert len(set(names)) == 1


def test_waits_grow_are_random_and_begin_anew() -> None:
    drawn: list[float] = []

    def draw(low: float, high: float) -> float:
        assert low == 0
        drawn.append(high)
        return high / 2

    waits = backoff.Backoff(first_seconds=1, max_seconds=5, draw=draw)
    assert [waits.next() for _ in range(4)] == [0.5, 1, 2, 2.5]
    assert waits.next(least_seconds=10) == 12.5
    waits.reset()
    waits.next()
    assert drawn == [1, 2, 4, 5, 5, 1]
    assert people.quick().next() <= 0.01
