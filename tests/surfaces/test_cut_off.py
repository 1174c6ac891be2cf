"""Clients that hang up: what they asked for is done whole or not at all, and nothing of the server's is lost by it."""

import asyncio
import random
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests import raw, serving
from tests.surfaces.besieged import DOORS, Besieged, Door

COMMUNITY = next(door for door in DOORS if door.name == "community")
AD = {"type": "GIVE", "description": "Vacuum cleaning", "amount": 10}


@pytest.fixture
async def town(serve: serving.Serve, calm: list) -> AsyncIterator[Besieged]:
    """A server whose clients hang up, calm. As many of them as there are: nobody is turned away for that."""
    besieged = await Besieged.prepared(await serve(limits={"enabled": "false"}, passwords={"queue_max": 200}))
    yield besieged
    await quiet(besieged)
    # None of the database's connections went with a client, and all that there are still serve.
    answers = await asyncio.gather(*(besieged.hiroba.client("/community").get("/communities") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    besieged.close()


async def quiet(town: Besieged) -> None:
    """Until everything that was begun has ended."""
    async with asyncio.timeout(10):
        while True:
            stats = town.hiroba.context.database.stats
            await town.hiroba.letters("nobody@hiroba.example")
            if stats.busy == stats.waiting == 0:
                break
            await asyncio.sleep(0.01)


async def cut(town: Besieged, data: bytes, *, seconds: float = 0, resets: bool = True) -> None:
    """Sends that much and is gone, with a reset or as somebody who is done."""
    host, port = town.hiroba.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    await asyncio.sleep(seconds)
    if resets:
        writer.transport.abort()
    else:
        writer.close()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
async def test_what_was_not_asked_to_the_end_is_not_done(town: Besieged, door: Door) -> None:
    for route in door.routes:
        if route.accepts is None:
            continue
        body = msgspec.json.encode(town.body(route) or "data:image/png;base64,AAAA")
        path, proof = town.path(door, route), await town.proof(door)
        whole = raw.request(route.method, path, headers=proof, body=body)
        chunks = b"%x\r\n%s\r\n" % (len(body), body)
        chunked = raw.request(route.method, path, headers=proof + b"Transfer-Encoding: chunked\r\n") + chunks
        before = await town.settled()
        head = len(whole) - len(body)
        cuts = [whole[:end] for end in (1, head // 2, head - 1, head, head + len(body) // 2, len(whole) - 1)]
        cuts += [chunked[:-1], chunked, chunked + b"0\r\n", chunked + b"5\r\nab"]
        await asyncio.gather(*(cut(town, data, seconds=0.02, resets=i % 2 == 0) for i, data in enumerate(cuts)))
        await quiet(town)
        assert town.state() == before, route.path


async def test_an_account_is_made_whole_or_not_at_all(town: Besieged) -> None:
    moments = random.Random(5)
    community_id = town.known["communityId"]
    profile = {"password": serving.PASSWORD, "firstName": "J", "lastName": "D", "communityId": community_id}

    async def register(name: str) -> None:
        body = msgspec.json.encode({**profile, "username": name, "email": f"{name}@hiroba.example"})
        await cut(town, raw.request("POST", "/community/create-account", body=body), seconds=moments.uniform(0, 0.03))

    await asyncio.gather(*(register(f"cut{number}") for number in range(40)))
    await quiet(town)
    made = town.rows(
        "SELECT (SELECT count(*) FROM codes c WHERE c.account_id = a.id),"
        "       (SELECT count(*) FROM sessions s WHERE s.account_id = a.id),"
        "       (SELECT count(*) FROM wallets w WHERE w.account_id = a.id),"
        "       (SELECT count(*) FROM audit u WHERE u.account_id = a.id AND act = 'registered'),"
        "       (SELECT count(*) FROM mailbox m WHERE m.recipient = a.email)"
        "  FROM accounts a WHERE a.username LIKE 'cut%'"
    )
    assert made
    assert set(made) == {(1, 1, 1, 1, 1)}


async def test_an_ad_that_was_asked_for_twice_under_one_key_is_there_once(town: Besieged) -> None:
    moments = random.Random(6)
    proof = await town.proof(COMMUNITY)

    async def publish(number: int) -> None:
        body = msgspec.json.encode({**AD, "title": f"cut {number}"})
        key = b"Idempotency-Key: %d\r\n" % number
        data = raw.request("POST", "/community/ads", headers=proof + key, body=body)
        await cut(town, data, seconds=moments.uniform(0, 0.02))
        line = raw.Line(town.hiroba.url)
        while (answer := await line.send(data)).status == 409:
            await asyncio.sleep(0.005)
        line.hang_up()
        assert answer.status == 200

    await asyncio.gather(*(publish(number) for number in range(30)))
    assert town.rows("SELECT count(*), count(DISTINCT title) FROM ads WHERE title LIKE 'cut %'") == [(30, 30)]


async def test_a_row_of_requests_is_done_up_to_where_the_client_left(town: Besieged) -> None:
    proof = await town.proof(COMMUNITY)
    bodies = [msgspec.json.encode({**AD, "title": f"row {number:02}"}) for number in range(50)]
    row = b"".join(raw.request("POST", "/community/ads", headers=proof, body=body) for body in bodies)
    await cut(town, row, seconds=0.03)
    await quiet(town)
    titles = [title for (title,) in town.rows("SELECT title FROM ads WHERE title LIKE 'row %' ORDER BY id")]
    assert titles == [f"row {number:02}" for number in range(len(titles))]
    assert titles


async def test_who_does_not_read_the_answer_holds_up_nobody(town: Besieged) -> None:
    proof = await town.proof(COMMUNITY)
    asked = raw.request("GET", "/openapi.json") * 200 + raw.request("GET", "/community/ads", headers=proof) * 20
    deaf = [asyncio.create_task(cut(town, asked, seconds=0.3)) for _ in range(10)]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(2):
        assert (await town.hiroba.client("/community").get("/communities")).status == 200
    await asyncio.gather(*deaf)


async def test_whoever_leaves_the_queue_for_a_connection_takes_none_along(serve: serving.Serve, calm: list) -> None:
    hiroba = await serve(database={"connections_max": 2})
    town = await Besieged.prepared(hiroba)
    proof = await town.proof(COMMUNITY)
    asked = raw.request("GET", "/community/ads", headers=proof)
    await asyncio.gather(*(cut(town, asked, seconds=0.002 * (number % 5)) for number in range(100)))
    await quiet(town)
    assert sum(hiroba.context.database.stats) <= 2
    assert (await town.line.send(asked)).status == 200
    town.close()
