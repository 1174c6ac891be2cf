"""The courier: what is put is delivered, over real SMTP, and it lives through what happens around it."""

import asyncio

import structlog

from mail import courier as courier_
from mail import letters, outbox
from mail.settings import Mail
from storage import letters as rows
from storage import mailbox
from storage.database import Database
from tests.mail.conftest import LINK, exhaust, url_of

TOKEN = LINK.rpartition("/")[2]


async def test_a_letter_reaches_its_mailbox(couriers, write, sink, database, clock):
    (letter_id,) = await write(name="山田 花子")
    clock.advance(seconds=3)
    await exhaust(couriers(sink.url))
    (mail,) = await mailbox.list(database, to="haruto@hiroba.example")
    letter = await rows.find(database, letter_id)
    assert mail.message_id == letter.message_id
    assert mail.sender == "Hiroba <no-reply@localhost>"
    assert mail.recipient == "haruto@hiroba.example"
    assert mail.subject == "Please confirm your e-mail address"
    assert LINK in mail.text.splitlines()
    assert "Hello 山田 花子," in mail.text
    assert f'href="{LINK}"' in mail.html
    assert mail.received_at == clock.now()
    assert letter.state == "delivered"
    assert letter.attempts == 1
    assert letter.ended_at == clock.now()
    assert not letter.has_secrets
    assert await outbox.depth(database) == 0


async def test_files_reach_the_mailbox_too(couriers, sink, database, keys, clock):
    pdf = letters.Attachment("請求書 7.pdf", "application/pdf", b"%PDF-1.7\n\x00\xff\r\n.\r\n")
    letter = letters.Letter(
        kind="confirmation",
        recipient=letters.Recipient("haruto@hiroba.example"),
        fields={"lasts": ""},
        secrets={"link": LINK},
        attachments=(pdf,),
    )
    await outbox.put(database, keys, letter, clock.now())
    await exhaust(couriers(sink.url))
    (mail,) = await mailbox.list(database)
    file = await mailbox.find_attachment(database, mail.attachments[0].id)
    assert (file.filename, file.content_type, file.content) == (pdf.filename, pdf.content_type, pdf.content)


async def test_it_is_woken_after_the_commit(couriers, write, sink, database, settings):
    courier = couriers(sink.url, settings=Mail(poll_seconds=3600))
    assert not courier.healthy
    running = asyncio.create_task(courier.run())
    async with asyncio.timeout(10):
        await courier.idle()
        assert courier.healthy
        async with database.transaction():
            await write()
            database.after_commit(courier.wake)
        await courier.idle()
    assert len(await mailbox.list(database)) == 1
    courier.stop()
    await running
    assert not courier.healthy


async def test_it_finds_letters_that_nobody_told_it_of(couriers, write, sink, database):
    courier = couriers(sink.url, settings=Mail(poll_seconds=0.01))
    running = asyncio.create_task(courier.run())
    async with asyncio.timeout(10):
        await courier.idle()
        await write()
        while await outbox.depth(database):
            await asyncio.sleep(0.01)
    courier.stop()
    await running
    assert len(await mailbox.list(database)) == 1


async def test_no_log_shows_a_link_or_whom_it_went_to(couriers, write, sink, caplog):
    await write()
    with caplog.at_level("DEBUG"), structlog.testing.capture_logs() as logs:
        await exhaust(couriers(sink.url))
    assert [log["event"] for log in logs] == ["letter_delivered"]
    assert TOKEN not in caplog.text + str(logs)
    assert "haruto" not in str(logs)


async def test_a_database_that_goes_away_ends_nothing(own_postgres, keys, clock, counterpart):
    """While a letter is with the mail server, too: it is noted when the database is back, and not sent again."""
    database = await Database.open(
        own_postgres.dsn, connections_max=3, acquire_timeout_seconds=0.2, statement_timeout_seconds=5
    )
    transport = courier_.transports.Smtp(courier_.transports.server(url_of(counterpart)), timeout_seconds=30)
    courier = courier_.Courier(database, transport, keys, Mail(poll_seconds=0.02), clock)
    letter = letters.confirmation("haruto@hiroba.example", name="", link=LINK)
    letter_id = await outbox.put(database, keys, letter, clock.now())
    stopped = asyncio.Event()
    take = counterpart.handle_DATA

    async def unplugging(*args):
        if not stopped.is_set():
            await asyncio.to_thread(own_postgres.stop, "immediate")
            stopped.set()
        return await take(*args)

    counterpart.handle_DATA = unplugging
    running = asyncio.create_task(courier.run())
    async with asyncio.timeout(30):
        await stopped.wait()
        while not counterpart.received:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        await asyncio.to_thread(own_postgres.start)
        while True:
            try:
                if (await rows.find(database, letter_id)).state == "delivered":
                    break
            except courier_.Unavailable:
                pass
            await asyncio.sleep(0.02)
        await outbox.put(database, keys, letter, clock.now())
        courier.wake()
        await courier.idle()
    assert courier.healthy
    courier.stop()
    await running
    assert len(counterpart.received) == 2
    assert len({received.message_id for received in counterpart.received}) == 2
    await database.close()


async def test_a_defect_of_ours_makes_it_unhealthy_until_it_is_gone(couriers, sink, monkeypatch, write, database):
    courier = couriers(sink.url)

    async def broken(*_args, **_kwargs):
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(rows, "claim", broken)
        running = asyncio.create_task(courier.run())
        async with asyncio.timeout(10):
            while courier._sound:
                await asyncio.sleep(0.01)
        assert not courier.healthy
    await write()
    courier.wake()
    async with asyncio.timeout(10):
        await courier.idle()
    assert courier.healthy
    courier.stop()
    await running
