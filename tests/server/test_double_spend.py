"""Fifty at once, through two servers on one database, want what is there for a few of them.

Allowances are had by orders: of those who move one at once, one does.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence

import msgspec
import pytest

from handlers.core import accounts, audit, items, ledger, operators, orders, refusals
from handlers.core import context as context_
from tests import people, serving
from tests.server import processes

AT_ONCE = 50
PEOPLE = ("haru", "riku")
APIS = ("community", "shop", "allowances")


class Person(msgspec.Struct):
    """Somebody who has a phone for each API at each server, signed in."""

    id: int
    community: list[serving.Client]
    shop: list[serving.Client]
    allowances: list[serving.Client]
    token: str
    id_token: str = ""


class Place(msgspec.Struct):
    """Two people, and what both servers stand on."""

    context: context_.Context
    haru: Person
    riku: Person
    item_id: int

    async def give(self, person: Person, *, tokens: int = 0, credits: int = 0) -> None:
        """Makes money. *Units*: hundredths of tokens, whole credits."""
        context = self.context
        if tokens:
            name = "haru" if person is self.haru else "riku"
            account = await operators.find(context, name)
            await ledger.mint(context, audit.COMMAND_LINE, account, units=tokens, description="minted")
        if credits:
            await ledger.issue_credits(context, audit.COMMAND_LINE, person.id, units=credits, description="credited")

    async def proven(self) -> None:
        """Everything is settled, and the books are sound."""
        context = self.context
        async with asyncio.timeout(10):
            while await people.is_settling(context):
                await asyncio.sleep(0.01)
        assert await ledger.verify(context) is None


@pytest.fixture
async def place(servers: processes.Servers, phones: processes.Phones, dsn: str) -> AsyncIterator[Place]:
    """One server is a process of its own, the other is here."""
    beside = servers(DATABASE_URL=dsn, SECRETS_KEY=serving.SECRET, LIMITS_ENABLED="false")
    beside.begin()
    async with serving.served(serving.config(dsn, limits={"enabled": "false"})) as here:
        await beside.ready()
        context = here.context
        town = await people.Town(context).found()
        item_id = await items.put_up(context, audit.COMMAND_LINE, name="Sticker", price=10)
        found = []
        for name in PEOPLE:
            phones_ = [[phones.phone(one, f"/{api}") for one in (here, beside)] for api in APIS]
            found.append(Person(await registered(town, name), *phones_, f"the token of {name}"))
            await signed_in(found[-1], name)
        yield Place(context, *found, item_id)


async def registered(town: people.Town, name: str) -> int:
    """A member of Kaga who can be sent an invoice."""
    newcomer = accounts.Newcomer(
        username=name, email=f"{name}@town.example", password=people.PASSWORD, community_id=town.kaga
    )
    return (await accounts.register(town.context, audit.COMMAND_LINE, newcomer, is_confirmed=True)).id


async def signed_in(person: Person, name: str) -> None:
    """With a cookie for each server, and with tokens that both know."""
    credentials = {"username": name, "password": people.PASSWORD}
    for phone in person.community:
        assert (await phone.post("/login", credentials)).status == 200
    assert (await person.shop[0].post("/login", {**credentials, "token": person.token})).status == 200
    person.id_token = (await person.allowances[0].post("/login", credentials)).body["body"]["IdToken"]


async def statuses(asked: Sequence[Awaitable[serving.Answer]]) -> Counter:
    """How many answers had which status."""
    return Counter(answer.status for answer in await asyncio.gather(*asked))


def payments(payer: Person, payee: Person, amount: str, *, count: int = AT_ONCE, key: str = "") -> list[Awaitable]:
    """So many, half of them to each server."""
    body = {"description": "soya", "amount": amount, "beneficiaryId": payee.id}
    headers = {"Idempotency-Key": key} if key else {}
    return [payer.community[place % 2].post("/transactions", body, headers={**headers}) for place in range(count)]


def transfers(payer: Person, payee: Person, amount: int, *, count: int = AT_ONCE, key: str = "") -> list[Awaitable]:
    """So many, half of them to each server."""
    body = {"token": payer.token, "recipient": payee.id, "amount": amount}
    headers = {"Idempotency-Key": key} if key else {}
    return [payer.shop[number % 2].post("/transfer", body, headers={**headers}) for number in range(count)]


def purchases(payer: Person, item_id: int, *, count: int = AT_ONCE) -> list[Awaitable]:
    """So many, half of them at each server."""
    body = {"token": payer.token, "item_id": item_id}
    return [payer.shop[number % 2].post("/buy", body) for number in range(count)]


async def balance(person: Person, *, server: int = 0) -> tuple[float, int]:
    """Tokens and credits."""
    found = await person.shop[server].post("/get-balance", {"token": person.token})
    return (await person.community[server].get("/balance")).body, found.body["balance"]


async def test_tokens_for_a_few_are_paid_to_a_few(place: Place) -> None:
    await place.give(place.haru, tokens=2_000)
    assert await statuses(payments(place.haru, place.riku, "20")) == {200: 1, 468: AT_ONCE - 1}
    await place.proven()
    assert await balance(place.haru) == (0, 0)
    assert await balance(place.riku, server=1) == (20, 0)
    await place.give(place.haru, tokens=7_049)
    assert await statuses(payments(place.haru, place.riku, "20.14")) == {200: 3, 468: AT_ONCE - 3}
    await place.proven()
    assert await balance(place.haru) == (10.07, 0)
    assert await balance(place.riku, server=1) == (80.42, 0)


async def test_tokens_go_round_and_none_is_spent_before_it_is_there(place: Place) -> None:
    """What somebody gets is theirs to spend when it is settled, not before; both pay all the time."""
    await place.give(place.haru, tokens=500)
    await place.give(place.riku, tokens=500)
    there, back = payments(place.haru, place.riku, "1"), payments(place.riku, place.haru, "1")
    told = await statuses([one for pair in zip(there, back, strict=True) for one in pair])
    assert set(told) <= {200, 468} and told[200] >= 10
    await place.proven()
    balances = [(await balance(person))[0] for person in (place.haru, place.riku)]
    assert sum(balances) == 10
    assert min(balances) >= 0


async def test_credits_are_given_or_spent_and_never_both(place: Place) -> None:
    await place.give(place.haru, credits=7)
    assert await statuses(transfers(place.haru, place.riku, 7)) == {200: 1, 403: AT_ONCE - 1}
    assert [await balance(place.haru), await balance(place.riku, server=1)] == [(0, 0), (0, 7)]
    await place.give(place.haru, credits=49)
    asked = [*transfers(place.haru, place.riku, 10, count=25), *purchases(place.haru, place.item_id, count=25)]
    assert await statuses(asked) == {200: 4, 403: AT_ONCE - 4}
    (_, left), (_, given) = await balance(place.haru), await balance(place.riku)
    assert left == 9
    told = (await place.riku.shop[1].post("/transactions", {"token": place.riku.token})).body["transactions"]
    assert given == sum(one["amount"] for one in told)
    await place.proven()


async def test_all_three_at_once_do_not_mix(place: Place) -> None:
    await place.give(place.haru, tokens=300, credits=30)
    asked = [
        *payments(place.haru, place.riku, "1"),
        *transfers(place.haru, place.riku, 10),
        *payments(place.riku, place.haru, "1"),
    ]
    told = await statuses(asked)
    assert told[403] == AT_ONCE - 3 and told[200] >= 6
    await place.proven()
    (harus, left), (rikus, given) = await balance(place.haru), await balance(place.riku)
    assert (harus + rikus, left, given) == (3, 0, 30)


async def test_one_key_at_two_servers_is_one_payment(place: Place) -> None:
    await place.give(place.haru, tokens=10_000, credits=100)
    for asked in (payments(place.haru, place.riku, "1", key="pay"), transfers(place.haru, place.riku, 1, key="give")):
        told = await statuses(asked)
        assert set(told) <= {200, 409} and told[200] >= 1
    await place.proven()
    assert await balance(place.haru) == (99, 99)
    assert await balance(place.riku) == (1, 1)


async def test_an_order_moves_once(place: Place) -> None:
    """Placed or cancelled, by one of fifty; then completed by one of twenty."""
    headers = {"Authorization": place.haru.id_token}
    phones = place.haru.allowances
    drafted = [(await phones[0].ask("PUT", "/buy", {"value": 2.5}, headers={**headers})).body for _ in range(3)]
    ids = [one["transaction_id"] for one in drafted]

    def asked(order_id: int, *moves: str) -> list[Awaitable]:
        return [
            phones[number % 2].post(f"/buy/{move}", {"transaction_id": order_id}, headers={**headers})
            for number in range(AT_ONCE // len(moves))
            for move in moves
        ]

    for order_id, moves in zip(ids, (["place"], ["cancel"], ["place", "cancel"]), strict=True):
        assert await statuses(asked(order_id, *moves)) == {200: 1, 409: AT_ONCE - 1}
    completed = await asyncio.gather(
        *(orders.complete(place.context, audit.COMMAND_LINE, ids[0]) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(one, refusals.WrongState) for one in completed) == 19
    user = await phones[1].get("/user", headers={**headers})
    assert user.body["body"]["balance"] == 2.5
    await place.proven()
