"""What is known of a route that writes, and the request that is thought up for it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from handlers.core import accounts, audit
from handlers.rest import identity, surface
from storage import accounts as account_rows
from tests import people, raw
from tests.surfaces.besieged import Besieged, Door

JSON = b"Content-Type: application/json\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
EMAIL = "errand{}@hiroba.example"


class Asked(NamedTuple):
    """What is sent. Headers are whole lines."""

    method: str
    path: str
    headers: bytes
    body: bytes | None

    def bytes(self, headers: bytes = b"", query: str = "") -> bytes:
        """As it goes over the wire."""
        return raw.request(self.method, self.path + query, headers=self.headers + headers, body=self.body)


class Errand(NamedTuple):
    """A route that writes, at its door."""

    door: Door
    route: surface.Route

    @property
    def name(self) -> str:
        """Method and whole path."""
        return f"{self.route.method} {self.door.prefix}{self.route.path}"


class Told(NamedTuple):
    """What is known when a request is thought up. `number` is another one each time."""

    town: Besieged
    errand: Errand
    number: int

    @property
    def email(self) -> str:
        """Nobody's so far."""
        return EMAIL.format(self.number)

    async def haru(self) -> account_rows.Account:
        """The other one."""
        found = await account_rows.find_by_login(self.town.hiroba.context.database, "haru")
        assert found is not None
        return found

    async def newcomer(self) -> account_rows.Account:
        """Somebody new, with the e-mail."""
        newcomer = accounts.Newcomer(username=None, email=self.email, password=people.PASSWORD)
        return await accounts.register(self.town.hiroba.context, audit.COMMAND_LINE, newcomer)

    async def ask(
        self, body: Any = None, *, by: account_rows.Account | None = None, path: str | None = None, **given: str
    ) -> Asked:
        """The request; John's unless told, whose session is new. A body of bytes is a form's or a picture's."""
        door, route = self.errand
        content = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        proof = await self.town.proof(door, by) or await self.token(by)
        kind = FORM if isinstance(body, bytes) else JSON
        return Asked(route.method, path or self.town.path(door, route, **given), proof + kind, content)

    async def token(self, by: account_rows.Account | None) -> bytes:
        """The header of an API without a cookie, if it is shown one."""
        if self.errand.door.name != "allowances" or self.errand.route.who is identity.Who.NOBODY:
            return b""
        tokens = await self.sign_in_for_allowances("john" if by is None else by.email)
        return f"Authorization: {tokens['IdToken']}\r\n".encode()

    async def sign_in_for_allowances(self, login: str | None) -> Any:
        """The three tokens."""
        credentials = {"username": login, "password": people.PASSWORD}
        return (await self.town.hiroba.client("/allowances").post("/login", credentials)).body["body"]

    async def letter(self, pattern: str) -> str:
        """What the newest letter to the e-mail has of that pattern."""
        newest = (await self.town.hiroba.letters(self.email))[0]
        found = re.search(pattern, newest.text, re.MULTILINE)
        assert found is not None, newest.text
        return found.group().removeprefix(self.town.hiroba.config.server.public_url)


Think = Callable[[Told], Awaitable[Asked]]


class Table(dict[str, Think]):
    """How requests for the routes of one API are thought up, by method and whole path."""

    def errand(self, name: str) -> Callable[[Think], Think]:
        """Puts one in the table."""

        def keep(think: Think) -> Think:
            self[name] = think
            return think

        return keep
