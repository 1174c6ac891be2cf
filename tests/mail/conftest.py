"""What the tests of mail share: a sink, keys, and letters to send."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg2
import pytest

from handlers.core.keys import Keys
from mail import courier as courier_
from mail import letters, outbox, transports
from mail.settings import Mail
from mail.sink import Sink
from tests.mail.counterparts import Counterpart

LINK = "http://localhost:8080/whoami/confirm/Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA"


@pytest.fixture
def keys() -> Keys:
    """A server's keys."""
    return Keys("the secret of the tests of mail")


@pytest.fixture
def settings() -> Mail:
    """Quick settings: nothing waits long."""
    return Mail(poll_seconds=0.02, timeout_seconds=5)


@pytest.fixture
async def sink(database, clock) -> AsyncIterator[Sink]:
    """The embedded sink."""
    sink = await Sink.open(database, clock, message_bytes_max=1_000_000)
    yield sink
    await sink.close()


@pytest.fixture
async def counterpart() -> AsyncIterator[Counterpart]:
    """A mail server that does as it is told."""
    counterpart = await Counterpart().start()
    yield counterpart
    await counterpart.stop()


class Counted:
    """A transport that counts, and that a test can make stop before or after a message is handed over."""

    def __init__(self, url: str, *, timeout_seconds: float = 5) -> None:
        self.inner = transports.Smtp(transports.server(url), timeout_seconds=timeout_seconds)
        self.sent: list[str] = []

    async def send(self, message, *, sender, recipient) -> None:
        await self.inner.send(message, sender=sender, recipient=recipient)
        self.sent.append(message["Message-ID"])

    async def close(self) -> None:
        await self.inner.close()


@pytest.fixture
async def couriers(database, keys, settings, clock) -> AsyncIterator[Callable[..., Any]]:
    """Makes couriers to a mail server, without jitter; says goodbye for them at the end."""
    made: list[Counted] = []

    def make(url: str, *, settings: Mail = settings, database=database) -> Any:
        transport = Counted(url, timeout_seconds=settings.timeout_seconds)
        made.append(transport)
        courier = courier_.Courier(database, transport, keys, settings, clock, dice=lambda: 0.0)
        courier.sent = transport.sent
        return courier

    yield make
    for transport in made:
        await transport.close()


@pytest.fixture
def write(database, keys, clock) -> Callable[..., Any]:
    """Puts letters of confirmation; answers their ids."""

    async def write(address: str = "haruto@hiroba.example", *, name: str = "Haruto", count: int = 1) -> list[int]:
        return [
            await outbox.put(
                database, keys, letters.confirmation(address, name=name, link=LINK, ttl_seconds=3600), clock.now()
            )
            for _ in range(count)
        ]

    return write


@pytest.fixture
def select(dsn) -> Callable[..., list[tuple]]:
    """Looks into the tables as their owner."""

    def select(query: str, *values: object) -> list[tuple]:
        with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    return select


def url_of(counterpart: Counterpart) -> str:
    """Where a counterpart listens."""
    return f"smtp://127.0.0.1:{counterpart.port}"


async def exhaust(courier: Any) -> None:
    """Carries until nothing is due."""
    async with asyncio.timeout(20):
        while await courier.deliver() is not courier_.Look.NOTHING_DUE:
            pass
