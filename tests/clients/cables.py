"""A cable between a phone and the server that breaks at random: anywhere in the bytes, in either direction."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

CHUNK_BYTES = 512


class Cable:
    """A TCP proxy. While `is_frayed`, every connection through it is cut after a random number of bytes."""

    def __init__(self, url: str, chance: random.Random, *, bytes_max: int) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._chance = chance
        self._bytes_max = bytes_max
        self._through: set[asyncio.Task[None]] = set()
        self.is_frayed = True
        self._is_silent: set[asyncio.Task[None]] = set()
        self.cuts = 0
        self.url = ""

    @contextlib.asynccontextmanager
    async def laid(self) -> AsyncIterator["Cable"]:
        """The cable works while the block lasts."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._through, return_exceptions=True)

    def cut(self) -> None:
        """Cuts whatever goes through it now."""
        for task in self._through:
            task.cancel()

    def silence(self) -> None:
        """Lets nothing more through where something goes through now, and tells nobody."""
        self._is_silent |= self._through

    async def _carry(self, near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._through.add(task)
        left = [self._chance.randrange(1, self._bytes_max)] if self.is_frayed else [10**12]
        writers = [near_out]
        try:
            far, far_out = await asyncio.open_connection(*self._target)
            writers.append(far_out)
            both = [asyncio.create_task(self._pass(*ends, left, task)) for ends in ((near, far_out), (far, near_out))]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.cuts += 1
            for writer in writers:
                # No goodbye: what is on the way is lost, as with a phone in a tunnel.
                writer.transport.abort()
            self._through.discard(task)

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, left: list[int], task: asyncio.Task[None]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                while task in self._is_silent:
                    await asyncio.sleep(0.01)
                target.write(data[: left[0]])
                await target.drain()
                left[0] -= len(data)
                if left[0] <= 0:
                    return
