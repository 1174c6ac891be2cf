"""Where mail servers are, and that a connection to one is kept, replaced when it breaks, and safe."""

import asyncio
import email.message
import email.policy

import aiosmtpd.smtp
import pytest

from mail import transports
from tests.mail.counterparts import Act

SENDER = "no-reply@localhost"
TO = "haruto@hiroba.example"


def message(number: int = 1) -> email.message.EmailMessage:
    made = email.message.EmailMessage(policy=email.policy.SMTP)
    made["From"] = SENDER
    made["To"] = TO
    made["Message-ID"] = f"<{number}@tests>"
    made.set_content(".\n..\nA line.\n")
    return made


@pytest.fixture
async def smtp(counterpart):
    smtp = transports.Smtp(transports.Server("127.0.0.1", counterpart.port), timeout_seconds=5)
    yield smtp
    await smtp.close()


async def send(smtp: transports.Smtp, number: int = 1, *, to: str = TO) -> None:
    await smtp.send(message(number), sender=SENDER, recipient=to)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", transports.Server("localhost", 25)),
        ("smtp://127.0.0.1:2525/", transports.Server("127.0.0.1", 2525)),
        ("smtp://[::1]:2525", transports.Server("::1", 2525)),
        ("smtp://relay.example?starttls=false", transports.Server("relay.example", 25)),
        (
            "smtp://user:pass@host.example:587?starttls=true",
            transports.Server("host.example", 587, "user", "pass", start_tls=True),
        ),
        ("smtp://u:p@host.example?starttls=true", transports.Server("host.example", 587, "u", "p", start_tls=True)),
        ("smtps://u%40x:p%2F%3A@host.example", transports.Server("host.example", 465, "u@x", "p/:", use_tls=True)),
        ("smtp://u:p@relay.example?starttls=false", transports.Server("relay.example", 25, "u", "p")),
        ("smtp://u:p@localhost:1025", transports.Server("localhost", 1025, "u", "p")),
    ],
)
def test_urls(url, server):
    assert transports.server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:25",
        "http://host.example",
        "smtp://",
        "smtp://u:hunter2@host.example:port",
        "smtp://u:hunter2/x@host.example:587?starttls=true",
        "smtp://u:hunter2#x@host.example:587?starttls=true",
        "smtp://u:hunter2@host.example:99999",
        "smtp://u:hunter2@host.example?starttls=yes",
        "smtp://u:hunter2@host.example?tls=true",
        "smtp://u:hunter2@host.example?starttls",
        "smtps://u:hunter2@host.example?starttls=true",
        "smtp://u:hunter2@host.example",
        "smtp://u:hunter2@host.example/path",
    ],
)
def test_urls_that_are_refused_are_not_quoted(url):
    with pytest.raises(ValueError) as refused:
        transports.server(url)
    assert "hunter2" not in str(refused.value)
    assert "host.example" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_server_does_not_show_its_password():
    server = transports.server("smtps://user:hunter2@host.example")
    assert "hunter2" not in repr(server)
    assert "user" not in repr(server)


async def test_one_connection_for_many_messages(counterpart, smtp):
    for number in range(5):
        await send(smtp, number)
    assert [received.message_id for received in counterpart.received] == [f"<{number}@tests>" for number in range(5)]
    assert len(counterpart.connections) == 1
    assert b"\r\n.\r\n..\r\nA line.\r\n" in counterpart.received[0].content


async def test_a_connection_that_was_dropped_meanwhile_is_replaced_unnoticed(counterpart, smtp):
    await send(smtp, 1)
    counterpart.hang_up()
    await send(smtp, 2)
    # And if the news has not arrived yet: the server says goodbye to the next command.
    counterpart.on_mail.append("421 4.4.2 Idle for too long")
    await send(smtp, 3)
    assert [received.message_id for received in counterpart.received] == ["<1@tests>", "<2@tests>", "<3@tests>"]
    assert len(counterpart.connections) == 3


