"""Killed between any two steps: no letter is lost, and whoever gets one twice gets it under one Message-ID."""

import asyncio
import random
import sys
from pathlib import Path

import pytest

from mail import letters, outbox
from mail.settings import Mail
from storage import letters as rows
from storage import mailbox
from tests.mail import doomed
from tests.mail.conftest import exhaust

HOUSE = Path(__file__).parents[2]

# Where the courier is stopped: the module and function that is about to be called, or that has just returned.
STEPS = [
    ("before", rows, "claim"),
    ("after", rows, "claim"),
    ("before", outbox, "take_out"),
    ("after", outbox, "take_out"),
    ("after", letters, "compose"),
    ("before", mailbox, "insert"),
    ("after", mailbox, "insert"),
    ("before", rows, "mark_delivered"),
    ("after", rows, "mark_delivered"),
]


@pytest.mark.parametrize(("when", "module", "name"), STEPS, ids=lambda value: getattr(value, "__name__", value))
async def test_between_two_steps(when, module, name, couriers, write, sink, database, clock, monkeypatch):
    """The one that is killed does nothing more from there on; another takes over when its lease has run out."""
    (letter_id,) = await write()
    first = await rows.find(database, letter_id)
    reached = asyncio.Event()
    original = getattr(module, name)

    async def halting(*args, **kwargs):
        if when == "after":
            await original(*args, **kwargs)
        reached.set()
        await asyncio.Future()

    def halting_at_once(*args, **kwargs):
        original(*args, **kwargs)
        reached.set()
        raise asyncio.CancelledError

    first_courier = couriers(sink.url)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, halting if asyncio.iscoroutinefunction(original) else halting_at_once)
        carrying = asyncio.create_task(first_courier.deliver())
        async with asyncio.timeout(10):
            await reached.wait()
        carrying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await carrying
    # The sink's half of the process dies too.
    for storing in sink._storing:
        storing.cancel()
    clock.advance(seconds=Mail().lease_seconds)
    await exhaust(couriers(sink.url))
    letter = await rows.find(database, letter_id)
    assert letter.state == "delivered"
    assert not letter.has_secrets
    assert letter.message_id == first.message_id
    assert [mail.message_id for mail in await mailbox.list(database)] == [first.message_id]


async def test_with_minus_nine_again_and_again(dsn, database, write, select):
    """A whole process, courier and sink, killed at moments of chance until everything is delivered."""
    count, kills_min = 250, 5
    await write(count=count)
    chance = random.Random(20260314)
    async with asyncio.timeout(60):
        for _ in range(kills_min):
            (claims,) = select("SELECT sum(attempts) FROM letters")
            process = await started(dsn)
            while select("SELECT sum(attempts) FROM letters") == [claims]:
                await asyncio.sleep(0)
            await asyncio.sleep(chance.uniform(0, 0.05))
            process.kill()
            await process.wait()
        while await outbox.depth(database):
            # What the killed ones held waits for their leases.
            await (await started(dsn)).wait()
    assert select("SELECT count(*) > 0 FROM letters WHERE attempts > 1") == [(True,)]
    mails = select("SELECT message_id FROM mailbox")
    assert sorted(mails) == sorted(select("SELECT message_id FROM letters WHERE state = 'delivered'"))
    assert len(set(mails)) == count
    assert select("SELECT count(*) FROM letters WHERE secrets IS NOT NULL") == [(0,)]


async def started(dsn: str) -> asyncio.subprocess.Process:
    """The doomed process, about to begin."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", doomed.__name__, dsn, cwd=HOUSE, stdout=asyncio.subprocess.PIPE
    )
    assert await process.stdout.readline() == b"running\n"
    return process
