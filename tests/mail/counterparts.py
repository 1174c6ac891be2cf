"""A mail server that answers as a test tells it, and remembers what it was given."""

import asyncio
import email
import email.policy
import enum
import ssl
from collections import deque
from dataclasses import dataclass

import aiosmtpd.smtp


class Act(enum.Enum):
    """What no answer can express."""

    DROP_IN_DATA = "hang up while the message comes in"
    DROP_AFTER_DATA = "take the message, then hang up instead of saying so"
    SILENCE = "take the message and never answer"


@dataclass(frozen=True)
class Received:
    """A message that came in whole, whatever was answered."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes


class Counterpart:
    """Answers each MAIL, RCPT and DATA with the next of its queue; with an empty queue it takes everything."""

    def __init__(self) -> None:
        self.on_mail: deque[str | None] = deque()
        self.on_rcpt: deque[str | None] = deque()
        self.on_data: deque[str | Act | None] = deque()
        self.received: list[Received] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.connections: list[_Dialogue] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self, *, tls: ssl.SSLContext | None = None, **options) -> "Counterpart":
        """Listens. `options` are those of aiosmtpd's protocol."""

        def dialogue() -> _Dialogue:
            self.connections.append(_Dialogue(self, hostname="counterpart", **options))
            return self.connections[-1]

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(dialogue, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Stops listening and hangs up on everybody."""
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """Ends every connection, as a server does that restarts."""
        for dialogue in self.connections:
            if dialogue.transport is not None:
                dialogue.transport.abort()

    def authenticate(self, _server, _session, _envelope, _mechanism, data) -> aiosmtpd.smtp.AuthResult:
        """Lets everybody in whose password is "right"."""
        self.logins.append((data.login, data.password))
        return aiosmtpd.smtp.AuthResult(success=data.password == b"right", handled=False)

    async def handle_MAIL(self, _server, _session, envelope, address, _options) -> str:
        answer = self.on_mail.popleft() if self.on_mail else None
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        answer = self.on_rcpt.popleft() if self.on_rcpt else None
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server, _session, envelope) -> str:
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.SMTP)
        self.received.append(
            Received(message["Message-ID"], envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content)
        )
        answer = self.on_data.popleft() if self.on_data else None
        if answer is Act.DROP_AFTER_DATA:
            server.transport.abort()
        if isinstance(answer, Act):
            await asyncio.Future()
        return answer or "250 OK"


class _Dialogue(aiosmtpd.smtp.SMTP):
    def __init__(self, counterpart: Counterpart, **options) -> None:
        super().__init__(counterpart, loop=asyncio.get_running_loop(), enable_SMTPUTF8=True, **options)
        self._counterpart = counterpart

    async def smtp_DATA(self, arg: str) -> None:
        acts = self._counterpart.on_data
        if not acts or acts[0] is not Act.DROP_IN_DATA:
            await super().smtp_DATA(arg)
            return
        acts.popleft()
        await self.push("354 Go on")
        await self._reader.readuntil(b"\r\n")
        self.transport.abort()
        await asyncio.Future()