@pytest.mark.parametrize(("answer", "permanent"), [("451 4.7.1 Greylisted", False), ("550 5.1.1 No such user", True)])
@pytest.mark.parametrize("command", ["on_rcpt", "on_data"])
async def test_a_refusal_is_told_and_the_next_message_goes_through(counterpart, smtp, command, answer, permanent):
    getattr(counterpart, command).append(answer)
    with pytest.raises(transports.Refused) as refused:
        await send(smtp, 1)
    assert refused.value.permanent is permanent
    assert refused.value.reason == answer
    await send(smtp, 2)
    assert counterpart.received[-1].message_id == "<2@tests>"
    assert len(counterpart.connections) == 1


async def test_a_refused_sender_is_no_fault_of_the_letter(counterpart, smtp):
    counterpart.on_mail.extend(["550 5.7.1 Not you", None, "550 5.7.1 Not you"])
    for _ in range(2):
        with pytest.raises(transports.Refused) as refused:
            await send(smtp, 1)
        assert refused.value.permanent is False
        await send(smtp, 2)


@pytest.mark.parametrize("act", [Act.DROP_IN_DATA, Act.DROP_AFTER_DATA])
async def test_a_connection_that_breaks_in_the_middle(counterpart, smtp, act):
    counterpart.on_data.append(act)
    with pytest.raises(transports.Interrupted) as interrupted:
        await send(smtp, 1)
    assert interrupted.value.reason == "connection lost"
    await send(smtp, 2)
    assert counterpart.received[-1].message_id == "<2@tests>"


async def test_a_server_that_falls_silent(counterpart):
    smtp = transports.Smtp(transports.Server("127.0.0.1", counterpart.port), timeout_seconds=0.1)
    counterpart.on_data.append(Act.SILENCE)
    with pytest.raises(transports.Interrupted) as interrupted:
        await send(smtp, 1)
    assert interrupted.value.reason == "timed out"
    # A late answer to the first must not be taken for one to the second.
    await send(smtp, 2)
    assert len(counterpart.connections) == 2
    await smtp.close()


async def test_cancelled_in_the_middle_the_connection_is_not_used_again(counterpart, smtp):
    counterpart.on_data.append(Act.SILENCE)
    sending = asyncio.create_task(send(smtp, 1))
    async with asyncio.timeout(5):
        while not counterpart.received:
            await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await send(smtp, 2)
    assert counterpart.received[-1].message_id == "<2@tests>"
    assert len(counterpart.connections) == 2


async def test_nobody_there(counterpart, smtp):
    await counterpart.stop()
    with pytest.raises(transports.Unreachable) as unreachable:
        await send(smtp)
    assert unreachable.value.reason == "cannot connect"
    await counterpart.start()
    await send(smtp)
    assert len(counterpart.received) == 1


async def test_somebody_there_who_never_greets():
    async def mute(_reader, _writer):
        await asyncio.Future()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    smtp = transports.Smtp(transports.Server("127.0.0.1", server.sockets[0].getsockname()[1]), timeout_seconds=0.1)
    with pytest.raises(transports.Unreachable):
        await send(smtp)
    server.close()


async def test_addresses_beyond_ascii(counterpart, smtp):
    made = message()
    made.replace_header("To", "花子 <花子@例え.jp>")
    await smtp.send(made, sender=SENDER, recipient="花子@例え.jp")
    assert counterpart.received[0].recipients == ("花子@例え.jp",)
    assert "To: 花子 <花子@例え.jp>".encode() in counterpart.received[0].content


async def test_a_server_that_takes_ascii_only_never_gets_other_addresses(counterpart, smtp, monkeypatch):
    monkeypatch.setattr(aiosmtpd.smtp.SMTP, "__init__", _without_utf8(aiosmtpd.smtp.SMTP.__init__))
    with pytest.raises(transports.Refused) as refused:
        await send(smtp, to="花子@例え.jp")
    assert refused.value.permanent is True
    await send(smtp, 2)
    assert len(counterpart.connections) == 1


def _without_utf8(init):
    def without(self, *args, **kwargs):
        init(self, *args, **{**kwargs, "enable_SMTPUTF8": False})

    return without
