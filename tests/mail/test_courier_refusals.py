"""The courier when the other side says no: later, again, or never; each letter comes to an end."""

import asyncio
from datetime import timedelta

import pytest
import structlog

from handlers.core.keys import Keys
from mail import courier as courier_
from mail import outbox
from mail.settings import Mail
from storage import letters as rows
from tests.mail.conftest import LINK, exhaust, url_of
from tests.mail.counterparts import Act

NOTHING_DUE = courier_.Look.NOTHING_DUE
TOKEN = LINK.rpartition("/")[2]


async def test_what_is_refused_for_now_is_tried_again_later_each_time_later(
    couriers, write, counterpart, database, clock
):
    (letter_id,) = await write()
    courier = couriers(url_of(counterpart))
    first = await rows.find(database, letter_id)
    counterpart.on_rcpt.extend(["451 4.7.1 Greylisted"] * 4)
    waits = []
    for attempt in range(1, 5):
        await exhaust(courier)
        letter = await rows.find(database, letter_id)
        assert (letter.state, letter.attempts, letter.last_error) == ("waiting", attempt, "451 4.7.1 Greylisted")
        assert letter.has_secrets
        assert letter.claimed_until is None
        waits.append((letter.due_at - clock.now()).total_seconds())
        clock.advance(seconds=waits[-1] - 1)
        assert await courier.deliver() is NOTHING_DUE
        clock.advance(seconds=1)
    assert waits == [5, 10, 20, 40]
    await exhaust(courier)
    letter = await rows.find(database, letter_id)
    assert letter.state == "delivered"
    assert not letter.has_secrets
    assert [received.message_id for received in counterpart.received] == [first.message_id]


async def test_waits_have_an_end_and_are_shortened_by_chance(database, keys, settings, clock, counterpart, write):
    (letter_id,) = await write()
    rolls = iter([0.0, 1.0, 0.0])
    settings = Mail(backoff_first_seconds=8, backoff_max_seconds=12, poll_seconds=0.01)
    transport = courier_.transports.Smtp(courier_.transports.server(url_of(counterpart)), timeout_seconds=5)
    courier = courier_.Courier(database, transport, keys, settings, clock, dice=lambda: next(rolls))
    counterpart.on_rcpt.extend(["451 no"] * 3)
    for wait in (8, 9, 12):
        await exhaust(courier)
        letter = await rows.find(database, letter_id)
        assert letter.due_at - clock.now() == timedelta(seconds=wait)
        clock.advance(seconds=wait)
    await transport.close()


@pytest.mark.parametrize("command", ["on_rcpt", "on_data"])
async def test_what_is_refused_for_good_is_given_up_at_once_and_visibly(
    couriers, write, counterpart, database, clock, command
):
    (letter_id,) = await write()
    courier = couriers(url_of(counterpart))
    getattr(counterpart, command).append("550 5.1.1 No such user")
    before = courier_.LETTERS.labels("confirmation", "given_up")._value.get()
    with structlog.testing.capture_logs() as logs:
        await exhaust(courier)
    letter = await rows.find(database, letter_id)
    assert (letter.state, letter.attempts, letter.last_error) == ("failed", 1, "550 5.1.1 No such user")
    assert letter.ended_at == clock.now()
    assert not letter.has_secrets
    assert courier_.LETTERS.labels("confirmation", "given_up")._value.get() == before + 1
    assert [(log["event"], log["letter_id"], log["log_level"]) for log in logs] == [
        ("letter_given_up", letter_id, "error")
    ]
    clock.advance(days=10)
    assert await courier.deliver() is NOTHING_DUE


async def test_after_the_last_attempt_it_is_given_up(couriers, write, counterpart, database, clock):
    (letter_id,) = await write()
    courier = couriers(url_of(counterpart), settings=Mail(attempts_max=3))
    counterpart.on_rcpt.extend(["451 no"] * 3)
    for _ in range(3):
        await exhaust(courier)
        clock.advance(hours=1)
    letter = await rows.find(database, letter_id)
    assert (letter.state, letter.attempts, letter.last_error) == ("failed", 3, "451 no")
    assert not letter.has_secrets


