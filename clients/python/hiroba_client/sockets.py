"""One websocket of the live connection, from the call to its end, and what an end means."""

import asyncio
import contextlib
from collections.abc import Mapping

import aiohttp

from hiroba_client import calls, faults

CONNECT_SECONDS_MAX = 10.0
# How long the server is given to agree to a close that we began.
CLOSE_SECONDS_MAX = 1.0
# A frame holds a thread with all its people at most.
FRAME_BYTES_MAX = 32 * 1024 * 1024

SESSION_ENDED = 4401
TOO_BIG = 1009


class Lost(Exception):
    """The connection ended in a way that is worth another. `least_seconds` is what the server asked to wait."""

    def __init__(self, reason: str, *, least_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.least_seconds = least_seconds


class Socket:
    """An open websocket. Anything that ends it is a `Lost` or a `faults.Fault`."""

    def __init__(self, ws: "aiohttp.ClientWebSocketResponse[bool]") -> None:
        self._ws = ws

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, url: str, *, since: str | None) -> "Socket":
        """Connects. *Refuses*: Lost, SessionEnded (there is no session), Refused."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                ws = await http.ws_connect(
                    url,
                    params={} if since is None else {"since": since},
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS_MAX),
                    autoping=False,
                    max_msg_size=FRAME_BYTES_MAX,
                    decode_text=False,
                )
        except aiohttp.WSServerHandshakeError as refusal:
            raise _meaning(refusal) from None
        except TimeoutError:
            raise Lost("the server does not answer") from None
        except (aiohttp.ClientError, OSError) as fault:
            raise Lost(str(fault) or type(fault).__name__) from fault
        return cls(ws)

    async def receive(self, *, within_seconds: float) -> bytes | None:
        """The next frame, or None for a heartbeat that was answered. *Refuses*: Lost, SessionEnded, Unreadable."""
        try:
            async with asyncio.timeout(within_seconds):
                message = await self._ws.receive()
                if message.type is aiohttp.WSMsgType.PING:
                    await self._ws.pong(message.data)
                    return None
        except TimeoutError:
            raise Lost("the server fell silent") from None
        except (aiohttp.ClientError, OSError) as fault:
            raise Lost(str(fault) or type(fault).__name__) from fault
        if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            data: bytes = message.data
            return data
        if message.type is aiohttp.WSMsgType.PONG:
            return None
        if self._ws.close_code == SESSION_ENDED:
            raise faults.SessionEnded("the session of this connection is over")
        if self._ws.close_code == TOO_BIG:
            raise faults.Unreadable("a frame was larger than the other side takes")
        raise Lost(f"closed with {self._ws.close_code}")

    async def send(self, wire: str) -> None:
        """Sends a frame; waits while the server does not take it. *Refuses*: Lost."""
        try:
            await self._ws.send_str(wire)
        except (aiohttp.ClientError, OSError, RuntimeError) as fault:
            raise Lost(str(fault) or type(fault).__name__) from fault

    async def close(self) -> None:
        """Says goodbye and hangs up, whatever state it is in."""
        with contextlib.suppress(aiohttp.ClientError, OSError, RuntimeError):
            await self._ws.close()


def _meaning(refusal: aiohttp.WSServerHandshakeError) -> Exception:
    """What it means that the server would not talk."""
    if refusal.status == 401:
        return faults.SessionEnded("there is no session to connect with")
    if refusal.status in (429, 500, 502, 503, 504):
        headers: Mapping[str, str] = refusal.headers or {}
        answer = calls.Answer(refusal.status, headers, b"")
        least_seconds = answer.retry_after_seconds if "Retry-After" in headers else 0.0
        return Lost(f"refused with {refusal.status}", least_seconds=least_seconds)
    kind = faults.Forbidden if refusal.status == 403 else faults.Refused
    return kind(refusal.status, "", refusal.message)
