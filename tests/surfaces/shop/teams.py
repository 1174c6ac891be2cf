"""A shop for the tests: what there is to be bought, and teams with credits and tokens of their own choice."""

from typing import Any

import msgspec

from handlers.core import accounts, audit, items, ledger
from tests import serving

PRICES = {"Sticker": 10, "Mug": 69, "T-shirt": 200, "Cap": 100, "Tote bag": 100}


class Team(msgspec.Struct):
    """An account that may be signed in to the shop."""

    name: str
    id: int
    client: serving.Client
    token: str

    async def post(self, path: str, body: Any = None, **more: Any) -> serving.Answer:
        """A request with the team's token, which what is given may replace."""
        return await self.client.post(path, {"token": self.token, **(body or {})}, **more)

    async def login(self, **more: Any) -> serving.Answer:
        """Signs in with the team's name, password and token, or whatever is given in their place."""
        credentials = {"username": self.name, "password": serving.PASSWORD, "token": self.token}
        return await self.client.post("/login", {**credentials, **more})

    async def balance(self) -> int:
        """What the team can spend."""
        return (await self.post("/get-balance")).body["balance"]


class Shop(msgspec.Struct):
    """A server with items, and how to get teams into it."""

    hiroba: serving.Serving
    items: dict[str, int]

    async def team(self, name: str, *, credits: int = 0) -> Team:
        """A new account, not signed in."""
        newcomer = accounts.Newcomer(username=name, email=f"{name}@hiroba.example", password=serving.PASSWORD)
        made = await accounts.register(self.hiroba.context, audit.COMMAND_LINE, newcomer)
        if credits:
            await self.credit(made.id, credits)
        return Team(name, made.id, self.hiroba.client("/shop"), f"the token of {name}")

    async def signed_in(self, name: str, *, credits: int = 0) -> Team:
        """A new account, signed in."""
        team = await self.team(name, credits=credits)
        answer = await team.login()
        assert (answer.status, answer.body) == (200, {"success": str(team.id)})
        return team

    async def credit(self, account_id: int, units: int) -> int:
        """Gives credits, as an operator does."""
        context = self.hiroba.context
        return await ledger.issue_credits(context, audit.COMMAND_LINE, account_id, units=units, description="Credited")


async def opened(hiroba: serving.Serving) -> Shop:
    """The shop of a server, with five items."""
    ids = {
        name: await items.put_up(hiroba.context, audit.COMMAND_LINE, name=name, price=price)
        for name, price in PRICES.items()
    }
    return Shop(hiroba, ids)
