"""Couriers among themselves: who holds a letter, for how long, and what happens to it when they fall silent."""

import asyncio
from datetime import timedelta

import pytest

from mail import courier as courier_
from mail.settings import Mail
from storage import letters as rows
from storage import mailbox
from tests.mail.conftest import exhaust, url_of
from tests.mail.counterparts import Act

NOTHING_DUE = courier_.Look.NOTHING_DUE


async def test_two_couriers_share_the_work_and_no_letter_goes_twice(couriers, write, sink, database):
    await write(count=60)
    pair = [couriers(sink.url), couriers(sink.url)]
    await asyncio.gather(*map(exhaust, pair))
    sent = [message_id for courier in pair for message_id in courier.sent]
    assert len(sent) == 60
    assert len(set(sent)) == 60
    assert all(courier.sent for courier in pair)
    assert len(await mailbox.list(database)) == 60


async def test_the_lease_of_a_courier_that_fell_silent_runs_out(database, couriers, write, sink, clock):
    (letter_id,) = await write()
    settings = Mail()
    until = clock.now() + timedelta(seconds=settings.lease_seconds)
    (lost,) = await rows.claim(database, letters_max=10, now=clock.now(), until=until)
    courier = couriers(sink.url, settings=settings)
    assert await courier.deliver() is NOTHING_DUE
    clock.advance(seconds=settings.lease_seconds - 1)
    assert await courier.deliver() is NOTHING_DUE
    clock.advance(seconds=1)
    await exhaust(courier)
    assert (await rows.find(database, letter_id)).attempts == 2
    assert len(await mailbox.list(database)) == 1
    # And what the silent one says when it comes to itself changes nothing.
    assert not await rows.postpone(database, lost, due_at=clock.now(), error="late")
    assert not await rows.mark_failed(database, lost, error="late", now=clock.now())
    assert not await rows.mark_delivered(database, lost, now=clock.now())


async def test_a_claim_that_was_lost_cannot_spoil_the_next(database, write, clock):
    (letter_id,) = await write()
    (lost,) = await rows.claim(database, letters_max=1, now=clock.now(), until=clock.now())
    (held,) = await rows.claim(database, letters_max=1, now=clock.now(), until=clock.now() + timedelta(seconds=6))
    await rows.release(database, [lost])
    await rows.renew(database, [lost], until=clock.now())
    assert not await rows.postpone(database, lost, due_at=clock.now(), error="late")
    letter = await rows.find(database, letter_id)
    assert (letter.attempts, letter.claimed_until) == (held.attempts, clock.now() + timedelta(seconds=6))


async def test_a_slow_mail_server_does_not_cost_the_lease(couriers, write, counterpart, database, clock):
    (letter_id,) = await write()
    courier = couriers(url_of(counterpart), settings=Mail(lease_seconds=0.06, timeout_seconds=30))
    counterpart.on_data.append(Act.SILENCE)
    carrying = asyncio.create_task(courier.deliver())
    async with asyncio.timeout(20):
        while not counterpart.received:
            await asyncio.sleep(0.01)
        for _ in range(5):
            moment = clock.advance(seconds=0.05)
            while (await rows.find(database, letter_id)).claimed_until < moment + timedelta(seconds=0.06):
                await asyncio.sleep(0.01)
            assert await couriers(url_of(counterpart)).deliver() is NOTHING_DUE
    carrying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await carrying


async def test_a_letter_on_which_couriers_die_comes_to_an_end(couriers, write, counterpart, database, clock):
    (letter_id,) = await write()
    for _ in range(2):
        await rows.claim(database, letters_max=1, now=clock.now(), until=clock.now())
    await exhaust(couriers(url_of(counterpart), settings=Mail(attempts_max=2)))
    letter = await rows.find(database, letter_id)
    assert (letter.state, letter.has_secrets) == ("failed", False)
    assert counterpart.received == []


async def test_stopping_finishes_the_letter_in_hand_and_gives_back_the_others(
    couriers, write, counterpart, database, select, monkeypatch
):
    await write(count=5)
    courier = couriers(url_of(counterpart), settings=Mail(poll_seconds=3600))
    handed_over, go_on = asyncio.Event(), asyncio.Event()
    take = counterpart.handle_DATA

    async def slow(*args):
        handed_over.set()
        await go_on.wait()
        return await take(*args)

    monkeypatch.setattr(counterpart, "handle_DATA", slow)
    running = asyncio.create_task(courier.run())
    async with asyncio.timeout(10):
        await handed_over.wait()
        courier.stop()
        go_on.set()
        await running
    assert len(counterpart.received) == 1
    assert select("SELECT state, attempts, claimed_until FROM letters ORDER BY id") == [
        ("delivered", 1, None),
        *[("waiting", 0, None)] * 4,
    ]
    await exhaust(couriers(url_of(counterpart)))
    assert len({received.message_id for received in counterpart.received}) == 5
    assert len(counterpart.received) == 5
