"""Every route that writes, of every door: cut off wherever it waits, and asked again under one Idempotency-Key.

What is asked is in `errands`. What it does is told by the database: which tables have more rows, or other ones.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import structlog

from handlers.core import audit, crew, ledger, operators
from handlers.rest import identity, surface
from storage import connection
from tests import clocks, serving
from tests.surfaces.besieged import DOORS, Besieged
from tests.surfaces.errands import every, told

ALL = {one.name: one for one in every.writing()}
# Beyond this a request waits for something over and over: it is cut here and there.
CUTS_MAX = 30
NUMBERS = itertools.count(1)
Changes = dict[str, int]
PENDING = "SELECT count(*) FROM postings WHERE state = 'pending'"
KEY = b"Idempotency-Key: %d\r\n"
# What a plausible body, or none, does well enough.
PLAIN = {
    "POST /community/logout",
    "GET /whoami/signout",
    "POST /shop/expire-session",
    "POST /shop/buy",
    "POST /allowances/logout",
    "POST /live/ticket",
    "POST /signout",
    "DELETE /me/session",
}
# What leaves nothing in the database, by a method that might.
LOOKING = {
    "POST /shop/items",
    "POST /shop/get-balance",
    "POST /shop/transactions",
    "POST /shop/validate-session",
    "POST /allowances/login/refresh",
}


def remembers(route: surface.Route) -> bool:
    """Whether it looks at an Idempotency-Key."""
    return route.method != "GET" and not route.is_credential and route.who is not identity.Who.NOBODY


def shape(answer: serving.Answer) -> Any:
    """The names in an answer, whatever their values: a preview has null where an id will be."""
    return sorted(answer.body) if answer.raw and isinstance(answer.body, dict) else bool(answer.raw)


class Knife:
    """Cuts a client off right before the n-th thing that its request waits for: a statement, or a thread's work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waits = 0
        self.has_cut = False
        self._at = 0
        self._cut: Callable[[], None] | None = None
        for where, name in ((connection.Connection, "command"), (crew.Crew, "run")):
            monkeypatch.setattr(where, name, self._watched(getattr(where, name)))

    def _watched(self, wait: Callable[..., Any]) -> Callable[..., Any]:
        async def watched(*given: Any, **named: Any) -> Any:
            # Not what workers do, nor tests.
            if "request_id" in structlog.contextvars.get_contextvars():
                self.waits += 1
                if self.waits == self._at and self._cut is not None:
                    self._cut()
                    self.has_cut = True
                    # Until the server has noticed.
                    await asyncio.sleep(0.001)
            return await wait(*given, **named)

        return watched

    def ready(self, at: int = 0, cut: Callable[[], None] | None = None) -> None:
        """Counts anew, and cuts at that wait; at none if it is 0."""
        self.waits, self.has_cut, self._at, self._cut = 0, False, at, cut


class Scene:
    """A besieged server, its knife and its clock."""

    def __init__(self, town: Besieged, knife: Knife, clock: clocks.MovableClock, log: list[Any]) -> None:
        self.town = town
        self.knife = knife
        self._clock = clock
        self._log = log

    @property
    def answered(self) -> int:
        """How many requests have come to their end, whether or not anybody heard it."""
        return [entry["event"] for entry in self._log].count("request")

    async def think(self, one: told.Errand) -> told.Asked:
        """A new request. A second passes: what is changed to what it was shows in when."""
        asked = await every.think(self.town, one, next(NUMBERS))
        self._clock.advance(seconds=1)
        return asked

    async def changes(self, before: dict[str, tuple[str, int]]) -> Changes:
        """How many rows more there are in each table that is not as it was."""
        now = await self.state()
        return {table: now[table][1] - count for table, (digest, count) in before.items() if now[table][0] != digest}

    async def state(self) -> dict[str, tuple[str, int]]:
        """Digest and size of every table, when everything that was begun has ended."""
        async with asyncio.timeout(10):
            while True:
                digests = await self.town.settled()
                stats = self.town.hiroba.context.database.stats
                if stats.busy == stats.waiting == 0 and self.town.rows(PENDING) == [(0,)]:
                    break
                await asyncio.sleep(0.002)
        counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM public.{table}" for table in digests)
        sizes = dict(self.town.rows(counts))
        return {table: (digest, sizes[table]) for table, digest in digests.items()}

    async def do(self, one: told.Errand) -> Changes:
        """What a request changes when nobody cuts it off."""
        asked = await self.think(one)
        before = await self.state()
        self.knife.ready()
        await self.town.line.send(asked.bytes())
        return await self.changes(before)

    async def cut(self, one: told.Errand, at: int) -> Changes:
        """What it changes when its client is cut off there."""
        asked = await self.think(one)
        before = await self.state()
        host, port = self.town.hiroba.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        self.knife.ready(at, writer.transport.abort)
        answered = self.answered
        writer.write(asked.bytes())
        async with asyncio.timeout(5):
            while self.answered == answered:
                await asyncio.sleep(0.001)
        assert self.knife.has_cut, f"{one.name} does not wait as often as it did"
        writer.transport.abort()
        return await self.changes(before)


