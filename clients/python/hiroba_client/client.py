"""A person at a server: one set of cookies for all APIs and the live connection."""

from types import TracebackType
from typing import Self

import aiohttp

from hiroba_client import backoff, community, frames, live, whoami

PATIENCE_SECONDS = 10.0


class Client:
    """One person's connection to a server. Made inside a coroutine, closed by `async with` or `close`."""

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """`url` is the server's ("https://hiroba.example"), without the prefix of an API.

        `patience_seconds` is how long calls are tried again while the server cannot be reached or is busy.
        """
        self.url = url.rstrip("/")
        self._patience_seconds = patience_seconds
        # Cookies of servers that are named by an address too.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.community = community.Community(self._http, self.url, patience_seconds=patience_seconds)
        self.whoami = whoami.Whoami(self._http, self.url, patience_seconds=patience_seconds)

    def live(
        self,
        *,
        since: frames.Cursor | None = None,
        patience_seconds: float | None = None,
        waiting_frames_max: int = live.WAITING_FRAMES_MAX,
        waits: backoff.Backoff | None = None,
    ) -> live.Line:
        """A live connection for whoever is signed in, from now on, or from a cursor.

        `patience_seconds` is how long it tries to come back after a cut before it is `Unreachable`; None: for ever. At
        most `waiting_frames_max` frames wait for their reader.
        """
        return live.Line(
            self._http,
            self.url,
            since=since,
            first_patience_seconds=self._patience_seconds,
            patience_seconds=patience_seconds,
            waiting_frames_max=waiting_frames_max,
            waits=waits,
        )

    async def close(self) -> None:
        """Hangs up. Sessions go on."""
        await self._http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
