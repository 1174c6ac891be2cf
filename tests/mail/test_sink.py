"""The embedded sink: what it says it has, it has, once; and it says so only then."""

import asyncio
import email.message
import email.policy

import aiosmtplib
import pytest

from mail import sink as sink_
from mail.sink import Sink
from storage import mailbox
from storage.database import Database


def port_of(sink: Sink) -> int:
    return int(sink.url.rpartition(":")[2].partition("?")[0])


@pytest.fixture
async def client(sink):
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port_of(sink), use_tls=False, start_tls=False, timeout=5)
    await client.connect()
    yield client
    client.close()


def message(subject: str = "Hello", *, message_id: str | None = "<1@tests>", text: str = "A line.\n") -> bytes:
    made = email.message.EmailMessage(policy=email.policy.SMTP)
    made["From"] = "Riku <riku@hiroba.example>"
    made["To"] = "Haruto <haruto@hiroba.example>"
    made["Subject"] = subject
    if message_id:
        made["Message-ID"] = message_id
    made.set_content(text)
    made.add_alternative(f"<p>{text}</p>", subtype="html")
    return made.as_bytes()


# The answers to: nothing, EHLO, MAIL, RCPT, DATA, the message, and the last four again; QUIT.
CODES = ["220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]
SENDER = "riku@hiroba.example"
TO = ["haruto@hiroba.example"]


async def test_a_message_is_kept_as_its_reader_sees_it(client, database, clock):
    await client.sendmail(SENDER, TO, message("Ünïcode 件名", text="Zeile 1\nZeile 2 ü\n"))
    (mail,) = await mailbox.list(database)
    assert mail == await mailbox.find(database, mail.id)
    assert mail.message_id == "<1@tests>"
    assert mail.sender == "Riku <riku@hiroba.example>"
    assert mail.recipient == "haruto@hiroba.example"
    assert mail.subject == "Ünïcode 件名"
    assert mail.text == "Zeile 1\nZeile 2 ü\n"
    assert mail.html == "<p>Zeile 1\nZeile 2 ü\n</p>\n"
    assert mail.received_at == clock.now()
    assert mail.attachments == ()


async def test_files_are_kept_with_their_bytes(client, database):
    made = email.message_from_bytes(message(), policy=email.policy.SMTP)
    content = bytes(range(256)) * 50
    made.add_attachment(content, maintype="application", subtype="pdf", filename="Rechnung ü.pdf")
    made.add_attachment(b"plain\n", maintype="text", subtype="plain", filename="a.txt")
    await client.sendmail(SENDER, TO, made.as_bytes())
    (mail,) = await mailbox.list(database)
    assert [(file.filename, file.content_type, file.size_bytes) for file in mail.attachments] == [
        ("Rechnung ü.pdf", "application/pdf", len(content)),
        ("a.txt", "text/plain", 6),
    ]
    file = await mailbox.find_attachment(database, mail.attachments[0].id)
    assert file == mailbox.File("Rechnung ü.pdf", "application/pdf", content)
    assert mail.text == "A line.\n"
    assert await mailbox.find_attachment(database, 0) is None


async def test_the_newest_come_first_and_to_narrows_to_one_address_in_any_case(client, database):
    for number, to in enumerate(["haruto@hiroba.example", "riku@hiroba.example", "Haruto@hiroba.example"]):
        await client.sendmail(SENDER, [to], message(str(number), message_id=f"<{number}@tests>"))
    assert [mail.subject for mail in await mailbox.list(database)] == ["2", "1", "0"]
    assert [mail.subject for mail in await mailbox.list(database, limit=1)] == ["2"]
    assert [mail.subject for mail in await mailbox.list(database, to="HARUTO@hiroba.example")] == ["2", "0"]
    assert await mailbox.list(database, to="%") == []
    newest = (await mailbox.list(database, limit=1))[0]
    assert [mail.subject for mail in await mailbox.list(database, before=newest.id)] == ["1", "0"]


async def test_a_message_that_comes_again_is_taken_and_dropped(client, database):
    for _ in range(2):
        _, answer = await client.sendmail(SENDER, TO, message())
        assert answer.startswith("2.0.0")
    await client.sendmail(SENDER, [*TO, "riku@hiroba.example"], message())
    assert sorted(mail.recipient for mail in await mailbox.list(database)) == [*TO, "riku@hiroba.example"]


async def test_messages_without_an_id_are_all_kept(client, database):
    for _ in range(2):
        await client.sendmail(SENDER, TO, message(message_id=None))
    assert len(await mailbox.list(database)) == 2


async def test_an_id_of_any_length_is_an_id(client, database):
    for _ in range(2):
        await client.sendmail(SENDER, TO, message(message_id=f"<{'a' * 900}@tests>"))
    assert len(await mailbox.list(database)) == 1


async def test_addresses_and_headers_beyond_ascii(client, database):
    made = email.message_from_bytes(message("件名"), policy=email.policy.SMTPUTF8)
    made.replace_header("From", "花子 <花子@例え.jp>")
    await client.mail("花子@例え.jp", options=["SMTPUTF8"], encoding="utf-8")
    await client.rcpt("太郎@例え.jp", encoding="utf-8")
    await client.data(made.as_bytes())
    (mail,) = await mailbox.list(database, to="太郎@例え.jp")
    assert mail.sender == "花子 <花子@例え.jp>"
    assert mail.subject == "件名"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all\r\n",
        b"Subject: =?utf-8?b?////?=\r\n\r\nbody\r\n",
        b"Subject: a\x00b\r\n\r\nnul \x00 here\r\n",
        b"Content-Type: text/plain; charset=nothing\r\n\r\nb\xc3\xbccher\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nbroken",
        b"From: <<<>>>\r\nTo: ,,,\r\nMessage-ID: \r\nDate: x\r\n\r\nbody\r\n",
        b"From: a@b\r\nFrom: c@d\r\nContent-Type: ;;;\r\n\r\nbody\r\n",
        b"Content-Disposition: attachment; filename*=x''%ff\r\n\r\nbody\r\n",
        b"Message-ID: [not an id\r\nSubject: \xff\xfe\r\n\r\nbody\r\n",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nbody\r\n",
        b"Content-Type: multipart/alternative\r\n\r\nbody\r\n",
        b"Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n",
    ],
)
async def test_whatever_comes_is_kept(client, database, raw):
    await client.sendmail(SENDER, TO, raw)
    assert len(await mailbox.list(database)) == 1


