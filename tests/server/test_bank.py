"""Sixteen customers of a bank whose server is killed and whose database is stopped under them, again and again.

Whatever happens no unit is lost or made, what was acknowledged is there once, and what was not is never there twice.
`make test-long ARGS=tests/server/test_bank.py` does it for a minute; BANK_SEED is what it begins from.
"""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import time

import psycopg2

from handlers.core import audit, clock
from handlers.core import items as items_
from storage.database import Database
from tests import people
from tests.server import bank as bank_
from tests.server import books, processes

SECONDS = float(os.environ.get("BANK_SECONDS", "6"))
SEED = int(os.environ.get("BANK_SEED", "20260314"))
WORKERS = 16
CALM_SECONDS_MAX = 1.5
PATIENCE_SECONDS = 60


class Trouble:
    """Kills the server and stops its database; both are there again before the next time."""

    def __init__(self, server: processes.Server, chance: random.Random) -> None:
        self.history: list[str] = []
        self._server = server
        self._chance = chance

    async def make(self) -> None:
        """One trouble after the other for as long as it is to take, each kind at least once."""
        kinds = [self.kill, self.stop, self.both]
        self._chance.shuffle(kinds)
        first = time.monotonic()
        for number, kind in enumerate(itertools.cycle(kinds)):
            await asyncio.sleep(self._chance.uniform(0.2, CALM_SECONDS_MAX))
            began = time.monotonic()
            if number >= len(kinds) and began - first > SECONDS:
                return
            await kind()
            self.history.append(f"{kind.__name__} at {began - first:.3f} s for {time.monotonic() - began:.3f} s")

    async def kill(self) -> None:
        """The server, as by `kill -9`."""
        await self._server.kill()
        await asyncio.sleep(self._chance.uniform(0, 0.2))
        await self._server.start()

    async def stop(self) -> None:
        """PostgreSQL, as by `pg_ctl stop -m immediate`. The server sees to it that it comes back."""
        first = self._stop()

        def is_back() -> bool:
            with contextlib.suppress(psycopg2.OperationalError, OSError, ValueError, IndexError):
                return self._postmaster() != first and bool(books.ask(self._server.dsn, "SELECT"))
            return False

        await processes.until(is_back, PATIENCE_SECONDS)

    async def both(self) -> None:
        """As when the power fails."""
        self._stop()
        await asyncio.sleep(self._chance.uniform(0, 0.05))
        await self.kill()

    def _stop(self) -> int:
        postmaster = self._postmaster()
        os.kill(postmaster, signal.SIGQUIT)
        return postmaster

    def _postmaster(self) -> int:
        return int((self._server.postgres / "data" / "postmaster.pid").read_text().split()[0])


async def opened(database: Database, chance: random.Random) -> bank_.Bank:
    """A bank with its customers, and a shop with many items."""
    town = await people.Town(people.core(database, clock.Clock())).found()
    items = {}
    async with database.transaction():
        for number in range(1, bank_.ITEMS + 1):
            price = chance.randint(1, 20)
            items[await items_.put_up(town.context, audit.COMMAND_LINE, name=f"Item {number}", price=price)] = price
    bank = bank_.Bank(town, items)
    for number in range(WORKERS):
        await bank.customer(number, random.Random(chance.random()))
    return bank


async def run(bank: bank_.Bank, trouble: Trouble, reader: books.Reader) -> None:
    """Everybody at once until the trouble is over, all kinds of things were done, and all have their answers."""
    reading = asyncio.create_task(reader.read())
    try:
        async with asyncio.timeout(SECONDS + 2 * PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            for customer in bank.customers:
                group.create_task(customer.trade())
            await trouble.make()
            await processes.until(bank.has_seen_all, PATIENCE_SECONDS)
            bank.is_open = False
    finally:
        reading.cancel()


async def test_nothing_is_lost_and_nothing_made(servers: processes.Servers, phones: processes.Phones) -> None:
    chance = random.Random(SEED)
    server = servers(LIMITS_ENABLED="false", LOGS_REQUESTS="false")
    trouble = Trouble(server, chance)
    history: list[bank_.Operation] = []
    await server.start()
    database = await Database.open(
        server.dsn, connections_max=4, acquire_timeout_seconds=2, statement_timeout_seconds=5
    )
    try:
        bank = await opened(database, chance)
        history = bank.history
        for customer in bank.customers:
            await customer.sign_in(server, phones)
        reader = books.Reader(server.dsn, tokens=WORKERS * bank_.TOKENS, credits=WORKERS * bank_.CREDITS)
        await run(bank, trouble, reader)
        await processes.until(lambda: not books.ask(server.dsn, "SELECT FROM postings WHERE state = 'pending'"))
        reader.look()
        assert reader.wrong == []
        assert reader.count > SECONDS * 4
        assert books.differences(server.dsn, history) == []
        proven = await server.command("ledger", "verify")
        assert (proven.returncode, proven.stdout, proven.stderr) == (0, "The ledger is sound.\n", "")
        # It was worth it.
        assert sum(one.attempts > 1 for one in history) > WORKERS
        assert "a defect was met" not in server.said()
        await server.stop()
    except BaseException as fault:
        fault.add_note("\n".join(map(str, [f"BANK_SEED={SEED}", *trouble.history, *history])))
        raise
    finally:
        await database.close()
