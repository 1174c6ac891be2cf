"""Mailed codes below the APIs: what keeps them is the database's word, whoever asks and however many at once."""

import asyncio
from collections import Counter

import psycopg2
import pytest

from handlers.core import accounts, audit, context, passcodes, refusals, upkeep
from storage import passcodes as rows
from tests import clocks, people

EMAIL = "emma@hiroba.example"
VISIT = audit.Visit(api="auth_service", address="203.0.113.7")
TTL_SECONDS = 1200


@pytest.fixture
async def emma(core: context.Context) -> accounts.rows.Account:
    newcomer = accounts.Newcomer(username="emma", email=EMAIL, password=people.PASSWORD)
    return await accounts.register(core, audit.COMMAND_LINE, newcomer)


async def attempt(core: context.Context, account_id: int, secret: bytes) -> str:
    now = core.clock.now()
    return await rows.attempt(core.database, account_id, secret_hash=secret, failures_max=5, now=now)


async def put(core: context.Context, emma: accounts.rows.Account, secret: bytes) -> None:
    now = core.clock.now()
    await rows.upsert(core.database, emma.id, secret_hash=secret, email=EMAIL, now=now, expires_at=now.replace(hour=23))


async def test_of_wrong_ones_at_once_five_are_looked_at(core: context.Context, emma: accounts.rows.Account) -> None:
    await put(core, emma, b"right")
    told = Counter(await asyncio.gather(*(attempt(core, emma.id, b"wrong") for _ in range(40))))
    assert told == {"wrong": 5, "spent": 35}
    assert await attempt(core, emma.id, b"right") == "spent"
    assert not await rows.use(core.database, emma.id, secret_hash=b"right", failures_max=5, now=core.clock.now())


async def test_being_right_uses_nothing_up(core: context.Context, emma: accounts.rows.Account) -> None:
    await put(core, emma, b"right")
    assert {await attempt(core, emma.id, b"right") for _ in range(9)} == {"right"}
    used = [
        rows.use(core.database, emma.id, secret_hash=b"right", failures_max=5, now=core.clock.now()) for _ in range(9)
    ]
    assert Counter(await asyncio.gather(*used)) == {True: 1, False: 8}


async def test_it_ends_with_the_address_it_went_to(
    core: context.Context, emma: accounts.rows.Account, dsn: str
) -> None:
    await put(core, emma, b"right")
    with psycopg2.connect(dsn) as owner, owner.cursor() as cursor:
        cursor.execute("UPDATE accounts SET email = 'other@hiroba.example'")
    owner.close()
    assert await attempt(core, emma.id, b"right") == "spent"


async def test_the_failures_of_another_code_are_no_failures(core: context.Context, emma: accounts.rows.Account) -> None:
    await put(core, emma, b"first")
    for _ in range(5):
        await attempt(core, emma.id, b"wrong")
    await put(core, emma, b"second")
    assert await attempt(core, emma.id, b"second") == "right"


async def test_nobody_is_signed_in_or_told_apart_by_a_code_that_is_none(core: context.Context) -> None:
    with pytest.raises(refusals.UnknownAccount):
        await passcodes.redeem(core, VISIT, login="nobody", code="\ud800bcdef", password="x", failures_max=5)


@pytest.mark.usefixtures("emma")
async def test_they_are_removed_when_nobody_can_ask_for_them_any_more(
    core: context.Context, clock: clocks.MovableClock
) -> None:
    await passcodes.request(core, VISIT, EMAIL, ttl_seconds=TTL_SECONDS)
    clock.advance(days=30)
    assert (await upkeep.tidy(core, replay_days=30))["passcodes"] == 0
    clock.advance(seconds=TTL_SECONDS)
    assert (await upkeep.tidy(core, replay_days=30))["passcodes"] == 1
