"""A bank's customers: they ask over HTTP, insist where an answer was lost, and remember what they were told.

Whatever they ask for can be told apart from all else in the books: by its description, or by who gave whom how much.
"""

import asyncio
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec

from handlers.core import accounts, audit, ledger, orders, refusals
from storage import accounts as account_rows
from storage import database as database_
from tests import people, serving
from tests.server import processes

TOKENS = 30_000
CREDITS = 30_000
ITEMS = 300
SPREAD = 400
# Of those whose answer was lost, and of those who hang up at once, repeat what was done, ask for all they have.
GIVES_UP = 0.06
HANGS_UP = 0.05
REPEATS = 0.1
GREED = 0.15
# What is said where there is too little, or where an order is not any more.
NO = {468: b"error.notEnoughFunds", 403: b"Insufficient funds", 409: b"Transaction Status: "}
PATIENCE_SECONDS = 5.0
KINDS = ("payment", "transfer", "purchase", "draft", "place", "cancel", "order")


class Operation(msgspec.Struct):
    """Something that was asked for. `told` is yes or no, or nothing as long as nobody knows."""

    mark: int
    kind: str
    who: int
    whom: int | None
    units: int
    description: str = ""
    order_id: int | None = None
    posting_id: int | None = None
    told: str = ""
    attempts: int = 0

    def __str__(self) -> str:
        told = f"{self.told or '?'} after {self.attempts}"
        return (
            f"{self.mark} {self.kind} {self.who}>{self.whom} {self.units} {self.description!r} {self.order_id} {told}"
        )

    __repr__ = __str__

    @property
    def row(self) -> tuple[Any, ...]:
        """As the books have it."""
        return (self.kind, self.who, self.whom, self.units, self.description)


class Bank:
    """What all customers share: whom they know, and the history."""

    def __init__(self, town: people.Town, items: dict[int, int]) -> None:
        self.town = town
        self.items = items
        self.customers: list[Customer] = []
        self.history: list[Operation] = []
        self.taken: set[tuple[int, int, int]] = set()
        self.is_open = True

    def note(self, kind: str, who: int, whom: int | None = None, units: int = 0, **more: Any) -> Operation:
        """Something that is about to be asked for."""
        self.history.append(Operation(len(self.history) + 1, kind, who, whom, units, **more))
        return self.history[-1]

    def has_seen_all(self) -> bool:
        """Whether each kind of thing was done, and what can be refused for want of money was."""
        told = {(one.kind, one.told) for one in self.history}
        return told >= {*((kind, "yes") for kind in KINDS), ("payment", "no"), ("transfer", "no")}

    async def customer(self, number: int, chance: random.Random) -> "Customer":
        """A new one, with tokens and credits, not signed in."""
        context = self.town.context
        made = await accounts.register(
            context,
            audit.COMMAND_LINE,
            accounts.Newcomer(
                username=f"customer{number}",
                email=f"customer{number}@bank.example",
                password=people.PASSWORD,
                profile=accounts.Profile(first_name="Customer", last_name=str(number)),
                community_id=self.town.kaga,
            ),
            is_confirmed=True,
        )
        await ledger.mint(context, audit.COMMAND_LINE, made, units=TOKENS, description="minted")
        await ledger.issue_credits(context, audit.COMMAND_LINE, made.id, units=CREDITS, description="credited")
        self.customers.append(Customer(self, made, chance))
        return self.customers[-1]


