"""The same request under the same key is done once, whoever asks however often, and whatever breaks in between."""

import asyncio
from typing import Any, NamedTuple

import pytest

from handlers.rest import idempotency
from tests import clocks, serving
from tests.surfaces.towns import Phone, Town

AD = {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": 1}
OTHER_AD = {**AD, "amount": 2}
LOGIN = {"username": "john", "password": serving.PASSWORD}
NOBODY_ID = 10**6


class Request(NamedTuple):
    """Somebody's request, under a key unless that is None."""

    path: str
    body: dict[str, Any] | None = None
    key: str | None = "one"
    phone: str = "john"


class Case(NamedTuple):
    """Two requests, one after the other: what each is answered, and how many ads there are then."""

    first: Request
    then: Request
    statuses: tuple[int, int]
    ads: int
    same_answer: bool = False


MATRIX = {
    "the same": Case(Request("/ads", AD), Request("/ads", AD), (200, 200), 1, same_answer=True),
    "the same, signed in anew": Case(
        Request("/ads", AD), Request("/ads", AD, phone="john again"), (200, 200), 1, same_answer=True
    ),
    "another key": Case(Request("/ads", AD), Request("/ads", AD, key="two"), (200, 200), 2),
    "no key": Case(Request("/ads", AD, key=None), Request("/ads", AD, key=None), (200, 200), 2),
    "another body": Case(Request("/ads", AD), Request("/ads", OTHER_AD), (200, 422), 1),
    "another path": Case(Request("/ads", AD), Request("/message-threads/group", {"memberIds": [1]}), (200, 422), 1),
    "another query": Case(Request("/ads", AD), Request("/ads?a=b", AD), (200, 422), 1),
    "another account": Case(Request("/ads", AD), Request("/ads", AD, phone="haru"), (200, 200), 2),
    "a refusal, then another request": Case(
        Request(f"/message-threads/user/{NOBODY_ID}"), Request("/ads", AD), (403, 200), 1
    ),
    "an unreadable request, then another": Case(Request("/ads", {"type": "X"}), Request("/ads", AD), (400, 200), 1),
    "nobody's request, then somebody's": Case(Request("/ads", AD, phone="nobody"), Request("/ads", AD), (401, 200), 1),
    "a call about credentials": Case(
        Request("/login", LOGIN), Request("/login", {**LOGIN, "password": "wrong"}), (200, 401), 0
    ),
    "a sign-out, then another request": Case(
        Request("/logout", phone="john again"), Request("/ads", AD), (200, 200), 1
    ),
    "an empty key": Case(Request("/ads", AD, key=""), Request("/ads", AD), (400, 200), 1),
    "a key of 255 characters, and of 256": Case(
        Request("/ads", AD, key="x" * 255), Request("/ads", AD, key="x" * 256), (200, 400), 1
    ),
}


def keyed(key: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Idempotency-Key": key}}


async def count(phone: Phone) -> int:
    return len((await phone.get("/ads")).body)


@pytest.mark.parametrize("case", MATRIX.values(), ids=MATRIX)
async def test_the_matrix(town: Town, john: Phone, case: Case) -> None:
    again, nobody = town.hiroba.client("/community"), town.hiroba.client("/community")
    await again.post("/login", LOGIN)
    phones = {"john": john, "john again": again, "haru": await town.join("haru"), "nobody": nobody}
    answers = []
    for request in (case.first, case.then):
        more = {} if request.key is None else keyed(request.key)
        answers.append(await phones[request.phone].post(request.path, request.body, **more))
    assert tuple(answer.status for answer in answers) == case.statuses
    assert await count(phones["haru"]) == case.ads
    if case.same_answer:
        first, then = answers
        assert then.raw == first.raw
        assert then.headers["Content-Type"] == first.headers["Content-Type"]


async def test_twenty_at_once_do_it_once(john: Phone) -> None:
    answers = await asyncio.gather(*(john.post("/ads", AD, **keyed("one")) for _ in range(20)))
    done = {answer.raw for answer in answers if answer.status == 200}
    assert len(done) == 1
    assert {answer.status for answer in answers} <= {200, 409}
    assert await count(john) == 1


async def test_after_a_day_it_is_forgotten(john: Phone, clock: clocks.MovableClock) -> None:
    await john.post("/ads", AD, **keyed("one"))
    clock.advance(seconds=idempotency.REMEMBERED_HOURS * 3600 + 1)
    assert (await john.post("/ads", OTHER_AD, **keyed("one"))).status == 200
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
