"""Limits: what is refused when, wherever it was counted, and that nothing is learned beyond them."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator

import msgspec
import psycopg2
import pytest

from handlers.core import accounts, attempts, audit, codes, context, operators, refusals, sessions
from storage.database import Database
from tests import clocks, people, serving

HOME = "203.0.113.7"
WRONG = "not this one"
WINDOW_SECONDS = 900


def visit(address: str = HOME) -> audit.Visit:
    return audit.Visit(api="whoami", address=address)


async def sign_in(
    core: context.Context, login: str = "emma", password: str = WRONG, *, address: str = HOME
) -> str | int:
    """'in', 'wrong', or the seconds to wait."""
    try:
        await sessions.sign_in(core, visit(address), login=login, password=password)
    except refusals.WrongCredentials:
        return "wrong"
    except refusals.Throttled as throttled:
        return throttled.retry_after_seconds
    return "in"


async def fail(core: context.Context, times: int, **more: str) -> None:
    for _ in range(times):
        assert await sign_in(core, **more) == "wrong"


@pytest.fixture
async def emma(core: context.Context) -> accounts.rows.Account:
    newcomer = accounts.Newcomer(username="emma", email="emma@hiroba.example", password=people.PASSWORD)
    return await accounts.register(core, audit.COMMAND_LINE, newcomer)


@pytest.fixture
async def beside(core: context.Context, dsn: str, clock: clocks.MovableClock) -> AsyncIterator[context.Context]:
    """The core of another process on the same database."""
    database = await Database.open(dsn, connections_max=8, acquire_timeout_seconds=5, statement_timeout_seconds=5)
    yield people.core(database, clock)
    await database.close()


@pytest.mark.usefixtures("emma")
async def test_ten_failures_refuse_the_address_the_right_password_too(
    core: context.Context, clock: clocks.MovableClock
) -> None:
    await fail(core, 5)
    clock.advance(seconds=60)
    await fail(core, 5)
    # Until the first of the ten leaves the window.
    assert await sign_in(core) == WINDOW_SECONDS - 60
    assert await sign_in(core, password=people.PASSWORD) == WINDOW_SECONDS - 60
    # Whichever of its two names the account is called by, in whatever case.
    assert await sign_in(core, "EMMA@hiroba.example", people.PASSWORD) == WINDOW_SECONDS - 60
    assert await sign_in(core, password=people.PASSWORD, address="203.0.113.8") == "in"
    clock.advance(seconds=WINDOW_SECONDS - 61)
    assert await sign_in(core, password=people.PASSWORD) == 1
    clock.advance(seconds=1)
    assert await sign_in(core, password=people.PASSWORD) == "in"
    # Being right in between forgives nothing.
    await fail(core, 5)
    assert isinstance(await sign_in(core), int)


@pytest.mark.usefixtures("emma")
async def test_what_one_process_counted_holds_in_another_and_after_a_restart(
    core: context.Context, beside: context.Context, dsn: str
) -> None:
    await fail(core, 4)
    await fail(beside, 6)
    for place in (core, beside):
        assert await sign_in(place, password=people.PASSWORD) == WINDOW_SECONDS
    again = await Database.open(dsn, connections_max=1, acquire_timeout_seconds=5, statement_timeout_seconds=5)
    assert await sign_in(dataclasses.replace(core, database=again), password=people.PASSWORD) == WINDOW_SECONDS
    await again.close()


@pytest.mark.usefixtures("emma")
async def test_guesses_at_once_learn_no_more_than_one_after_the_other(
    core: context.Context, beside: context.Context, dsn: str
) -> None:
    """The right one is among the last: by then the ten are used up."""

    async def guess(number: int) -> str | int:
        place = (core, beside)[number % 2]
        return await sign_in(place, password=people.PASSWORD if number == 49 else f"{WRONG} {number}")

    told = Counter(await asyncio.gather(*(guess(number) for number in range(50))))
    assert told["wrong"] == 10
    assert told[WINDOW_SECONDS] + told["in"] == 40
    # Wherever the right one stood: from now on it is refused like any other.
    assert await sign_in(core, password=people.PASSWORD) == WINDOW_SECONDS
    with psycopg2.connect(dsn) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT kind, count(*) FROM attempts GROUP BY kind ORDER BY kind")
        assert cursor.fetchall() == [("sign-in account", 10), ("sign-in address", 10), ("sign-in pair", 10)]
        cursor.execute("SELECT count(*) FROM audit WHERE act = 'sign-in failed'")
        assert cursor.fetchone() == (10,)
    owner.close()


@pytest.mark.usefixtures("emma")
async def test_the_right_one_that_was_being_checked_when_the_room_was_used_up_tells_nothing(
    core: context.Context,
) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    class Slow:
        async def check(self, password: str, password_hash: str | None) -> bool:
            right = await core.hasher.check(password, password_hash)
            reached.set()
            await go_on.wait()
            return right

    slow = dataclasses.replace(core, hasher=Slow())  # type: ignore[arg-type]
    guessing = asyncio.create_task(sign_in(slow, password=people.PASSWORD))
    await reached.wait()
    await fail(core, 10)
    go_on.set()
    assert await guessing == WINDOW_SECONDS


async def test_who_is_unknown_is_refused_alike(core: context.Context) -> None:
    """Nobody learns who there is by being refused, or not."""
    await fail(core, 10, login="Nobody")
    assert await sign_in(core, "nobody") == WINDOW_SECONDS
    await fail(core, 10, login="nobody@hiroba.example")
    assert await sign_in(core, "NOBODY@hiroba.example") == WINDOW_SECONDS


async def test_the_right_password_of_who_is_shut_out_counts_as_a_wrong_one(
    core: context.Context, emma: accounts.rows.Account
) -> None:
    await operators.disable(core, audit.COMMAND_LINE, "emma")
    await fail(core, 10, password=people.PASSWORD)
    assert await sign_in(core, password=people.PASSWORD) == WINDOW_SECONDS
    assert [entry.act for entry in await audit.entries(core.database, account_id=emma.id, most=20)].count(
        "sign-in failed"
    ) == 10


@pytest.mark.usefixtures("emma")
async def test_a_hundred_failures_refuse_an_address_for_everybody(core: context.Context) -> None:
    for account in range(10):
        await fail(core, 10, login=f"somebody{account}")
    assert await sign_in(core, password=people.PASSWORD) == WINDOW_SECONDS
    assert await sign_in(core, password=people.PASSWORD, address="203.0.113.8") == "in"


async def test_a_thousand_failures_of_an_account_refuse_new_addresses_only(
    core: context.Context, emma: accounts.rows.Account, clock: clocks.MovableClock, dsn: str
) -> None:
    assert await sign_in(core, password=people.PASSWORD) == "in"
    clock.advance(hours=1)
    key = attempts.sign_in_of(core, login="emma", account_id=emma.id, address=HOME).account
    with psycopg2.connect(dsn) as owner, owner.cursor() as cursor:
        insert = "INSERT INTO attempts (kind, key, at) SELECT 'sign-in account', %s, %s FROM generate_series(1, 999)"
        cursor.execute(insert, (key, clock.now()))
    owner.close()
    await fail(core, 1, address="198.51.100.1")
    day = 24 * 3600
    assert await sign_in(core, password=people.PASSWORD, address="198.51.100.2") == day
    # From where its owner was in before, it goes on, within that address' own limit.
    assert await sign_in(core, password=people.PASSWORD) == "in"
    await fail(core, 10)
    assert await sign_in(core, password=people.PASSWORD) == WINDOW_SECONDS
    clock.advance(seconds=day)
    assert await sign_in(core, password=people.PASSWORD, address="198.51.100.2") == "in"


@pytest.mark.usefixtures("emma")
@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.7", "203.0.113.7", "::ffff:203.0.113.8"),
        ("fe80::1%eth0", "fe80::2%eth1", "fe80:0:0:1::1"),
    ],
)
async def test_an_address_is_what_one_household_has(core: context.Context, one: str, same: str, other: str) -> None:
    await fail(core, 10, address=one)
    assert await sign_in(core, address=same) == WINDOW_SECONDS
    assert await sign_in(core, password=people.PASSWORD, address=other) == "in"


@pytest.mark.usefixtures("emma")
async def test_switched_off_nothing_is_refused_or_counted(core: context.Context, dsn: str) -> None:
    limits = msgspec.structs.replace(core.settings.limits, enabled=False)
    free = dataclasses.replace(core, settings=msgspec.structs.replace(core.settings, limits=limits))
    await fail(free, 12)
    for _ in range(5):
        await codes.request_reset(free, visit(), "emma@hiroba.example")
    assert await sign_in(core, password=people.PASSWORD) == "in"
    with psycopg2.connect(dsn) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM attempts")
        assert cursor.fetchone() == (0,)
    owner.close()


async def ask_for_mail(core: context.Context, email: str) -> int:
    """0, or the seconds to wait."""
    try:
        await codes.request_reset(core, visit(), email)
    except refusals.Throttled as throttled:
        return throttled.retry_after_seconds
    return 0


@pytest.mark.usefixtures("emma")
async def test_three_mails_may_be_asked_for_whoever_asks_and_whether_or_not_anybody_has_the_address(
    core: context.Context, beside: context.Context, clock: clocks.MovableClock
) -> None:
    for email in ("emma@hiroba.example", "nobody@hiroba.example"):
        assert await ask_for_mail(core, email) == 0
        clock.advance(seconds=10)
        assert await ask_for_mail(beside, email.upper()) == 0
        await codes.request_confirmation(core, email)
        assert await ask_for_mail(beside, email) == WINDOW_SECONDS - 10
        with pytest.raises(refusals.Throttled):
            await codes.request_confirmation(core, email)
    clock.advance(seconds=WINDOW_SECONDS)
    told = await asyncio.gather(*(ask_for_mail(place, "emma@hiroba.example") for place in [core, beside] * 10))
    assert told.count(0) == 3


async def test_over_all_apis_alike_and_a_registrations_mail_aside(
    hiroba: serving.Serving, clock: clocks.MovableClock
) -> None:
    """community mails when somebody is made, whoami when somebody asks, the pages too."""
    await people.Town(hiroba.context).found()
    community = hiroba.client("/community")
    communities = (await community.get("/communities")).body
    made = await community.post(
        "/create-account",
        {
            "username": "emma", "firstName": "Emma", "lastName": "Sato", "password": people.PASSWORD,
            "email": "emma@hiroba.example", "communityId": communities[0]["id"],
        },
    )  # fmt: skip
    assert made.status == 200, made
    whoami = hiroba.client("/whoami")
    asked = [
        await whoami.post("/resend", {"email": "emma@hiroba.example"}),
        await whoami.post("/send_pwreset_email", {"email": "emma@hiroba.example"}),
        await whoami.post("/resend", {"email": "EMMA@hiroba.example"}),
        await whoami.post("/send_pwreset_email", {"email": "emma@hiroba.example"}),
    ]
    assert [answer.status for answer in asked] == [200, 200, 200, 429]
    assert asked[-1].headers["Retry-After"] == str(WINDOW_SECONDS)
    assert asked[-1].body["status"] is False
    assert len(await hiroba.letters("emma@hiroba.example")) == 4
    # Sign-ins are counted over both as well.
    for api, path, name in ((community, "/login", "username"), (whoami, "/signin", "email")) * 5:
        await api.post(path, {name: "emma", "password": WRONG})
    refused = await community.post("/login", {"username": "emma", "password": people.PASSWORD})
    assert (refused.status, refused.body["key"]) == (429, "error.tooManyRequests")
    assert refused.headers["Retry-After"] == str(WINDOW_SECONDS)
    refused = await whoami.post("/signin", {"email": "emma@hiroba.example", "password": people.PASSWORD})
    assert (refused.status, refused.body["status"]) == (429, False)
    clock.advance(seconds=WINDOW_SECONDS)
    assert (await community.post("/login", {"username": "emma", "password": people.PASSWORD})).status == 200
