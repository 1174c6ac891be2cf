"""The session's token in a cookie, kept for aiohttp-session by the sessions in PostgreSQL.

The library holds the life of the cookie: when it is read, set and cleared. What a token stands for is the core's: acts
open and end sessions in their own transactions, so nothing is left to be saved when the answer goes out.
"""

import aiohttp_session
from aiohttp import web

from handlers.core import sessions
from storage import sessions as session_rows

FOUND = "hiroba.session"
TOKEN = "token"


class CookieSessions(aiohttp_session.AbstractStorage):
    """One API's cookie. `load_session` leaves what it found in the request under FOUND."""

    def __init__(
        self, lookups: sessions.Lookups, *, api: str, cookie: str, max_age: int, secure: bool, same_site: str
    ) -> None:
        super().__init__(
            cookie_name=cookie, max_age=max_age, path="/", secure=secure, httponly=True, samesite=same_site.title()
        )
        self._lookups = lookups
        self._api = api

    async def load_session(self, request: web.Request) -> aiohttp_session.Session:
        """Who the cookie is. One that stands for nobody is like none."""
        token = self.load_cookie(request)
        found = await self._lookups.find(token, api=self._api) if token else None
        if found is None:
            return aiohttp_session.Session(None, data=None, new=True, max_age=self.max_age)
        request[FOUND] = found
        return aiohttp_session.Session(token, data=None, new=False, max_age=self.max_age)

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: aiohttp_session.Session
    ) -> None:
        """Sets the cookie to the token of a session that an act opened, or clears it."""
        self.save_cookie(response, session.get(TOKEN, ""), max_age=session.max_age)


async def found(request: web.Request) -> session_rows.Session | None:
    """The live session of the request's cookie."""
    await aiohttp_session.get_session(request)
    return request.get(FOUND)


async def hand_out(request: web.Request, token: str) -> None:
    """The answer sets the cookie to this token, in place of whatever there was."""
    session = await aiohttp_session.new_session(request)
    session[TOKEN] = token


async def take_back(request: web.Request) -> None:
    """The answer clears the cookie."""
    session = await aiohttp_session.get_session(request)
    session.invalidate()
