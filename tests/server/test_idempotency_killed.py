"""A request under an Idempotency-Key, and the server that is killed with -9 in the middle of it, at every step.

Whoever asks again, as often as it takes, has what they asked for done once; the steps are a table of `doomed`.
"""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests import people, serving
from tests.server import doomed, processes

AD = {"type": "GIVE", "title": "Rice", "description": "A sack", "amount": 12.5}
KEY = {"Idempotency-Key": "one"}


@pytest.fixture
async def next_one(dsn: str) -> AsyncIterator[serving.Serving]:
    """The server that is there after the other: on the same database, with the same key and the real time."""
    async with serving.served(serving.config(dsn)) as hiroba:
        town = await people.Town(hiroba.context).found()
        await town.member("john")
        yield hiroba


async def signed_in(phone: serving.Client) -> serving.Client:
    answer = await phone.post("/login", {"username": "john", "password": people.PASSWORD})
    assert answer.status == 200, answer
    return phone


async def titles(phone: serving.Client) -> list[str]:
    return [ad["title"] for ad in (await phone.get("/my-ads")).body]


async def insist(phone: serving.Client, ad: dict) -> serving.Answer:
    """Asks until PostgreSQL has seen that the other server is gone, and its lock with it."""
    async with asyncio.timeout(10):
        while (answer := await phone.post("/ads", ad, headers=dict(KEY))).status == 409:
            await asyncio.sleep(processes.POLL_SECONDS)
    return answer


@pytest.mark.parametrize("step", doomed.STEPS)
async def test_killed(
    servers: processes.Servers, phones: processes.Phones, next_one: serving.Serving, dsn: str, step: str
) -> None:
    server = servers(DATABASE_URL=dsn, SECRETS_KEY=serving.SECRET)
    server.begin(step, "serve", module=doomed.__name__)
    await server.ready()
    phone = await signed_in(phones.phone(server, "/community"))
    assert (await phone.post("/ads", {**AD, "title": "Wheat"})).status == 200
    with pytest.raises(aiohttp.ClientError):
        await phone.post("/ads", AD, headers=dict(KEY))
    assert await server.end() == -9

    john = await signed_in(next_one.client("/community"))
    before = await titles(john)
    if step not in doomed.UNCERTAIN:
        assert before == (["Wheat", "Rice"] if step in doomed.DONE else ["Wheat"])
    first = await insist(john, AD)
    assert (first.status, first.body["title"]) == (200, "Rice")
    assert (await insist(john, AD)).raw == first.raw
    assert (await insist(john, {**AD, "title": "Rye"})).status == 422
    assert await titles(john) == ["Wheat", "Rice"]
