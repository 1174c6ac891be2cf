"""A phone that keeps a town in its pocket: loaded once, kept by frames alone, and as unreliable as phones are."""

import asyncio
import contextlib
import copy
import random
from typing import Any

import msgspec

import hiroba_client
from hiroba_client import community_answers as answers
from hiroba_client import faults, frames
from tests.clients import people

# Before it is everything; with it, looking at messages does not read them.
END = 2**53
ONLINE_SECONDS_MAX = 0.6
OFFLINE_SECONDS_MAX = 0.2
READING = 0.05
# After a connection, how often what is in the pocket is saved, and how often it is lost back to what was saved.
SAVING = 0.5
LOSING = 0.2


class Talk(msgspec.Struct):
    """A thread as its owner sees it, and all that was said in it."""

    title: str | None
    member_ids: list[int]
    is_unread: bool
    last_id: int | None
    messages: dict[int, answers.Message]

    @classmethod
    def of(cls, thread: answers.Thread, said: list[answers.Message]) -> "Talk":
        """As the server shows it."""
        return cls(
            thread.title,
            sorted(one.id for one in (thread.creator, *thread.parties)),
            thread.unread,
            None if thread.last_message is None else thread.last_message.id,
            {one.id: one for one in said},
        )

    @property
    def shown(self) -> dict[str, Any]:
        """All of it, the messages in the order of their ids."""
        return {**msgspec.structs.asdict(self), "messages": [self.messages[one] for one in sorted(self.messages)]}


class Pocket(msgspec.Struct):
    """What a phone knows, up to which place in the log; and the newest message that it was told of in each thread."""

    cursor: frames.Cursor
    talks: dict[int, Talk]
    heard: dict[int, int] = {}


class Phone:
    """Somebody's. What goes wrong in a way that nothing may is an AssertionError."""

    def __init__(self, person: people.Person, chance: random.Random, *, is_steady: bool = False) -> None:
        """A steady one stays on one line, for as long as that is kept."""
        self.person = person
        self._is_steady = is_steady
        self._community = person.client.community
        self._chance = chance
        self._pocket = Pocket("", {})
        self._saved = self._pocket
        self._reads = True
        self.connections = 0
        self.repeated = 0
        self.strange = 0
        self.noticed = 0

    async def begin(self) -> None:
        """Loads what there is, and knows from which place in the log on it is to be kept."""
        async with self.person.client.live(waits=people.quick()) as line:
            assert line.cursor is not None
            self._pocket = Pocket(line.cursor, await self.fresh())
        self._saved = copy.deepcopy(self._pocket)

    async def fresh(self) -> dict[int, Talk]:
        """What the server shows now."""
        return {
            thread.id: Talk.of(thread, await self._community.messages(thread.id, before=END))
            for thread in await self._community.threads()
        }

    async def live(self, is_over: asyncio.Event) -> None:
        """Goes online and offline, for moments, and now and then loses what it did not save."""
        end = asyncio.create_task(is_over.wait())
        while not is_over.is_set():
            listening = asyncio.create_task(self._listen())
            seconds = None if self._is_steady else self._chance.uniform(0, ONLINE_SECONDS_MAX)
            await asyncio.wait([listening, end], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
            luck = self._chance.random()
            if luck < LOSING:
                self._pocket = copy.deepcopy(self._saved)
            elif luck < LOSING + SAVING:
                self._saved = copy.deepcopy(self._pocket)
            await asyncio.sleep(self._chance.uniform(0, OFFLINE_SECONDS_MAX))

    async def _listen(self) -> None:
        async with self._line() as line:
            async for frame in line:
                await self._hear(line, frame)

    async def settle(self, *, seconds: float) -> None:
        """Goes online for good, until it knows what the server shows."""
        self._reads = False
        expected = self._shown(await self.fresh())
        try:
            async with asyncio.timeout(seconds), self._line() as line:
                while self._shown(self._pocket.talks) != expected:
                    await self._hear(line, await anext(line))
                # Whatever came beside it was told by now.
                await line.ping()
        except TimeoutError:
            assert self._shown(self._pocket.talks) == expected

    def _line(self) -> hiroba_client.Line:
        self.connections += 1
        return self.person.client.live(since=self._pocket.cursor, waits=people.quick())

    @staticmethod
    def _shown(talks: dict[int, Talk]) -> dict[int, Any]:
        return {thread_id: talks[thread_id].shown for thread_id in sorted(talks)}

    async def _hear(self, line: hiroba_client.Line, frame: frames.Frame) -> None:
        match frame:
            case frames.Message() | frames.HasRead() if frame.thread_id not in self._pocket.talks:
                # Said before it left and came back, all while it was away: that it came follows, and loads everything.
                self.strange += 1
            case frames.Message():
                await self._hear_message(line, frame.thread_id, frame.message)
            case frames.HasRead():
                if frame.user_id == self.person.id:
                    talk = self._pocket.talks[frame.thread_id]
                    newer = [one for one in talk.messages.values() if one.id > frame.message_id]
                    talk.is_unread = any(one.created_by != self.person.id for one in newer)
            case frames.ThreadChange():
                await self._hear_change(frame)
            case frames.Notification():
                self.noticed += 1
            case frames.Unread():
                pass
            case _:
                raise AssertionError(f"nothing else was to be told: {frame}")
        # Only now: what was cut off in the middle is told again.
        self._pocket.cursor = frames.cursor_of(frame) or self._pocket.cursor

    async def _hear_message(self, line: hiroba_client.Line, thread_id: int, message: answers.Message) -> None:
        pocket = self._pocket
        assert message.id >= pocket.heard.get(thread_id, 0), "out of order"
        pocket.heard[thread_id] = message.id
        talk = pocket.talks[thread_id]
        known = talk.messages.setdefault(message.id, message)
        assert known == message, "another message under the same id"
        self.repeated += known is not message
        talk.last_id = max(message.id, talk.last_id or 0)
        if message.created_by != self.person.id:
            talk.is_unread = True
            if self._reads and self._chance.random() < READING:
                # Taken out meanwhile, perhaps.
                with contextlib.suppress(faults.Forbidden):
                    await line.read(thread_id, message.id)

    async def _hear_change(self, frame: frames.ThreadChange) -> None:
        talks = self._pocket.talks
        if frame.thread is None:
            talks.pop(frame.thread_id, None)
            return
        said = list(talks[frame.thread_id].messages.values()) if frame.thread_id in talks else []
        if frame.change == "joined":
            with contextlib.suppress(faults.Forbidden):
                said = await self._community.messages(frame.thread_id, before=END)
        talks[frame.thread_id] = Talk.of(frame.thread, said)