async def test_what_is_too_large_is_refused_for_good(client, database):
    # Announced, it is refused at once; unannounced, at the end.
    with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
        await client.sendmail(SENDER, TO, message(text="a line\n" * 200_000))
    assert refused.value.code == 552
    await client.rset()
    await client.mail(SENDER)
    await client.rcpt(TO[0])
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await client.data(message(text="a line\n" * 200_000))
    assert refused.value.code == 552
    await client.sendmail(SENDER, TO, message())
    assert len(await mailbox.list(database)) == 1


async def test_while_the_database_is_away_the_sender_is_asked_to_come_again(own_postgres, clock):
    database = await Database.open(
        own_postgres.dsn, connections_max=2, acquire_timeout_seconds=0.2, statement_timeout_seconds=5
    )
    sink = await Sink.open(database, clock, message_bytes_max=100_000)
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port_of(sink), use_tls=False, start_tls=False, timeout=10)
    await client.connect()
    try:
        await client.sendmail(SENDER, TO, message(message_id="<before@tests>"))
        await asyncio.to_thread(own_postgres.stop, "immediate")
        for _ in range(2):
            with pytest.raises(aiosmtplib.SMTPDataError) as refused:
                await client.sendmail(SENDER, TO, message())
            assert refused.value.code == 451
        await asyncio.to_thread(own_postgres.start)
        async with asyncio.timeout(10):
            while True:
                try:
                    await client.sendmail(SENDER, TO, message())
                    break
                except aiosmtplib.SMTPDataError:
                    pass
        assert [mail.message_id for mail in await mailbox.list(database)] == ["<1@tests>", "<before@tests>"]
    finally:
        client.close()
        await sink.close()
        await database.close()