class Customer:
    """One of many who do business at once."""

    def __init__(self, bank: Bank, account: account_rows.Account, chance: random.Random) -> None:
        self.bank = bank
        self.account = account
        self.chance = chance
        self.items: Iterator[int] = iter(chance.sample(sorted(bank.items), len(bank.items)))
        self._phones: dict[str, serving.Client] = {}
        self._token = f"the token of {account.username}"
        self._headers: dict[str, str] = {}

    async def sign_in(self, server: processes.Server, phones: processes.Phones) -> None:
        """To all three, once for the whole time."""
        credentials = {"username": self.account.username, "password": people.PASSWORD}
        self._phones = {name: phones.phone(server, f"/{name}") for name in ("community", "shop", "allowances")}
        for name, phone in self._phones.items():
            answer = await phone.post("/login", {**credentials, "token": self._token})
            assert answer.status == 200, answer
            if name == "allowances":
                self._headers = {"Authorization": answer.body["body"]["IdToken"]}

    async def trade(self) -> None:
        """One thing after the other as long as the bank is open."""
        while self.bank.is_open:
            (act,) = self.chance.choices([self.pay, self.transfer, self.buy, self.order], [4, 4, 3, 1])
            await act()

    async def pay(self) -> None:
        """Tokens, for another customer."""
        other, units = self._somebody(), self._units(TOKENS)
        operation = self.bank.note("payment", self.account.id, other.account.id, units)
        operation.description = f"お米 {operation.mark}"
        amount = str(Decimal(units).scaleb(-ledger.TOKEN_DECIMALS))
        body = {"description": operation.description, "amount": amount, "beneficiaryId": other.account.id}
        await self._insist(operation, "community", "POST", "/transactions", body)

    async def transfer(self) -> None:
        """Credits, to another customer; never as many as ever before to the same."""
        other = self._somebody()
        while (taken := (self.account.id, other.account.id, self._units(CREDITS))) in self.bank.taken:
            pass
        self.bank.taken.add(taken)
        operation = self.bank.note("transfer", *taken, description="Transfer")
        body = {"token": self._token, "recipient": taken[1], "amount": taken[2]}
        await self._insist(operation, "shop", "POST", "/transfer", body)

    async def buy(self) -> None:
        """An item that this customer never bought."""
        item_id = next(self.items, None)
        if item_id is None:
            return
        operation = self.bank.note("purchase", self.account.id, None, self.bank.items[item_id])
        operation.description = f"Bought Item {item_id}"
        await self._insist(operation, "shop", "POST", "/buy", {"token": self._token, "item_id": item_id})

    async def order(self) -> None:
        """Drafts an order, then places it, cancels it, or both at once; one that is placed may be paid, even twice."""
        draft = self.bank.note("draft", self.account.id)
        draft.units = draft.mark
        value = str(Decimal(draft.units).scaleb(-ledger.ALLOWANCE_DECIMALS))
        answer = await self._insist(draft, "allowances", "PUT", "/buy", {"value": f"{Decimal(value):f}"})
        if answer is None:
            return
        draft.order_id = answer.body["transaction_id"]
        moves = self.chance.choice([("place",), ("place",), ("cancel",), ("place", "cancel"), ("place", "place")])
        await asyncio.gather(*(self._move(draft, move) for move in moves))
        if "place" in moves:
            await asyncio.gather(*(self._complete(draft) for _ in range(self.chance.choice([0, 1, 1, 2]))))

    async def _move(self, draft: Operation, move: str) -> None:
        operation = self.bank.note(move, self.account.id, None, draft.units, order_id=draft.order_id)
        body = {"transaction_id": draft.order_id}
        await self._insist(operation, "allowances", "POST", f"/buy/{move}", body)

    async def _complete(self, draft: Operation) -> None:
        """As an operator does it who is beside the server, and who is not told either when the database is lost."""
        operation = self.bank.note("order", 0, self.account.id, draft.units, order_id=draft.order_id)
        operation.description = f"order {draft.order_id}"
        assert draft.order_id is not None
        while True:
            operation.attempts += 1
            try:
                await orders.complete(self.bank.town.context, audit.COMMAND_LINE, draft.order_id)
            except database_.Unavailable:
                await asyncio.sleep(0.05)
            except refusals.WrongState:
                # Perhaps by the attempt before.
                operation.told = "no" if operation.attempts == 1 else ""
                return
            else:
                operation.told = "yes"
                return

    def _somebody(self) -> "Customer":
        return self.chance.choice([one for one in self.bank.customers if one is not self])

    def _units(self, most: int) -> int:
        return self.chance.randint(1, 2 * most if self.chance.random() < GREED else SPREAD)

    async def _insist(
        self, operation: Operation, api: str, method: str, path: str, body: dict[str, Any]
    ) -> serving.Answer | None:
        """Asks under one key until there is a yes or a no; None: no, or given up without knowing."""

        async def ask(seconds: float) -> serving.Answer | None:
            headers = {**self._headers, "Idempotency-Key": f"operation {operation.mark}"}
            timeout = aiohttp.ClientTimeout(total=seconds)
            try:
                answer = await self._phones[api].ask(method, path, body, headers=headers, timeout=timeout)
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                return None
            return None if answer.status == 503 or b"still running" in answer.raw else answer

        while True:
            operation.attempts += 1
            hurried = self.chance.random() < HANGS_UP
            answer = await ask(self.chance.uniform(0.001, 0.02) if hurried else PATIENCE_SECONDS)
            if answer is not None:
                break
            if self.chance.random() < GIVES_UP:
                return None
            await asyncio.sleep(self.chance.uniform(0.01, 0.2))
        if answer.status != 200:
            assert NO.get(answer.status, b"?") in answer.raw, (operation, answer)
            operation.told = "no"
            return None
        operation.told = "yes"
        operation.posting_id = msgspec.json.decode(answer.raw).get("transaction_id") if api == "shop" else None
        if self.chance.random() < REPEATS:
            again = await ask(PATIENCE_SECONDS)
            assert again is None or (again.status, again.raw) == (200, answer.raw), (operation, answer, again)
        return answer
