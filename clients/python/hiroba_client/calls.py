"""One request and its answer: sent again when it is safe to, read as what it should be, refused as a fault.

A request that changes something carries an Idempotency-Key, so that it is done once however often it is sent; one that
opens or ends a session does not, and is sent once.
"""

import asyncio
import contextlib
import functools
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol, TypeVar

import aiohttp
import msgspec

from hiroba_client import backoff, faults

T = TypeVar("T")

JSON = {"Content-Type": "application/json"}
RETRIED = (429, 503)
STILL_RUNNING = 409
RETRY_AFTER_SECONDS = 1.0
# Somebody waits for the answer: seldom asking is no use.
WAIT_SECONDS_MAX = 1.0
ANSWER_SECONDS_MAX = 30.0


class Answer(msgspec.Struct, frozen=True):
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def retry_after_seconds(self) -> float:
        """When to ask again, as the server says."""
        try:
            return max(0.0, float(self.headers.get("Retry-After", "")))
        except ValueError:
            return RETRY_AFTER_SECONDS


class Refuse(Protocol):
    """How an API says no: the fault that an answer is, or None if it says yes."""

    def __call__(self, answer: Answer, /) -> faults.Fault | None:
        """Reads the answer."""
        ...


class Caller:
    """Sends requests to one API."""

    def __init__(self, http: aiohttp.ClientSession, url: str, refuse: Refuse, *, patience_seconds: float) -> None:
        """`patience_seconds` is how long a request is tried again while the server cannot be reached or is busy."""
        self._http = http
        self._url = url
        self._refuse = refuse
        self._patience_seconds = patience_seconds

    async def get(self, shape: type[T], path: str, **query: str | int | None) -> T:
        """Asks for something. *Refuses*: Unreachable, Unreadable, Refused."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        return _decoded(await self._repeat("GET", path, params=given), shape)

    async def change(
        self, shape: type[T], path: str, body: Any = None, *, method: str = "POST", key: str | None = None
    ) -> T:
        """Changes something, once. `key` makes it the same as an earlier call. *Refuses*: as `get`."""
        headers = {**JSON, "Idempotency-Key": key or uuid.uuid4().hex}
        return _decoded(await self._repeat(method, path, data=_encoded(body), headers=headers), shape)

    async def upload(self, path: str, data_url: str) -> str:
        """Sends a picture; answers its address. *Refuses*: as `get`."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": uuid.uuid4().hex}
        return (await self._repeat("POST", path, data=data_url.encode(), headers=headers)).raw.decode()

    async def once(self, shape: type[T], path: str, body: Any = None, *, method: str = "POST") -> T:
        """Sends a request that may not be sent again by itself. *Refuses*: as `get`."""
        answer = await self._ask(method, path, data=_encoded(body), headers=JSON)
        fault = self._refuse(answer)
        if fault is not None:
            raise fault
        return _decoded(answer, shape)

    async def follow(self, path: str) -> str:
        """Follows a link of a mail, once; answers where it leads. *Refuses*: as `get`."""
        answer = await self._ask("GET", path)
        if answer.status == 302:
            return answer.headers.get("Location", "")
        raise self._refuse(answer) or faults.Unreadable(f"{answer.status} is no redirection")

    async def _repeat(self, method: str, path: str, **more: Any) -> Answer:
        """Asks until there is an answer that waiting will not change, or patience ends."""
        waits = backoff.Backoff(max_seconds=WAIT_SECONDS_MAX)
        deadline = time.monotonic() + self._patience_seconds
        while True:
            least_seconds = 0.0
            fault: faults.Fault
            try:
                answer = await self._ask(method, path, **more)
            except faults.Unreachable as unreachable:
                fault = unreachable
            else:
                refusal = self._refuse(answer)
                if refusal is None:
                    return answer
                if answer.status in RETRIED:
                    least_seconds = answer.retry_after_seconds
                elif answer.status != STILL_RUNNING:
                    raise refusal
                fault = refusal
            wait_seconds = waits.next(least_seconds=least_seconds)
            if time.monotonic() + wait_seconds > deadline:
                raise fault
            await asyncio.sleep(wait_seconds)

    async def _ask(self, method: str, path: str, **more: Any) -> Answer:
        async with (
            _translated(),
            asyncio.timeout(ANSWER_SECONDS_MAX),
            self._http.request(method, self._url + path, allow_redirects=False, **more) as response,
        ):
            return Answer(response.status, response.headers, await response.read())


@contextlib.asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except TimeoutError:
        raise faults.Unreachable("the server does not answer") from None
    except (aiohttp.ClientError, OSError) as fault:
        raise faults.Unreachable(str(fault) or type(fault).__name__) from fault


def _encoded(body: Any) -> bytes | None:
    return None if body is None else _ENCODER.encode(body)


# Amounts are Decimals and go as strings, as the documents write them: no float in between.
_ENCODER = msgspec.json.Encoder(decimal_format="string")


@functools.cache
def _decoder(shape: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(shape)


def _decoded(answer: Answer, shape: type[T]) -> T:
    """*Refuses*: Unreadable. For `None` nothing is read: that answer is empty."""
    if shape is type(None):
        return shape()
    as_hashable: Any = shape
    try:
        decoded: T = _decoder(as_hashable).decode(answer.raw)
    except (msgspec.DecodeError, UnicodeError) as fault:
        raise faults.Unreadable(str(fault)) from fault
    return decoded
