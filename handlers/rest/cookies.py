"""The session's token in a cookie, kept for aiohttp-session by the sessions in PostgreSQL.

The library holds the life of the cookie: when it is read, set and cleared. What a token stands for is the core's: acts
open and end sessions in their own transactions, so nothing is left to be saved when the answer goes out.
"""

import re

import aiohttp_session
from aiohttp import hdrs, web

from handlers.core import sessions
from storage import sessions as session_rows

TOKEN = "token"
# What tokens are made of.
CHARACTERS = "[A-Za-z0-9_-]+"


class CookieSessions(aiohttp_session.AbstractStorage):
    """One API's cookie."""

    def __init__(
        self, lookups: sessions.Lookups, *, api: str, cookie: str, max_age: int, secure: bool, same_site: str
    ) -> None:
        super().__init__(
            cookie_name=cookie, max_age=max_age, path="/", secure=secure, httponly=True, samesite=same_site.title()
        )
        self._lookups = lookups
        self._api = api
        self._alone = re.compile(f"{re.escape(cookie)}=({CHARACTERS})").fullmatch

    async def find(self, request: web.Request) -> session_rows.Session | None:
        """The live session of the request's cookie."""
        header = request.headers.get(hdrs.COOKIE)
        if not header:
            return None
        # Most send no other: then there is nothing to be parsed.
        match = self._alone(header)
        token = self.load_cookie(request) if match is None else match[1]
        return await self._lookups.find(token, api=self._api) if token else None

    async def load_session(self, request: web.Request) -> aiohttp_session.Session:
        """What is set or cleared in its place. Whom it stands for is `find`'s affair."""
        return aiohttp_session.Session(None, data=None, new=True, max_age=self.max_age)

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: aiohttp_session.Session
    ) -> None:
        """Sets the cookie to the token of a session that an act opened, or clears it."""
        self.save_cookie(response, session.get(TOKEN, ""), max_age=session.max_age)


async def hand_out(request: web.Request, token: str) -> None:
    """The answer sets the cookie to this token, in place of whatever there was."""
    session = await aiohttp_session.new_session(request)
    session[TOKEN] = token


async def take_back(request: web.Request) -> None:
    """The answer clears the cookie."""
    session = await aiohttp_session.get_session(request)
    session.invalidate()