@pytest.fixture
async def scene(
    serve: serving.Serve, clock: clocks.MovableClock, calm: list, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    """John has what he needs. At the end no connection to the database is lost."""
    hiroba = await serve(limits={"enabled": "false"}, passwords={"queue_max": 200}, logs={"requests": "true"})
    town = await Besieged.prepared(hiroba)
    await operators.promote_coordinator(hiroba.context, audit.COMMAND_LINE, "john")
    await ledger.mint(hiroba.context, audit.COMMAND_LINE, town.john, units=100_000, description="minted")
    yield Scene(town, Knife(monkeypatch), clock, calm)
    answers = await asyncio.gather(*(hiroba.client("/community").get("/communities") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    async with asyncio.timeout(5):
        # Workers have one for a moment; whoever was cut off has none for good.
        while (stats := hiroba.context.database.stats).busy or stats.waiting:
            await asyncio.sleep(0.002)
    town.close()


def doors(suits: Callable[[surface.Route], bool]) -> Any:
    """A test for each door that has such routes: a server for each route would take minutes."""
    names = [[name for name, one in ALL.items() if one.door is door and suits(one.route)] for door in DOORS]
    return pytest.mark.parametrize("names", [one for one in names if one], ids=lambda one: ALL[one[0]].door.name)


@doors(lambda _: True)
async def test_cut_off_wherever_it_waits_it_is_whole_or_absent(scene: Scene, names: list[str]) -> None:
    for name in names:
        one = ALL[name]
        # Twice: the first of its kind may do more than those that follow it.
        await scene.do(one)
        whole = await scene.do(one)
        waits = scene.knife.waits
        assert bool(whole) is (name not in LOOKING), name
        for at in range(1, waits + 1, max(1, waits // CUTS_MAX)):
            assert await scene.cut(one, at) in ({}, whole), f"{name}, cut off at {at} of {waits}"


@doors(remembers)
async def test_under_one_key_it_is_done_once_and_answered_alike(scene: Scene, names: list[str]) -> None:
    for name in names:
        asked, key = await scene.think(ALL[name]), KEY % next(NUMBERS)
        first = await scene.town.line.send(asked.bytes(key))
        done = await scene.state()
        again = await scene.town.line.send(asked.bytes(key))
        assert (again.status, again.raw) == (first.status, first.raw), name
        assert await scene.state() == done, name


@doors(lambda route: route.previews)
async def test_a_preview_of_it_changes_nothing(scene: Scene, names: list[str]) -> None:
    for name in names:
        asked, key = await scene.think(ALL[name]), KEY % next(NUMBERS)
        before = await scene.state()
        preview = await scene.town.line.send(asked.bytes(key, "?preview=true"))
        assert await scene.state() == before, name
        assert preview.headers.get("Preview") == "true", name
        firm = await scene.town.line.send(asked.bytes(key))
        assert await scene.state() != before, name
        assert (firm.status, "Preview" in firm.headers) == (preview.status, False), name
        assert shape(firm) == shape(preview), name
        for odd in ("", "True", "1", "true&preview=true"):
            assert (await scene.town.line.send(asked.bytes(query=f"?preview={odd}"))).status == 400, name


def test_there_is_an_errand_for_every_route_that_writes() -> None:
    """A route that has come without one: write it in `errands`, so that it is tried as all are."""
    assert sorted(ALL.keys() - every.ERRANDS.keys() - PLAIN - LOOKING) == []
    assert sorted(every.ERRANDS.keys() - ALL.keys()) == []
