"""The embedded mail sink: an SMTP server on loopback that keeps letters in the database instead of delivering them.

It answers 250 only when a letter is stored, drops a Message-ID that its recipient has already, and answers 451 while
the database is away, so that the courier comes again. There is no authentication: it listens on this machine alone.
"""

import asyncio
import email
import email.message
import email.policy
import hashlib
import logging
import secrets
from typing import Any, cast

import aiosmtpd.smtp
import structlog

from mail import given
from storage import mailbox
from storage.database import Database, Unavailable

HOST = "127.0.0.1"
IDLE_SECONDS = 300
CONNECTIONS_MAX = 100
CLOSING_SECONDS = 3
HEADER_CHARACTERS_MAX = 998
MESSAGE_ID_BYTES_MAX = 900

_log = structlog.get_logger("mail")
# aiosmtpd writes every line that it reads, links included, to this logger's lower levels.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Sink:
    """A listening sink. Make one with `open`."""

    def __init__(self, database: Database, clock: given.Clock, *, message_bytes_max: int) -> None:
        self._database = database
        self._clock = clock
        self._message_bytes_max = message_bytes_max
        self._connections: set[_Connection] = set()
        self._storing: set[asyncio.Task[int]] = set()
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls, database: Database, clock: given.Clock, *, message_bytes_max: int) -> "Sink":
        """Listens on a free port of 127.0.0.1 until `close`."""
        sink = cls(database, clock, message_bytes_max=message_bytes_max)
        loop = asyncio.get_running_loop()
        sink._server = await loop.create_server(sink._connection, HOST, 0)
        return sink

    @property
    def url(self) -> str:
        """Where it listens, as `mail.url` is written."""
        assert self._server is not None
        return f"smtp://{HOST}:{self._server.sockets[0].getsockname()[1]}?starttls=false"

    async def close(self) -> None:
        """Takes no more connections, ends those that are open, and lets what is being stored be stored."""
        if self._server is None:
            return
        self._server.close()
        if self._storing:
            await asyncio.wait(self._storing, timeout=CLOSING_SECONDS)
        dialogues = [connection.hang_up() for connection in self._connections]
        if dialogues:
            await asyncio.wait(dialogues, timeout=CLOSING_SECONDS)
        for connection in tuple(self._connections):
            connection.cut()
        await self._server.wait_closed()
        self._server = None

    def _connection(self) -> "_Connection":
        return _Connection(
            self,
            self._connections,
            loop=asyncio.get_running_loop(),
            # Unasked, aiosmtpd looks its own name up in the DNS, and everybody waits.
            hostname="localhost",
            ident="Hiroba",
            data_size_limit=self._message_bytes_max,
            enable_SMTPUTF8=True,
            timeout=IDLE_SECONDS,
        )

    # aiosmtpd finds its hooks by these names.
    async def handle_DATA(  # noqa: N802
        self, _server: aiosmtpd.smtp.SMTP, _session: aiosmtpd.smtp.Session, envelope: aiosmtpd.smtp.Envelope
    ) -> str:
        """Stores the message whole or not at all, even if its sender hangs up meanwhile; then the answer is due."""
        storing = asyncio.create_task(self._store(envelope))
        self._storing.add(storing)
        storing.add_done_callback(self._stored)
        try:
            await asyncio.shield(storing)
        except Unavailable:
            return "451 4.3.0 The mailbox cannot be reached, try again later"
        return "250 2.0.0 Stored"

    def _stored(self, storing: asyncio.Task[int]) -> None:
        self._storing.discard(storing)
        if not storing.cancelled():
            # Whoever waits for it hears of it; after a hang-up nobody does, and nobody was promised anything.
            storing.exception()

    async def handle_exception(self, error: Exception) -> str:
        """Whatever goes wrong here is no fault of the letter."""
        _log.error("sink_fault", exc_info=error)
        return "451 4.3.0 Something went wrong, try again later"

    async def _store(self, envelope: aiosmtpd.smtp.Envelope) -> int:
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.SMTP)
        text, html, files = _parts(message, content)
        return await mailbox.insert(
            self._database,
            message_id=_message_id(message),
            sender=_header(message, "From") or envelope.mail_from or "",
            recipients=[_text(recipient) for recipient in envelope.rcpt_tos],
            subject=_header(message, "Subject"),
            text=text,
            html=html,
            files=files,
            now=self._clock.now(),
        )


class _Connection(aiosmtpd.smtp.SMTP):
    """One client of the sink. Known to it from beginning to end, so that closing the sink closes it."""

    def __init__(self, sink: Sink, connections: set["_Connection"], **options: Any) -> None:
        super().__init__(sink, **options)
        self._connections = connections
        self._wire: asyncio.Transport
        self._dialogue: asyncio.Task[None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self._handler_coroutine is not None
        self._dialogue = self._handler_coroutine
        # uvloop's transports are of no class of asyncio's.
        self._wire = cast(asyncio.Transport, transport)
        self._connections.add(self)
        if len(self._connections) > CONNECTIONS_MAX:
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> asyncio.Task[None]:
        """Ends the connection once the last answer is out; answers the task that ends with it."""
        self._wire.close()
        return self._dialogue

    def cut(self) -> None:
        """Ends the connection whether or not its client reads."""
        self._wire.abort()


def _message_id(message: email.message.EmailMessage) -> str:
    named = _header(message, "Message-ID").strip()
    if not named:
        return f"<{secrets.token_hex(16)}@nameless>"
    if len(named.encode()) > MESSAGE_ID_BYTES_MAX:
        return f"<{hashlib.sha256(named.encode()).hexdigest()}@shortened>"
    return named


def _header(message: email.message.EmailMessage, name: str) -> str:
    try:
        value = message.get(name, "")
    except Exception:
        # The library cannot read some malformed headers. A mail is kept all the same.
        value = ""
    return " ".join(_text(str(value)).split())[:HEADER_CHARACTERS_MAX]


def _parts(message: email.message.EmailMessage, content: bytes) -> tuple[str, str, list[mailbox.File]]:
    try:
        return _body(message, "plain"), _body(message, "html"), _files(message)
    except Exception:
        # The library stumbles over some broken nestings. What it cannot take apart is kept as it came.
        return _text(content.decode("ascii", "surrogateescape")), "", []


def _body(message: email.message.EmailMessage, form: str) -> str:
    part = message.get_body(preferencelist=(form,))
    if part is None:
        return ""
    return _text(_content(part)).replace("\r\n", "\n")


def _content(part: email.message.MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        # An unknown charset or a broken encoding: show what is readable.
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(part.get_payload())


def _files(message: email.message.EmailMessage) -> list[mailbox.File]:
    files = []
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            content = part.as_bytes()
        filename = _text(part.get_filename() or "attachment")
        files.append(mailbox.File(filename, _text(part.get_content_type()), content))
    return files


def _text(text: str) -> str:
    """What PostgreSQL keeps: bytes beyond ASCII read as UTF-8, no NUL, no lone surrogate."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "")
