"""How a message gets to a mail server: SMTP over a connection that is kept from one message to the next.

Addresses of servers are read here. Neither a server's address nor its password is ever part of an error or a log.
"""

import asyncio
import email.message
import email.policy
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import aiosmtplib

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Refused(Exception):
    """The server said no to this message. `permanent`: it would say so again."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Interrupted(Exception):
    """The connection broke or timed out under this message: the server may have it or not."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Exception):
    """No server to talk to, or it lets us in for no message at all."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transport(Protocol):
    """Takes one message at a time to where it is due."""

    async def send(self, message: email.message.EmailMessage, *, sender: str, recipient: str) -> None:
        """Returns once the other side has the message. Refuses: Refused, Interrupted, Unreachable."""

    async def close(self) -> None:
        """Lets go of what is kept between messages."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server is and how it is talked to."""

    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    use_tls: bool = False
    start_tls: bool = False


def server(url: str) -> Server:
    """Reads `smtp://user:password@host:587?starttls=true` or `smtps://user:password@host`.

    Without a port: 465 for smtps, 587 with starttls, else 25. Refuses (ValueError, never naming the URL): what it does
    not understand, and a password that would cross a network in clear unless `starttls=false` says that it may.
    """
    try:
        parts = urlsplit(url)
        host, port, username, password = parts.hostname, parts.port, parts.username, parts.password
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ValueError("mail.url cannot be read; special characters of the password must be %-encoded") from None
    if parts.scheme not in {"smtp", "smtps"} or not host or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError("mail.url must be smtp://user:password@host:port or smtps://user:password@host:port")
    start_tls = options.pop("starttls", None)
    if options or start_tls not in {None, "true", "false"}:
        raise ValueError("mail.url takes one option, starttls, which is true or false")
    use_tls = parts.scheme == "smtps"
    if use_tls and start_tls == "true":
        raise ValueError("mail.url: smtps is encrypted from the start and takes no starttls")
    if username and not use_tls and start_tls is None and host not in _LOOPBACK:
        raise ValueError("mail.url would send its password in clear: add ?starttls=true (or =false if that is meant)")
    return Server(
        host=host,
        port=port or (465 if use_tls else 587 if start_tls == "true" else 25),
        username=unquote(username) if username else None,
        password=unquote(password or "") if username else None,
        use_tls=use_tls,
        start_tls=start_tls == "true",
    )


class Smtp:
    """A transport that keeps its connection. For one courier: it sends one message at a time."""

    def __init__(self, to: Server, *, timeout_seconds: float) -> None:
        self._server = to
        self._timeout_seconds = timeout_seconds
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, message: email.message.EmailMessage, *, sender: str, recipient: str) -> None:
        """Returns once the server has the message. Refuses: Refused, Interrupted, Unreachable.

        What the server says no to as a whole, or to the sender, is Unreachable or a passing refusal: those are faults
        of the configuration and would otherwise use up every letter.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._exchange(message, sender, recipient)
        except Refused:
            raise
        except Unreachable:
            self._drop()
            raise
        except (aiosmtplib.SMTPException, OSError) as error:  # OSError is a timeout's root too
            self._drop()
            raise Interrupted(_reason(error)) from None
        except BaseException:
            # Cancelled in the middle of a dialogue, or a defect: the next message must not be read as its answer.
            self._drop()
            raise

    async def close(self) -> None:
        """Says goodbye, if anybody listens."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(1):
                await client.quit()
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            client.close()

    async def _exchange(self, message: email.message.EmailMessage, sender: str, recipient: str) -> None:
        client = await self._open_envelope(sender, recipient)
        utf8 = _needs_utf8(sender, recipient)
        try:
            await client.rcpt(recipient, encoding="utf-8")
            await client.data(_flat(message, utf8=utf8))
        except (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as error:
            await self._forget_envelope(client)
            raise Refused(_reason(error), permanent=500 <= error.code < 600) from None

    async def _open_envelope(self, sender: str, recipient: str) -> aiosmtplib.SMTP:
        """MAIL FROM is also the question whether a kept connection still lives: if not, one new one is tried."""
        kept = self._client
        if kept is not None and kept.is_connected:
            try:
                await self._mail_from(kept, sender, recipient)
                return kept
            except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPSenderRefused) as error:
                if isinstance(error, aiosmtplib.SMTPSenderRefused) and error.code != 421:
                    await self._forget_envelope(kept)
                    raise Refused(_reason(error), permanent=False) from None
        self._drop()
        client = await self._connect()
        try:
            await self._mail_from(client, sender, recipient)
        except aiosmtplib.SMTPSenderRefused as error:
            await self._forget_envelope(client)
            raise Refused(_reason(error), permanent=False) from None
        return client

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            timeout=self._timeout_seconds,
            # Asking for this machine's full name can wait long for a name server that is not there.
            local_hostname="localhost" if server.host in _LOOPBACK else None,
        )
        try:
            # Half of the time is enough to tell that nobody answers; the rest would not do for the message.
            async with asyncio.timeout(self._timeout_seconds / 2):
                await client.connect()
                await client.ehlo()
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise Unreachable(_reason(error)) from None
        except BaseException:
            client.close()
            raise
        self._client = client
        return client

    async def _mail_from(self, client: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
        options = []
        if _needs_utf8(sender, recipient):
            if not client.supports_extension("smtputf8"):
                raise Refused("the mail server takes no addresses beyond ASCII", permanent=True)
            options = ["SMTPUTF8"]
        await client.mail(sender, options=options, encoding="utf-8")

    async def _forget_envelope(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _needs_utf8(*addresses: str) -> bool:
    return not all(address.isascii() for address in addresses)


def _flat(message: email.message.EmailMessage, *, utf8: bool) -> bytes:
    policy = email.policy.SMTPUTF8 if utf8 else email.policy.SMTP
    return message.as_bytes(policy=policy.clone(cte_type="7bit"))


def _reason(error: BaseException) -> str:
    """What happened, without whom it happened with: aiosmtplib's own texts name host and port."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return "cannot connect"
    if isinstance(error, (aiosmtplib.SMTPServerDisconnected, ConnectionError)):
        return "connection lost"
    return type(error).__name__
