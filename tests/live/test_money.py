"""Payments and orders are told to those whom they concern, each event as it was then. Contract, 8."""

import contextlib
from typing import Any

import msgspec
import psycopg2
import pytest

from handlers.community import outputs
from handlers.core import accounts, audit, ledger, orders, payments
from handlers.rest import writing
from mail import letters
from storage import accounts as account_rows
from storage import payments as payment_rows
from tests import people
from tests.live.conftest import Live


@pytest.fixture
async def haruto(town: people.Town) -> account_rows.Account:
    """Somebody with tokens."""
    member = await town.member("haruto")
    await ledger.mint(town.context, audit.COMMAND_LINE, member, units=200_000, description="minted")
    return member


@pytest.fixture
async def haru(town: people.Town) -> account_rows.Account:
    return await town.member("haru")


async def pay(live: Live, remitter: account_rows.Account, beneficiary: account_rows.Account, units: int = 1050) -> int:
    return await payments.pay(
        live.core, remitter, beneficiary_id=beneficiary.id, ad_id=None, units=units, description="Bread"
    )


async def settle(live: Live, *ids: int, is_posted: bool = True) -> None:
    await payment_rows.settle(live.core.database, ids, is_posted=is_posted, now=live.core.clock.now())
    live.core.bus.wake()


async def shown(live: Live, payment_id: int, viewer: account_rows.Account) -> dict[str, Any]:
    """As community shows it to one of its two."""
    found = await payments.find_many(live.core, [payment_id])
    return msgspec.json.decode(writing.encoded(outputs.transaction(found[payment_id], viewer.id)))


@pytest.mark.parametrize("is_posted", [True, False], ids=["completed", "failed"])
async def test_both_are_told_what_becomes_of_a_payment_and_the_beneficiary_is_noticed_of_its_end(
    live: Live, haruto, haru, town: people.Town, is_posted: bool
):
    phones = [await live.greeted(one) for one in (haruto, haruto, haru)]
    beside = await live.greeted(await town.member())
    payment_id = await pay(live, haruto, haru)
    for phone in phones:
        (frame,) = await phone.hear_of("transaction")
        assert frame["cursor"]
        assert frame["transaction"] == await shown(live, payment_id, phone.account)
        assert frame["transaction"]["state"] == "pending"
        assert frame["transaction"]["debit"] is (phone.account.id == haruto.id)
    await settle(live, payment_id, is_posted=is_posted)
    for phone in phones:
        (frame,) = await phone.hear_of("transaction")
        assert frame["transaction"] == await shown(live, payment_id, phone.account)
        assert frame["transaction"]["completed"] is is_posted
        assert frame["transaction"]["state"] == ("completed" if is_posted else "failed")
    for phone in (*phones, beside):
        await phone.hear_nothing_else()
    notice = {
        "type": "notification",
        "title": "Kaga city",
        "body": "Sato Haruto\n+10.50 Bread",
        "data": {"type": "transaction", "transactionId": str(payment_id)},
    }
    assert [phone.noticed for phone in phones] == [[], [], [notice] if is_posted else []]


async def test_what_was_missed_of_payments_is_told_as_it_was_then(live: Live, haruto, haru):
    phone = await live.greeted(haru)
    await phone.hang_up()
    first, second = await pay(live, haruto, haru), await pay(live, haruto, haru, 1)
    await settle(live, second, is_posted=False)
    await settle(live, first)
    await live.settled()
    again = await live.connect(haru, since=phone.cursor)
    heard = await again.hear_of("hello", *["transaction"] * 4)
    assert [(frame["transaction"]["id"], frame["transaction"]["state"]) for frame in heard[1:]] == [
        (first, "pending"), (second, "pending"), (second, "failed"), (first, "completed"),
    ]  # fmt: skip
    assert [frame["transaction"]["completed"] for frame in heard[1:]] == [False, False, False, True]
    await again.hear_nothing_else()
    assert again.noticed == []