@pytest.mark.parametrize("act", [Act.DROP_IN_DATA, Act.DROP_AFTER_DATA])
async def test_a_broken_connection_loses_nothing_and_the_id_stays(couriers, write, counterpart, database, clock, act):
    (letter_id,) = await write()
    first = await rows.find(database, letter_id)
    courier = couriers(url_of(counterpart))
    counterpart.on_data.append(act)
    await exhaust(courier)
    letter = await rows.find(database, letter_id)
    assert (letter.state, letter.last_error) == ("waiting", "connection lost")
    clock.advance(seconds=5)
    await exhaust(courier)
    assert (await rows.find(database, letter_id)).state == "delivered"
    assert {received.message_id for received in counterpart.received} == {first.message_id}
    # A server that took it and could not say so gets it twice; that is what the id is for.
    assert len(counterpart.received) == (2 if act is Act.DROP_AFTER_DATA else 1)


async def test_one_bad_letter_does_not_hold_up_the_others(couriers, write, counterpart, database):
    await write(count=5)
    counterpart.on_rcpt.extend([None, "550 no", None, "451 later"])
    await exhaust(couriers(url_of(counterpart)))
    assert len(counterpart.received) == 3
    assert len(counterpart.connections) == 1
    assert await outbox.depth(database) == 1


async def test_without_a_mail_server_letters_wait(couriers, write, counterpart, database, clock, select):
    await write(count=4)
    courier = couriers(url_of(counterpart))
    await counterpart.stop()
    with structlog.testing.capture_logs() as logs:
        assert await courier.deliver() is courier_.Look.BROKEN_OFF
    # One paid for the attempt, the others are as if nobody had touched them.
    assert select("SELECT attempts, claimed_until, last_error FROM letters ORDER BY id") == [
        (1, None, "cannot connect"),
        (0, None, None),
        (0, None, None),
        (0, None, None),
    ]
    assert str(counterpart.port) not in str(logs)
    await counterpart.start()
    clock.advance(seconds=5)
    await exhaust(courier)
    assert len(counterpart.received) == 4


async def test_a_courier_goes_on_when_the_mail_server_returns(couriers, write, counterpart, database, clock):
    courier = couriers(url_of(counterpart))
    await counterpart.stop()
    await write(count=3)
    running = asyncio.create_task(courier.run())
    async with asyncio.timeout(20):
        while not await _tried(database, clock):
            await asyncio.sleep(0.01)
        assert courier.healthy
        await counterpart.start()
        clock.advance(hours=1)
        courier.wake()
        while await outbox.depth(database):
            await asyncio.sleep(0.01)
    courier.stop()
    await running
    assert len({received.message_id for received in counterpart.received}) == 3


async def _tried(database, clock) -> bool:
    """Whether somebody has tried all: none is due now."""
    claimed = await rows.claim(database, letters_max=1, now=clock.now(), until=clock.now())
    await rows.release(database, claimed)
    return not claimed


async def test_a_mail_server_that_quotes_what_it_refuses_is_not_quoted(couriers, write, counterpart, database):
    (letter_id,) = await write()
    counterpart.on_data.append(f"550 5.7.1 Blocked: {LINK} and {TOKEN} and localhost:8080/whoami/confirm/{TOKEN}= ok")
    with structlog.testing.capture_logs() as logs:
        await exhaust(couriers(url_of(counterpart)))
    letter = await rows.find(database, letter_id)
    assert letter.last_error.startswith("550 5.7.1 Blocked: [...]")
    assert letter.last_error.endswith("ok")
    assert TOKEN not in letter.last_error + str(logs)


async def test_a_letter_that_cannot_be_opened_is_tried_and_then_given_up(database, settings, clock, counterpart, write):
    (letter_id,) = await write()
    transport = courier_.transports.Smtp(courier_.transports.server(url_of(counterpart)), timeout_seconds=5)
    others_keys = Keys("the secret of another server")
    courier = courier_.Courier(database, transport, others_keys, Mail(attempts_max=2), clock)
    for _ in range(2):
        await exhaust(courier)
        clock.advance(hours=1)
    letter = await rows.find(database, letter_id)
    assert (letter.state, letter.last_error) == ("failed", "cannot be sent: Unreadable")
    assert not letter.has_secrets
    assert counterpart.received == []
