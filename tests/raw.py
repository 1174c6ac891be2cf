"""HTTP as bytes on a socket, for what no client library would send."""

import asyncio
from urllib.parse import urlsplit

from multidict import CIMultiDict

from tests import serving

PATIENCE_SECONDS = 5
HEAD_END = b"\r\n\r\n"


class Closed(Exception):
    """The server hung up without an answer."""


def request(method: str, path: str | bytes, *, headers: bytes = b"", body: bytes | None = None) -> bytes:
    """A request as it goes over the wire; `headers` are whole lines."""
    target = path.encode() if isinstance(path, str) else path
    if body is not None:
        headers += b"Content-Length: %d\r\n" % len(body)
    return b"%s %s HTTP/1.1\r\nHost: hostile.example\r\n%s\r\n%s" % (method.encode(), target, headers, body or b"")


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """A body that came in chunks, put together."""
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


class Line:
    """A connection that is made again when the server closed it. One request at a time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname, parts.port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str | bytes, headers: bytes = b"", body: bytes | None = None
    ) -> serving.Answer:
        """One request and its answer."""
        return await self.send(request(method, path, headers=headers, body=body), is_head=method == "HEAD")

    async def send(self, data: bytes, *, is_head: bool = False) -> serving.Answer:
        """Any bytes, and the one answer that comes. Refuses: Closed, TimeoutError."""
        reader, writer = await self._open()
        writer.write(data)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._receive(reader, is_head=is_head)
        except BaseException:
            self.hang_up()
            raise
        if answer.headers.get("Connection") == "close" or answer.headers["_version"] == "HTTP/1.0":
            self.hang_up()
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._writer is None or self._reader is None or self._reader.at_eof() or self._writer.is_closing():
            self.hang_up()
            self._reader, self._writer = await asyncio.open_connection(*self._address)
        return self._reader, self._writer

    async def _receive(self, reader: asyncio.StreamReader, *, is_head: bool) -> serving.Answer:
        try:
            head = await reader.readuntil(HEAD_END)
            if b" 100 " in head.partition(b"\r\n")[0]:
                head = await reader.readuntil(HEAD_END)
            first, *lines = head.removesuffix(HEAD_END).decode("latin-1").split("\r\n")
            headers = CIMultiDict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in lines)
            version, status = first.split(" ")[:2]
            headers["_version"] = version
            if headers.get("Transfer-Encoding") == "chunked" and not is_head:
                return serving.Answer(int(status), headers, await _chunks(reader))
            length = 0 if is_head else int(headers.get("Content-Length", 0))
            return serving.Answer(int(status), headers, await reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError) as cut:
            raise Closed from cut

    def hang_up(self) -> None:
        """At once, whatever is on its way."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._writer = self._reader = None
