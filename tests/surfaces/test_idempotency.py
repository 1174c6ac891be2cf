"""The same request under the same key is done once, whoever asks however often, and whatever breaks in between."""

import asyncio

import pytest

from handlers.rest import idempotency
from tests import clocks, serving
from tests.surfaces.towns import Phone, Town

AD = {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": 1}


def keyed(key: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Idempotency-Key": key}}


async def count(phone: Phone) -> int:
    return len((await phone.get("/my-ads")).body)


async def test_the_same_request_gives_the_same_answer_and_one_act(john: Phone) -> None:
    first = await john.post("/ads", AD, **keyed("one"))
    again = await john.post("/ads", AD, **keyed("one"))
    assert (again.status, again.raw) == (first.status, first.raw) == (200, first.raw)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert await count(john) == 1


async def test_another_request_under_the_key_is_422(john: Phone) -> None:
    await john.post("/ads", AD, **keyed("one"))
    assert (await john.post("/ads", {**AD, "amount": 2}, **keyed("one"))).status == 422
    assert (await john.post("/message-threads/group", {"memberIds": [1]}, **keyed("one"))).status == 422
    assert await count(john) == 1


async def test_twenty_at_once_do_it_once(john: Phone) -> None:
    answers = await asyncio.gather(*(john.post("/ads", AD, **keyed("one")) for _ in range(20)))
    done = {answer.raw for answer in answers if answer.status == 200}
    assert len(done) == 1
    assert {answer.status for answer in answers} <= {200, 409}
    assert await count(john) == 1


async def test_keys_are_each_accounts_own(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await john.post("/ads", AD, **keyed("one"))
    await haru.post("/ads", AD, **keyed("one"))
    assert (await count(john), await count(haru)) == (1, 1)


async def test_a_refusal_is_not_remembered(town: Town, john: Phone) -> None:
    haru_id = 10**6
    refused = await john.post(f"/message-threads/user/{haru_id}", **keyed("one"))
    assert refused.status == 403
    # Another request under the key, which a remembered refusal would make 422.
    assert (await john.post("/ads", AD, **keyed("one"))).status == 200


async def test_calls_about_credentials_ignore_it(town: Town, john: Phone) -> None:
    login = {"username": "john", "password": serving.PASSWORD}
    assert (await john.post("/login", login, **keyed("one"))).status == 200
    assert (await john.post("/login", {**login, "password": "wrong"}, **keyed("one"))).status == 401


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(john: Phone, key: str) -> None:
    assert (await john.post("/ads", AD, **keyed(key))).status == 400
    assert await count(john) == 0
    assert (await john.post("/ads", AD, **keyed("x" * 255))).status == 200


async def test_after_a_day_it_is_forgotten(john: Phone, clock: clocks.MovableClock) -> None:
    await john.post("/ads", AD, **keyed("one"))
    clock.advance(seconds=idempotency.REMEMBERED_HOURS * 3600 + 1)
    assert (await john.post("/ads", {**AD, "amount": 2}, **keyed("one"))).status == 200
    assert await count(john) == 2


async def test_what_fails_before_the_commit_is_neither_done_nor_remembered(
    john: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object, **more: object) -> None:
        raise ConnectionError("cut")

    with monkeypatch.context() as patched:
        patched.setattr(idempotency.answers, "upsert", broken)
        assert (await john.post("/ads", AD, **keyed("one"))).status == 500
    assert await count(john) == 0
    assert (await john.post("/ads", AD, **keyed("one"))).status == 200
    assert await count(john) == 1


async def test_nothing_that_was_sent_is_kept_readable(hiroba: serving.Serving, john: Phone) -> None:
    await john.post("/ads", {**AD, "title": "Very secret title"}, **keyed("a readable key"))
    rows = await hiroba.context.database.all(
        lambda *columns: columns,
        "answers.find",
        account_id=john.account_id,
        key_hash=hiroba.context.keys.sign("idempotency key", b"a readable key"),
        since=hiroba.context.clock.now().replace(year=2000),
    )
    assert len(rows) == 1
    assert b"readable" not in bytes(rows[0][0])
