"""Many writers, and readers that come and go: whoever resumes ends with exactly what they were due."""

import asyncio
import contextlib
import random
from collections import defaultdict

import msgspec
import psycopg2
import pytest

from handlers.core import context as context_
from handlers.core import events, messages, refusals, threads
from storage import events as rows
from storage.database import Database
from tests import clocks, people

WRITERS = 8
ACTS = 40
SEED = 20_260_314


class Reader(msgspec.Struct):
    """A phone: what it heard, in the order in which it did. A steady one never falls off."""

    account_id: int
    since: int
    is_steady: bool
    heard: list[rows.Event] = []

    def hear(self, event: rows.Event) -> None:
        assert event.position > self.since
        self.since = event.position
        self.heard.append(event)


class Process:
    """A server process of its own: connections, a tail, and some phones, which fall off and come back."""

    def __init__(self, core: context_.Context, tail: events.Tail, readers: list[Reader], chance: random.Random) -> None:
        self._core = core
        self._tail = tail
        self._readers = {reader.account_id: reader for reader in readers}
        self._online = set(self._readers)
        self._chance = chance

    async def run(self, done: asyncio.Event) -> None:
        """Delivers as the hub does, until the writers are done and all of it is heard."""
        quiet = 0
        # Another process may have been giving positions, and not have committed: it is asked once more.
        while quiet < 2:
            was_done = done.is_set()
            page = await self._tail.advance()
            for event in page:
                for account_id in event.recipient_ids:
                    if account_id in self._online and event.position > self._readers[account_id].since:
                        self._readers[account_id].hear(event)
                self._tail.position = event.position
            if self._chance.random() < 0.3:
                await self._tail.settle()
            await self._come_and_go(all_return=was_done)
            quiet = quiet + 1 if was_done and not page else 0
            await asyncio.sleep(self._chance.random() * 0.004)

    async def _come_and_go(self, *, all_return: bool) -> None:
        for reader in self._readers.values():
            if reader.account_id not in self._online:
                if all_return or self._chance.random() < 0.3:
                    await self._catch_up(reader)
            elif not all_return and not reader.is_steady and self._chance.random() < 0.1:
                self._online.discard(reader.account_id)

    async def _catch_up(self, reader: Reader) -> None:
        while reader.since < self._tail.position:
            until, most = self._tail.position, self._chance.choice((1, 3, 50))
            page = await events.replay(self._core, reader.account_id, since=reader.since, until=until, most=most)
            for event in page:
                reader.hear(event)
            if len(page) < most:
                reader.since = until
        self._online.add(reader.account_id)


async def write(core: context_.Context, members: list, groups: list[int], chance: random.Random) -> None:
    """Posts, reads and changes groups, in transactions of random length, some of which come to nothing.

    The first group is only talked in; nobody comes to it or leaves it.
    """
    for _ in range(ACTS):
        author = chance.choice(members)
        with contextlib.suppress(ZeroDivisionError, refusals.NotEntitled):
            async with core.database.transaction():
                # In one order, or two writers would wait for each other.
                for group_id in sorted(chance.sample(groups, chance.choice((1, 1, 2)))):
                    await one_act(core, author, members, group_id, chance, may_change=group_id != groups[0])
                    await asyncio.sleep(chance.random() ** 4 * 0.03)
                if chance.random() < 0.1:
                    raise ZeroDivisionError


async def one_act(core, author, members: list, group_id: int, chance: random.Random, *, may_change: bool) -> None:
    luck = chance.random()
    if luck < 0.25 and may_change:
        wanted = [one.id for one in chance.sample(members, chance.randint(2, len(members)))]
        await threads.revise_group(core, author, group_id, member_ids=wanted, title=None)
    elif luck < 0.4:
        await messages.read_history(core, author, group_id, limit=chance.choice((1, 5)))
    else:
        await messages.post(core, author, group_id, f"{chance.random()}")


def require_order(heard: list[rows.Event], quiet_id: int) -> None:
    """Each thread's events in the order of their commits; a read mark only after what was read, and after earlier ones.

    Marks do not wait for posts that are under way, so among those they have no order of their own. `quiet_id` is the
    thread that nobody leaves: in others, a message may be read that was said while the listener was out.
    """
    newest: dict[tuple, int] = defaultdict(int)
    said = 0
    for event in heard:
        lane = (event.thread_id, event.actor_id if event.kind == "read" else None)
        assert event.id > newest[lane]
        newest[lane] = event.id
        if event.thread_id == quiet_id and event.message_id is not None:
            if event.kind == "message":
                said = event.message_id
            assert event.message_id <= said


class Due(msgspec.Struct):
    """What an account was due, and what of it nobody may have missed, however often they were away."""

    all: list[int] = []
    certain: set[int] = set()


def due(dsn: str, began_with: list[int]) -> dict[int, Due]:
    """Told from the log alone, in the order of ids, by following who comes and goes."""
    found: dict[int, Due] = defaultdict(Due)
    present: dict[int, set[int]] = {}
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, kind, thread_id, account_id FROM events ORDER BY id")
        happened = cursor.fetchall()
    since_joined: dict[tuple[int, int], list[int]] = defaultdict(list)
    for event_id, kind, thread_id, account_id in happened:
        if kind == "created":
            present[thread_id] = set(began_with)
        elif kind == "joined":
            present[thread_id].add(account_id)
        for one in [account_id] if account_id else present[thread_id]:
            found[one].all.append(event_id)
            since_joined[one, thread_id].append(event_id)
        if kind == "left":
            present[thread_id].remove(account_id)
            since_joined.pop((account_id, thread_id))
            found[account_id].certain.add(event_id)
    for (account_id, _), event_ids in since_joined.items():
        found[account_id].certain.update(event_ids)
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_resumes_ends_with_exactly_what_they_were_due(core, town: people.Town, dsn: str, seed: int):
    chance = random.Random(SEED + seed)
    members = await town.members(8)
    ids = [one.id for one in members]
    start = await events.find_end(core)
    groups = [(await town.group(members[0], members[1:])).id for _ in range(4)]
    readers = [Reader(account_id, start.position, is_steady=account_id in ids[:2]) for account_id in ids]
    done = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        writing = await open_core(stack, dsn, core.clock, connections=WRITERS)
        processes = []
        for number in range(2):
            own = await open_core(stack, dsn, core.clock, connections=1)
            process = Process(own, events.Tail(own, start), readers[number::2], random.Random(chance.random()))
            processes.append(asyncio.create_task(process.run(done)))
        await asyncio.gather(*(write(writing, members, groups, random.Random(chance.random())) for _ in range(WRITERS)))
        done.set()
        await asyncio.gather(*processes)
    truth = due(dsn, ids)
    for reader in readers:
        heard = [event.id for event in reader.heard]
        was_due = truth[reader.account_id]
        assert set(heard) <= set(was_due.all)
        assert was_due.certain <= set(heard)
        assert len(set(heard)) == len(heard)
        if reader.is_steady:
            assert sorted(heard) == was_due.all
        require_order(reader.heard, groups[0])
    assert sum(len(reader.heard) for reader in readers) > WRITERS * ACTS


async def open_core(
    stack: contextlib.AsyncExitStack, dsn: str, clock: clocks.MovableClock, *, connections: int
) -> context_.Context:
    """The core of another process."""
    database = await Database.open(
        dsn, connections_max=connections, acquire_timeout_seconds=10, statement_timeout_seconds=10
    )
    stack.push_async_callback(database.close)
    return people.core(database, clock)