async def test_a_defect_of_ours_costs_no_letter(client, database, monkeypatch):
    async def broken(*_args, **_kwargs):
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "insert", broken)
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.sendmail(SENDER, TO, message())
    assert refused.value.code == 451
    assert "defect" not in refused.value.message
    await client.sendmail(SENDER, TO, message())
    assert len(await mailbox.list(database)) == 1


async def test_commands_may_come_all_at_once(sink, database):
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(sink))
    envelope = b"MAIL FROM:<riku@hiroba.example>\r\nRCPT TO:<haruto@hiroba.example>\r\nDATA\r\n"
    body = message()
    writer.write(b"EHLO tests\r\n" + envelope + body + b".\r\n" + envelope)
    writer.write(message(message_id="<2@tests>") + b".\r\nQUIT\r\n")
    async with asyncio.timeout(10):
        answers = (await reader.read()).decode().splitlines()
    assert [line[:3] for line in answers if line[3:4] == " "] == CODES
    assert len(await mailbox.list(database)) == 2
    writer.close()


async def test_half_a_message_is_none(sink, database):
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(sink))
    writer.write(b"EHLO tests\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + message()[:80])
    async with asyncio.timeout(10):
        await reader.readuntil(b"354")
    writer.close()
    await until(lambda: not sink._connections)
    assert await mailbox.list(database) == []


async def test_a_message_is_stored_whole_though_its_sender_hangs_up(sink, database, monkeypatch):
    """The sender does not know that it is stored, comes again, and the second is dropped."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    insert = mailbox.insert

    async def slow(*args, **kwargs):
        begun.set()
        await go_on.wait()
        return await insert(*args, **kwargs)

    monkeypatch.setattr(mailbox, "insert", slow)
    _reader, writer = await asyncio.open_connection("127.0.0.1", port_of(sink))
    writer.write(b"EHLO tests\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n" + message() + b".\r\n")
    async with asyncio.timeout(10):
        await begun.wait()
    writer.transport.abort()
    await until(lambda: not sink._connections)
    go_on.set()
    await until(lambda: not sink._storing)
    assert len(await mailbox.list(database)) == 1


async def test_who_says_nothing_is_hung_up_on_and_leaves_nothing_behind(database, clock, monkeypatch):
    monkeypatch.setattr(sink_, "IDLE_SECONDS", 0.05)
    before = asyncio.all_tasks()
    sink = await Sink.open(database, clock, message_bytes_max=1000)
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(sink))
    async with asyncio.timeout(10):
        assert (await reader.read()).startswith(b"220")
    await until(lambda: not sink._connections and asyncio.all_tasks() == before)
    writer.close()
    await sink.close()


async def test_closing_hangs_up_and_leaves_nothing_behind(database, clock):
    before = asyncio.all_tasks()
    sink = await Sink.open(database, clock, message_bytes_max=1000)
    streams = [await asyncio.open_connection("127.0.0.1", port_of(sink)) for _ in range(3)]
    for reader, _writer in streams:
        await reader.readline()
    port = port_of(sink)
    async with asyncio.timeout(5):
        await sink.close()
        await sink.close()
        for reader, writer in streams:
            assert await reader.read() == b""
            writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
    await until(lambda: asyncio.all_tasks() == before)


async def test_there_is_an_end_to_connections(sink, monkeypatch):
    monkeypatch.setattr(sink_, "CONNECTIONS_MAX", 2)
    streams = [await asyncio.open_connection("127.0.0.1", port_of(sink)) for _ in range(3)]
    async with asyncio.timeout(5):
        assert (await streams[0][0].readline()).startswith(b"220")
        assert (await streams[1][0].readline()).startswith(b"220")
        assert await streams[2][0].read() == b""
    for _reader, writer in streams:
        writer.close()


async def test_no_log_shows_a_message(client, caplog):
    with caplog.at_level("DEBUG"):
        await client.sendmail(SENDER, TO, message(text="http://localhost/confirm/secret\n"))
    assert "secret" not in caplog.text


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)
