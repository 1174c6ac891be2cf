"""The database gone for some seconds under load: all are told at once, in their API's words, and all goes on after.

`make test-long ARGS=tests/server/test_outage.py` makes it ten seconds.
"""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from server import config as config_
from tests import databases, serving
from tests.storage import scratch

OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "1"))
# A PostgreSQL that hangs costs whoever has a connection a statement's time, and whoever waits for one that of waiting.
STATEMENT_SECONDS = 1.0
HANGING_SECONDS_MIN = 3
# For our own work, and for a machine that is busy with something else.
SLACK_SECONDS = 0.5
PHONES = 12
PASSWORD = "somepassword"


class Told(msgspec.Struct):
    """One request and its answer. *Units*: seconds of the monotonic clock."""

    began: float
    ended: float
    what: str
    answer: serving.Answer

    @property
    def status(self) -> int:
        return self.answer.status


class Load:
    """Phones that go on asking, whatever they are told."""

    def __init__(self, hiroba: serving.Serving) -> None:
        self.told: list[Told] = []
        self.registered: list[str] = []
        self._hiroba = hiroba
        self._numbers = iter(range(1_000_000))
        self._stopping = False

    async def ask(self, phone: serving.Client, method: str, path: str, body: Any = None) -> Told:
        began = time.monotonic()
        answer = await phone.ask(method, path, body)
        self.told.append(Told(began, time.monotonic(), f"{method} {phone._prefix}{path}", answer))
        return self.told[-1]

    async def read(self, phone: serving.Client, first: int) -> None:
        for path in itertools.islice(itertools.cycle(("/user", "/ads", "/message-threads")), first, None):
            if self._stopping:
                return
            await self.ask(phone, "GET", path)
            await asyncio.sleep(0.002)

    async def write(self, phone: serving.Client) -> None:
        ad = {"type": "WANT", "title": "Rice", "description": "A sack", "amount": 1, "location": ""}
        while not self._stopping:
            await self.ask(phone, "POST", "/ads", ad)
            await asyncio.sleep(0.02)

    async def register(self, phone: serving.Client) -> None:
        while not self._stopping:
            number = next(self._numbers)
            email = f"person{number}@hiroba.example"
            body = {"username": f"person{number}", "email": email, "password": PASSWORD}
            told = await self.ask(phone, "POST", "/register", body)
            if told.status == 200:
                self.registered.append(email)
            await asyncio.sleep(0.02)

    async def visit(self, phone: serving.Client, path: str) -> None:
        while not self._stopping:
            await self.ask(phone, "GET", path)
            await asyncio.sleep(0.02)

    @contextlib.asynccontextmanager
    async def running(self, members: list[serving.Client]) -> AsyncIterator[None]:
        asking = [self.read(phone, i) for i, phone in enumerate(members)]
        asking.append(self.write(members[0]))
        asking += [self.register(self._hiroba.client("/whoami")) for _ in range(3)]
        for path in ("/readyz", "/healthz", "/mailbox/messages?limit=1"):
            asking.append(self.visit(self._hiroba.client(), path))
        tasks = [asyncio.create_task(one) for one in asking]
        try:
            yield
        finally:
            self._stopping = True
            async with asyncio.timeout(20):
                await asyncio.gather(*tasks)

    def between(self, began: float, ended: float) -> list[Told]:
        """What was answered within that time."""
        return [told for told in self.told if began <= told.ended <= ended]


