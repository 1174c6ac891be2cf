"""The promise: whatever happens to twenty phones and to the server, each ends with exactly what it was due.

Short as it stands; `make test-long ARGS=tests/clients/test_promise.py` lets 2,000 messages be posted meanwhile.
Source: contract, 8, Promise.
"""

import asyncio
import contextlib
import os
import random
from collections.abc import Sequence

import hiroba_client
from tests.clients import cables, people, phones
from tests.server import processes
from tests.server.conftest import ground, seed, servers

__all__ = ["ground", "seed", "servers"]

MESSAGES = int(os.environ.get("PROMISE_MESSAGES", "240"))
SEED = 20_260_314
KAGA = 1
PHONES = 20
WRITERS = 4
KILLS = 2
# Every so many there is one that never goes offline by itself.
STEADY_EVERY = 5
# Every second phone hangs on a cable, which breaks after so many bytes at most.
CABLE_BYTES_MAX = 60_000
PATIENCE_SECONDS = 60
# Messages between two changes of the third group's members.
CHANGE_EVERY = 25


class World:
    """Four who write, in two groups with all and one that many come to and leave, and what was acknowledged to them."""

    def __init__(self, writers: Sequence[people.Person], others: Sequence[people.Person]) -> None:
        self._writers = writers
        self._others = others
        self.group_ids: list[int] = []
        # By the text, each said once; its thread and the id of its message.
        self.acknowledged: dict[str, tuple[int, int]] = {}

    async def found(self) -> None:
        """The first of them begins the groups."""
        everybody = [one.id for one in (*self._writers[1:], *self._others)]
        for number, members in enumerate((everybody, everybody[: len(everybody) // 2], everybody)):
            group = await self._writers[0].client.community.open_group(members, title=f"group {number}")
            self.group_ids.append(group.id)

    async def write(self, number: int, chance: random.Random) -> None:
        """One writer's share: over a line or by requests, in any of the groups."""
        client = self._writers[number].client
        async with contextlib.AsyncExitStack() as stack:
            line = None
            if number % 2:
                line = await stack.enter_async_context(client.live(waits=people.quick()))
                reading = asyncio.create_task(_pass_over(line))
                stack.callback(reading.cancel)
            for turn in range(MESSAGES // WRITERS):
                text = f"{number} {turn}"
                thread_id = chance.choice(self.group_ids)
                if line is not None:
                    message_id = (await line.post(thread_id, text)).id
                else:
                    message_id = (await client.community.post(thread_id, text)).id
                self.acknowledged[text] = (thread_id, message_id)
                await asyncio.sleep(chance.uniform(0, 0.01))

    async def come_and_go(self, is_over: asyncio.Event, chance: random.Random) -> None:
        """The third group's members are others again and again; the writers stay."""
        said = 0
        while not is_over.is_set():
            if len(self.acknowledged) >= said + CHANGE_EVERY:
                said = len(self.acknowledged)
                staying = [one.id for one in self._others if chance.random() < 0.6]
                members = [*(one.id for one in self._writers), *staying]
                await self._writers[0].client.community.revise_group(self.group_ids[2], members)
            await asyncio.sleep(0.01)

    async def require_all(self) -> None:
        """What was acknowledged is there, once, and nothing else is."""
        told = {}
        for thread_id in self.group_ids:
            for message in await self._writers[0].client.community.messages(thread_id):
                assert message.text not in told
                told[message.text] = (thread_id, message.id)
        assert told == self.acknowledged
        assert len(told) == MESSAGES


async def _pass_over(line: hiroba_client.Line) -> None:
    async for _ in line:
        pass


async def test_each_phone_ends_with_exactly_what_it_was_due(servers: processes.Servers) -> None:
    chance = random.Random(SEED)
    server = servers(DEMO_ENABLED="true")
    await server.start()
    async with contextlib.AsyncExitStack() as stack:
        cable = await stack.enter_async_context(cables.Cable(server.url, chance, bytes_max=CABLE_BYTES_MAX).laid())
        cable.is_frayed = False
        town = people.Town(stack, server.url, KAGA)
        writers = [await town.join(f"writer{n}", patience_seconds=PATIENCE_SECONDS) for n in range(WRITERS)]
        owners = [
            await town.join(f"phone{n}", url=cable.url if n % 2 else None, patience_seconds=PATIENCE_SECONDS)
            for n in range(PHONES)
        ]
        world = World(writers, owners)
        await world.found()
        held = [
            phones.Phone(owner, random.Random(chance.random()), is_steady=n % STEADY_EVERY == 0)
            for n, owner in enumerate(owners)
        ]
        await asyncio.gather(*(phone.begin() for phone in held))

        cable.is_frayed = True
        is_over = asyncio.Event()
        living = [asyncio.create_task(phone.live(is_over)) for phone in held]
        living.append(asyncio.create_task(world.come_and_go(is_over, random.Random(chance.random()))))
        writing = asyncio.gather(*(world.write(n, random.Random(chance.random())) for n in range(WRITERS)))
        for kill in range(1, KILLS + 1):
            await processes.until(
                lambda kill=kill: len(world.acknowledged) >= MESSAGES * kill // (KILLS + 1), PATIENCE_SECONDS
            )
            await server.kill()
            await server.start()
        await writing
        is_over.set()
        await asyncio.gather(*living)

        cable.is_frayed = False
        cable.cut()
        await asyncio.gather(*(phone.settle(seconds=PATIENCE_SECONDS) for phone in held))
        await world.require_all()
        # It was as bad as it was meant to be.
        assert sum(phone.connections for phone in held) > PHONES * KILLS
        assert sum(phone.repeated for phone in held) > 0
        assert cable.cuts > PHONES
