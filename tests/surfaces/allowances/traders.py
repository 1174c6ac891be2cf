"""Traders for the tests: accounts with an e-mail that are signed in by tokens, and what they order."""

from typing import Any

import msgspec

from handlers.core import accounts, audit, orders
from storage import orders as order_rows
from tests import serving


class Trader(msgspec.Struct):
    """An account at the allowances API, with the tokens of its login reply."""

    client: serving.Client
    hiroba: serving.Serving
    id: int
    tokens: dict[str, str]

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> serving.Answer:
        """Any method, with the id token as the document shows it."""
        given = {"Authorization": self.tokens["IdToken"], **{name.replace("_", "-"): headers[name] for name in headers}}
        return await self.client.ask(method, path, body, headers=given)

    async def get(self, path: str) -> Any:
        """What a GET says in its envelope."""
        answer = await self.ask("GET", path)
        assert (answer.status, answer.body["statusCode"]) == (200, 200), answer.raw
        return answer.body["body"]

    async def draft(self, value: Any = 10) -> int:
        """A new order."""
        answer = await self.ask("PUT", "/buy", {"value": value})
        assert answer.status == 200, answer.raw
        return answer.body["transaction_id"]

    async def move(self, act: str, order_id: int, **headers: str) -> serving.Answer:
        """`place` or `cancel`."""
        return await self.ask("POST", f"/buy/{act}", {"transaction_id": order_id}, **headers)

    async def placed(self, value: Any = 10, **headers: str) -> int:
        """A new order for good."""
        order_id = await self.draft(value)
        assert (await self.move("place", order_id, **headers)).status == 200
        return order_id

    async def complete(self, order_id: int) -> order_rows.Order:
        """As an operator does it."""
        return await orders.complete(self.hiroba.context, audit.COMMAND_LINE, order_id)

    async def orders(self, query: str = "") -> list[list[Any]]:
        """The list that the text in the envelope holds."""
        return msgspec.json.decode(await self.get(f"/buy{query}"))

    async def states(self) -> list[str]:
        """Of all orders, the newest last."""
        return [status for *_, status in await self.orders()]


async def signed_in(
    hiroba: serving.Serving, username: str = "trader", *, email: str | None = "trader@hiroba.example"
) -> Trader:
    """A new account with the demo's names, signed in."""
    profile = accounts.Profile(first_name="Hiroba", last_name="Trader")
    newcomer = accounts.Newcomer(username=username, email=email, password=serving.PASSWORD, profile=profile)
    made = await accounts.register(hiroba.context, audit.COMMAND_LINE, newcomer, is_confirmed=True)
    client = hiroba.client("/allowances")
    answer = await client.post("/login", {"username": username, "password": serving.PASSWORD})
    assert answer.status == 200, answer.raw
    return Trader(client, hiroba, made.id, answer.body["body"])
