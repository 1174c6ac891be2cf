"""A server that is killed with -9 while people talk: every line comes back to it by itself, and misses nothing."""

import asyncio
import contextlib

import hiroba_client
from hiroba_client import frames
from tests.clients import people
from tests.server import processes
from tests.server.conftest import ground, seed, servers

__all__ = ["ground", "seed", "servers"]

PASSWORD = "Hiroba-demo-1!"
WRITERS = ("haruto", "haru")
LISTENERS = ("riku", "coordinator")
MESSAGES_EACH = 60
KILLS = 2


async def test_lines_outlive_the_server(servers: processes.Servers) -> None:
    server = servers(DEMO_ENABLED="true")
    await server.start()
    async with contextlib.AsyncExitStack() as stack:
        clients = {}
        for name in (*WRITERS, *LISTENERS):
            clients[name] = await stack.enter_async_context(hiroba_client.Client(server.url, patience_seconds=30))
            await clients[name].community.sign_in(name, PASSWORD)
        ids = [(await client.community.me()).id for client in clients.values()]
        group = await clients[WRITERS[0]].community.open_group(ids[1:], title="Kaga")
        lines = {
            name: await stack.enter_async_context(client.live(waits=people.quick())) for name, client in clients.items()
        }
        posted: list[int] = []

        async def write(name: str) -> None:
            for number in range(MESSAGES_EACH):
                posted.append((await lines[name].post(group.id, f"{name} {number}")).id)
                await asyncio.sleep(0.005)

        total = len(WRITERS) * MESSAGES_EACH
        hearing = [asyncio.create_task(collect(line, total)) for line in lines.values()]
        writing = asyncio.gather(*(write(name) for name in WRITERS))
        for kill in range(1, KILLS + 1):
            await processes.until(lambda kill=kill: len(posted) >= total * kill // (KILLS + 1))
            await server.kill()
            await server.start()
        await writing
        heard = await asyncio.gather(*hearing)
        history = await clients[LISTENERS[0]].community.messages(group.id)
        assert len(history) == total
        assert sorted(posted) == [message.id for message in history]
        for told in heard:
            assert [frame.message for frame in told] == history
        assert all(line.connections > KILLS for line in lines.values())


async def collect(line: hiroba_client.Line, count: int) -> list[frames.Message]:
    heard: list[frames.Message] = []

    def is_last(frame: frames.Message) -> bool:
        heard.append(frame)
        return len(heard) == count

    await people.messages_until(line, is_last, seconds=60)
    return heard