async def test_many_payments_are_looked_up_together(
    live: Live, haruto, haru, town: people.Town, monkeypatch: pytest.MonkeyPatch
):
    asked = []
    find_many = payment_rows.find_many

    async def counted(database, posting_ids):
        asked.append(len(posting_ids))
        return await find_many(database, posting_ids)

    monkeypatch.setattr(payment_rows, "find_many", counted)
    # Nobody is here whom they concern: nothing is looked up.
    beside = await live.greeted(await town.member())
    async with live.core.database.transaction():
        ids = [await pay(live, haruto, haru, 1) for _ in range(50)]
    await live.settled()
    assert asked == []
    phones = [await live.greeted(one) for one in (haruto, haru)]
    await settle(live, *ids)
    for phone in phones:
        heard = await phone.hear_of(*["transaction"] * 50)
        assert [frame["transaction"]["id"] for frame in heard] == ids
    await phones[1].hear_nothing_else()
    assert len(phones[1].noticed) == 50
    assert asked == [50]
    # A replay too.
    again = await live.connect(haru, since=f"{live.hub.cursor.epoch}-0")
    await again.hear_of("hello", *["transaction"] * 100)
    assert asked == [50, 50]
    await beside.hear_nothing_else()


async def test_a_payment_that_cannot_be_told_keeps_nothing_from_anybody(live: Live, haruto, haru, dsn: str):
    phone = await live.greeted(haru)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        for subject in ('{"postingId": 999999, "state": "completed"}', "{}", None):
            cursor.execute(
                "INSERT INTO events (kind, account_id, subject, at) VALUES ('transaction', %s, %s, now())",
                (haru.id, subject),
            )
            cursor.execute(
                "INSERT INTO events (kind, account_id, subject, at) VALUES ('order', %s, %s, now())",
                (haru.id, None if subject is None else "[]"),
            )
    payment_id = await pay(live, haruto, haru)
    assert (await phone.hear_of("transaction"))[0]["transaction"]["id"] == payment_id
    again = await live.connect(haru, since=f"{live.hub.cursor.epoch}-0")
    assert (await again.hear_of("hello", "transaction"))[1]["transaction"]["id"] == payment_id
    for one in (phone, again):
        await one.hear_nothing_else()


async def test_an_order_is_told_to_its_owner_as_it_was_then(live: Live, haru):
    newcomer = accounts.Newcomer(username="trader", email="trader@hiroba.example", password=people.PASSWORD)
    trader = await accounts.register(live.core, audit.COMMAND_LINE, newcomer)
    phone, beside = await live.greeted(trader), await live.greeted(haru)
    cursor = phone.cursor
    time = writing.moment(live.core.clock.now())
    order_id = await orders.draft(live.core, trader, units=2_500_000)
    other_id = await orders.draft(live.core, trader, units=7)
    live.core.clock.advance(hours=1)
    await orders.revise(live.core, trader, order_id, units=3_000_000)
    await orders.place(live.core, trader, order_id, language=letters.ENGLISH)
    await orders.complete(live.core, audit.COMMAND_LINE, order_id)
    await orders.cancel(live.core, trader, other_id)
    await orders.remove(live.core, trader, other_id)
    expected = [
        {"id": order_id, "value": 2.5, "time": time, "status": "DRAFT"},
        {"id": other_id, "value": 0.000007, "time": time, "status": "DRAFT"},
        {"id": order_id, "value": 3, "time": time, "status": "DRAFT"},
        {"id": order_id, "value": 3, "time": time, "status": "PROCESSING"},
        {"id": order_id, "value": 3, "time": time, "status": "COMPLETED"},
        {"id": other_id, "value": 0.000007, "time": time, "status": "CANCELLED"},
        {"id": other_id, "value": 0.000007, "time": time, "status": "DELETED"},
    ]
    heard = await phone.hear_of(*["order"] * len(expected))
    assert [frame["order"] for frame in heard] == expected
    # Though one of them is gone since.
    await live.settled()
    again = await live.connect(trader, since=cursor)
    assert (await again.hear_of("hello", *["order"] * len(expected)))[1:] == heard
    for one in (phone, again, beside):
        await one.hear_nothing_else()
        assert one.noticed == []
