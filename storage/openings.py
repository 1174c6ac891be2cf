"""How a connection is begun, past what libpq, aiopg and uvloop do to each other's sockets."""

import asyncio
import os
import weakref

import aiopg
import psycopg2

from storage import addresses, faults

# One for each event loop.
_openings: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, "Openings"] = weakref.WeakKeyDictionary()


async def connect(dsn: str) -> aiopg.Connection:
    """Connects to the first address that answers, however long that takes. *Refuses*: Unavailable."""
    loop = asyncio.get_running_loop()
    openings = _openings.get(loop)
    if openings is None:
        openings = _openings[loop] = Openings()
    return await openings.connect(dsn)


class Openings:
    """Begins connections of one event loop and clears up after those that are refused.

    Over TCP libpq closes a refused connection's socket, and aiopg leaves it watched by the loop. The next socket has
    the same number, and uvloop would refuse that one for ever (RuntimeError): one outage of PostgreSQL would be the
    end. So before each new socket the loop forgets what it watches under numbers that nobody has any more.
    """

    def __init__(self) -> None:
        # The sockets of connections that were begun and, as far as is known, not established.
        self._begun: set[int] = set()
        # Held while sockets are begun, and while names are looked up: that opens sockets too, in threads.
        self._alone = asyncio.Lock()

    async def connect(self, dsn: str) -> aiopg.Connection:
        """Connects to the first address that answers. *Refuses*: Unavailable."""
        async with self._alone:
            found = await addresses.resolve(dsn)
        refusal = "there is no address to try"
        for address in found:
            try:
                async with self._alone:
                    connection = self._begin(address)
                descriptor = connection.raw.fileno()
                self._begun.add(descriptor)
                await connection
                self._begun.discard(descriptor)
                return connection
            except (psycopg2.Error, RuntimeError, OSError) as fault:
                # It may name host, database and user. No values: nothing was asked yet.
                refusal = " ".join(str(fault).split())
        raise faults.Unavailable(f"PostgreSQL cannot be reached: {refusal}")

    def _begin(self, dsn: str) -> aiopg.Connection:
        self._forget_refused()
        # What aiopg.connect makes, in hand before it is awaited. Without aiopg's own timeout: that goes through
        # asyncio.wait_for, which can swallow a cancellation.
        return aiopg.Connection(
            dsn,
            timeout=None,  # type: ignore[arg-type]
            echo=False,
            enable_json=False,
            enable_hstore=False,
            enable_uuid=False,
        )

    def _forget_refused(self) -> None:
        loop = asyncio.get_running_loop()
        for descriptor in tuple(self._begun):
            try:
                os.fstat(descriptor)
            except OSError:
                # Nobody has the number at this moment: whatever the loop watches under it is a left-over.
                self._begun.discard(descriptor)
                loop.remove_reader(descriptor)
                loop.remove_writer(descriptor)