async def members(hiroba: serving.Serving) -> list[serving.Client]:
    """Phones of people who are signed in."""
    found = []
    for name in ("coordinator", "haruto", "haru", "riku") * (PHONES // 4):
        phone = hiroba.client("/community")
        answer = await phone.post("/login", {"username": name, "password": "Hiroba-demo-1!"})
        assert answer.status == 200
        found.append(phone)
    return found


def check_words(told: Told) -> None:
    """503 as that API says it, and when to come again."""
    assert told.status == 503, told
    assert int(told.answer.headers["Retry-After"]) >= 1, told
    body = told.answer.body
    if " /community" in told.what:
        assert body == {"key": "error.unavailable", "message": "Not available, please try again soon"}
    elif " /whoami" in told.what:
        assert body == {"status": False, "message": "The server cannot reach its database, try again soon"}
    else:
        assert told.answer.headers["Content-Type"].startswith("application/problem+json"), told
        assert body["status"] == 503


@contextlib.asynccontextmanager
async def gone(own: databases.OwnPostgres, how: str) -> AsyncIterator[None]:
    """PostgreSQL is stopped, killed, or hangs, while the block lasts."""
    if how == "frozen":
        async with scratch.frozen(own.dsn):
            yield
        return
    await asyncio.to_thread(own.stop, how)
    try:
        yield
    finally:
        await asyncio.to_thread(own.start)


@pytest.mark.parametrize("how", ["fast", "immediate", "kill", "frozen"])
async def test_everybody_is_told_at_once_and_all_goes_on_after(own_postgres: databases.OwnPostgres, how: str) -> None:
    settings = serving.config(
        own_postgres.dsn,
        demo={"enabled": "true"},
        database={"statement_timeout_seconds": STATEMENT_SECONDS},
        mail={"backoff_first_seconds": 0.2, "backoff_max_seconds": 0.5, "lease_seconds": 1},
    )
    async with serving.served(settings) as hiroba:
        load, phones = Load(hiroba), await members(hiroba)
        async with load.running(phones):
            await asyncio.sleep(0.5)
            left = time.monotonic()
            async with gone(own_postgres, how):
                lost = time.monotonic()
                await asyncio.sleep(max(OUTAGE_SECONDS, HANGING_SECONDS_MIN if how == "frozen" else 0))
                returning = time.monotonic()
            returned = time.monotonic()
            await until_ready(hiroba, returned)
            await until_all_is_well(load, returned)

        check_readiness(load, left, lost, returning, returned)
        during = [
            told
            for told in load.between(lost + 0.1, returning)
            if "/readyz" not in told.what and "/healthz" not in told.what
        ]
        # Each API was asked, for what anybody may see and what is somebody's, for reading and for writing.
        asked = {tuple(told.what.split("/")[:2]) for told in during}
        # A server that hangs answers few of them before it goes on.
        if how != "frozen":
            assert asked >= {("GET ", "community"), ("POST ", "community"), ("POST ", "whoami"), ("GET ", "mailbox")}
        for told in during:
            check_words(told)
        check_promptness(load, during, settings, how)
        # Nothing else was ever said.
        assert {told.status for told in load.told} == {200, 503}
        await check_nothing_is_stuck(hiroba)
        for email in load.registered:
            await until_delivered(hiroba, email)
            assert len(await hiroba.letters(email)) == 1, email


async def until_ready(hiroba: serving.Serving, returned: float) -> None:
    """Until it says so, which is soon."""
    phone = hiroba.client()

    async def is_ready() -> bool:
        return (await phone.get("/readyz")).status == 200

    await scratch.until(is_ready, 5)
    assert time.monotonic() - returned < 5


async def until_delivered(hiroba: serving.Serving, email: str) -> None:
    """Until the letter is there: one that failed meanwhile waits for its next attempt."""

    async def is_there() -> bool:
        return bool(await hiroba.letters(email))

    await scratch.until(is_there, 10)


async def until_all_is_well(load: Load, returned: float) -> None:
    """Until nobody was refused for a while. Who was connecting when it went may wait a little longer than readiness."""

    def is_well() -> bool:
        now = time.monotonic()
        return {told.status for told in load.between(max(returned, now - 0.3), now)} == {200}

    await asyncio.sleep(0.3)
    await scratch.until(is_well, 5)
    assert time.monotonic() - returned < 5


def check_readiness(load: Load, left: float, lost: float, returning: float, returned: float) -> None:
    """Alive all the time; not ready within two seconds of the end, ready within five of the return."""
    assert {told.status for told in load.told if "/healthz" in told.what} == {200}
    looks = [told for told in load.told if "/readyz" in told.what]
    red = next((look for look in looks if look.ended > left and look.status == 503), None)
    assert red is not None, "never red"
    assert red.ended - lost < 2
    assert red.answer.body["database"] is False
    assert {look.status for look in looks if look.began > red.ended and look.ended < returning} <= {503}
    green = next((look for look in looks if look.ended > returned and look.status == 200), None)
    assert green is not None, "never green again"
    assert green.ended - returned < 5


def check_promptness(load: Load, during: list[Told], settings: config_.Config, how: str) -> None:
    """Nobody waits longer than for a turn and a statement, and where PostgreSQL is gone next to nobody waits at all."""
    slowest = max(load.told, key=lambda told: told.ended - told.began)
    seconds_max = settings.database.acquire_timeout_seconds + STATEMENT_SECONDS + SLACK_SECONDS
    assert slowest.ended - slowest.began < seconds_max, slowest
    if how != "frozen":
        usual = sorted(told.ended - told.began for told in during)[int(len(during) * 0.9)]
        assert usual < SLACK_SECONDS


async def check_nothing_is_stuck(hiroba: serving.Serving) -> None:
    """No connection in use, nobody waiting, and each that there may be can be had."""
    database = hiroba.context.database
    await scratch.until(lambda: database.stats.waiting == 0)
    most = hiroba.config.database.connections_max
    async with asyncio.timeout(5):
        await asyncio.gather(*(database.value("health.ping") for _ in range(most * 3)))
    await hiroba.letters("nobody@hiroba.example")
    await scratch.until(lambda: database.stats.busy == 0)
    assert database.stats.idle <= most
