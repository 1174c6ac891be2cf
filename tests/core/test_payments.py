"""Payments: held back, then settled; every check in its order; nothing is paid twice."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence

import msgspec
import psycopg2
import pytest

from handlers.core import ads, audit, ledger, payments, refusals, settlement
from storage import accounts as account_rows
from storage import ads as ad_rows
from storage import ledger as ledger_rows
from storage import payments as rows
from tests import clocks, people


async def mint(town: people.Town, member: account_rows.Account, units: int) -> None:
    await ledger.mint(town.context, audit.COMMAND_LINE, member, units=units, description="salary")


async def rich(town: people.Town, name: str, units: int = 10_000) -> account_rows.Account:
    member = await town.member(name)
    await mint(town, member, units)
    return member


async def balance(town: people.Town, member: account_rows.Account) -> int:
    found = await account_rows.find_by_id(town.context.database, member.id)
    assert found is not None
    return found.balance


async def pay(
    town: people.Town,
    remitter: account_rows.Account,
    beneficiary: account_rows.Account,
    units: int = 100,
    *,
    ad_id: int | None = None,
    description: str = "soya",
) -> int:
    return await payments.pay(
        town.context, remitter, beneficiary_id=beneficiary.id, ad_id=ad_id, units=units, description=description
    )


def settler(
    town: people.Town, engine: settlement.Engine | None = None, *, delay_seconds: float = 0
) -> settlement.Settlement:
    return settlement.Settlement(town.context, engine or settlement.Internal(), delay_seconds=delay_seconds)


async def states(town: people.Town, member: account_rows.Account) -> list[tuple[str, int]]:
    return [(one.state, one.units) for one in await payments.transactions(town.context, member, most=100)]


async def proven(town: people.Town) -> None:
    assert await ledger.verify(town.context) is None


async def test_a_payment_is_held_back_until_it_is_settled(town: people.Town) -> None:
    haru, riku = await rich(town, "haru"), await rich(town, "riku", 1)
    transaction_id = await pay(town, haru, riku, 2_500)
    assert (await balance(town, haru), await balance(town, riku)) == (7_500, 1)
    assert await states(town, haru) == await states(town, riku) == [("pending", 2_500)]
    await proven(town)
    assert await settler(town).settle() == 1
    assert (await balance(town, haru), await balance(town, riku)) == (7_500, 2_501)
    (seen,) = await payments.transactions(town.context, riku, most=100)
    assert (seen.id, seen.state, seen.units, seen.description) == (transaction_id, "completed", 2_500, "soya")
    assert (seen.remitter.id, seen.beneficiary.id, seen.community_name) == (haru.id, riku.id, "Kaga city")
    assert await settler(town).settle() == 0
    await proven(town)


async def test_what_is_held_back_cannot_be_spent_again(town: people.Town) -> None:
    haru, riku = await rich(town, "haru", 100), await town.member("riku")
    await pay(town, haru, riku, 60)
    with pytest.raises(refusals.NotEnoughFunds):
        await pay(town, haru, riku, 41)
    await pay(town, haru, riku, 40)
    assert await balance(town, haru) == 0
    await settler(town).settle()
    assert await balance(town, riku) == 100


async def ad_of(town: people.Town, author: account_rows.Account, kind: str, points: int) -> ad_rows.Ad:
    return await ads.publish(
        town.context, author, type=kind, title="Soya", description="", points=points, location=None
    )


async def test_the_checks_come_in_their_order(town: people.Town) -> None:
    """Each row breaks its own check and all that follow: the first is what is told."""
    haru, riku = await rich(town, "haru", 100), await town.member("riku")
    yuina = await town.member("yuina", community_id=town.shibuya)
    nobody = await town.member("nobody", community_id=None)
    gift, of_none, foreign = (
        await ad_of(town, riku, ads.GIVE, 50),
        await ad_of(town, riku, ads.GIVE, 0),
        await ad_of(town, yuina, ads.GIVE, 50),
    )
    wanted, mine = await ad_of(town, riku, ads.WANT, 50), await ad_of(town, haru, ads.GIVE, 50)
    third = await town.member("third")
    rows_ = [
        (" \n", 0, haru.id, foreign.id, refusals.Invalid),
        ("soya", 0, haru.id, foreign.id, refusals.Invalid),
        ("soya", -1, haru.id, foreign.id, refusals.Invalid),
        ("soya", 1_000, haru.id, foreign.id, refusals.WithYourself),
        ("soya", 1_000, yuina.id, foreign.id, refusals.UnknownRecipient),
        ("soya", 1_000, nobody.id, foreign.id, refusals.UnknownRecipient),
        ("soya", 1_000, 10**9, foreign.id, refusals.UnknownRecipient),
        ("soya", 1_000, riku.id, foreign.id, refusals.UnknownAd),
        ("soya", 1_000, riku.id, 10**9, refusals.UnknownAd),
        ("soya", 1_000, third.id, of_none.id, refusals.NotPayable),
        ("soya", 1_000, third.id, wanted.id, refusals.NotPayable),
        ("soya", 1_000, third.id, mine.id, refusals.NotPayable),
        ("soya", 1_000, third.id, gift.id, refusals.OtherBeneficiary),
        ("soya", 1_000, riku.id, gift.id, refusals.NotEnoughFunds),
    ]
    for description, units, beneficiary_id, ad_id, refusal in rows_:
        with pytest.raises(refusal):
            await payments.pay(
                town.context,
                haru,
                beneficiary_id=beneficiary_id,
                ad_id=ad_id,
                units=units,
                description=description,
            )
    with pytest.raises(refusals.NoCommunity):
        await pay(town, nobody, haru)
    assert await states(town, haru) == []
    assert await balance(town, haru) == 100
    await pay(town, haru, riku, 100, ad_id=gift.id)


async def test_who_wants_something_pays_whoever_brings_it(town: people.Town) -> None:
    haru, riku = await rich(town, "haru"), await town.member("riku")
    wanted = await ad_of(town, haru, ads.WANT, 50)
    await pay(town, haru, riku, 50, ad_id=wanted.id)
    assert await states(town, riku) == [("pending", 50)]


async def test_of_fifty_who_spend_the_same_at_once_one_does(town: people.Town) -> None:
    haru, riku = await rich(town, "haru", 100), await town.member("riku")
    done = await asyncio.gather(*(pay(town, haru, riku, 100) for _ in range(50)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NotEnoughFunds"] * 49 + ["int"]
    await settler(town).settle()
    assert (await balance(town, haru), await balance(town, riku)) == (0, 100)
    await proven(town)


async def test_settling_at_once_from_many_sides_settles_once(town: people.Town) -> None:
    members = [await rich(town, f"member{number}") for number in range(4)]
    pairs = list(itertools.permutations(members, 2))
    await asyncio.gather(*(pay(town, giver, taker, 10) for giver, taker in pairs * 10))
    ended = await asyncio.gather(*(settler(town).settle() for _ in range(8)))
    assert sum(ended) + await settler(town).settle() == len(pairs) * 10
    assert [await balance(town, member) for member in members] == [10_000] * 4
    await proven(town)


async def test_a_payment_waits_for_as_long_as_is_set(town: people.Town, clock: clocks.MovableClock) -> None:
    haru, riku = await rich(town, "haru"), await town.member("riku")
    await pay(town, haru, riku)
    slow = settler(town, delay_seconds=60)
    assert await slow.settle() == 0
    clock.advance(seconds=61)
    assert await slow.settle() == 1


class Chain:
    """An engine that answers later, and forgets nothing of what it was handed."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.verdicts: dict[str, bool] = {}

    async def submit(self, payments: Sequence[rows.Pending]) -> Mapping[int, settlement.Outcome]:
        self.taken += [one.posting_id for one in payments]
        return {one.posting_id: settlement.Submitted(f"0x{one.posting_id:x}") for one in payments}

    async def poll(self, payments: Sequence[rows.Pending]) -> Mapping[int, settlement.Ended]:
        return {
            one.posting_id: settlement.Ended(is_posted=self.verdicts[one.reference])
            for one in payments
            if one.reference in self.verdicts
        }


async def test_an_engine_takes_each_payment_once_and_may_let_it_fail(town: people.Town) -> None:
    haru, riku = await rich(town, "haru"), await town.member("riku")
    first, second, third = [await pay(town, haru, riku, units) for units in (1, 20, 300)]
    chain = Chain()
    beside = settler(town, chain)
    assert await beside.settle() == 0
    assert await beside.settle() == 0
    assert chain.taken == [first, second, third]
    chain.verdicts = {f"0x{first:x}": True, f"0x{third:x}": False}
    assert await beside.settle() == 2
    assert await states(town, haru) == [("failed", 300), ("pending", 20), ("completed", 1)]
    assert (await balance(town, haru), await balance(town, riku)) == (9_979, 1)
    assert chain.taken == [first, second, third]
    await proven(town)


async def test_both_ends_are_told_what_became_of_it(town: people.Town, dsn: str) -> None:
    haru, riku = await rich(town, "haru"), await town.member("riku")
    transaction_id = await pay(town, haru, riku)
    await settler(town).settle()
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT account_id, CAST(subject AS text) FROM events WHERE kind = 'transaction' ORDER BY id")
        told = [(account_id, msgspec.json.decode(subject)) for account_id, subject in cursor.fetchall()]
    connection.close()
    seen = [{"postingId": transaction_id, "state": state} for state in ("pending", "completed") for _ in range(2)]
    assert [subject for _, subject in told] == seen
    assert sorted(account_id for account_id, _ in told) == sorted([haru.id, riku.id] * 2)


async def test_the_list_goes_on_after_an_entry(town: people.Town) -> None:
    haru, riku = await rich(town, "haru"), await rich(town, "riku")
    made = [await pay(town, *pair, 1) for pair in [(haru, riku), (riku, haru)] * 3]
    listed = [one.id for one in await payments.transactions(town.context, haru, most=100)]
    assert listed == made[::-1]
    page = await payments.transactions(town.context, haru, start_id=made[4], most=2)
    assert [one.id for one in page] == [made[3], made[2]]


async def test_a_statement_lists_every_line_with_what_was_left(town: people.Town) -> None:
    haru, riku = await rich(town, "haru", 500), await town.member("riku")
    await pay(town, haru, riku, 120)
    await settler(town).settle()
    lines = await ledger.statement(town.context, haru.id)
    assert [(line.place, line.reason, line.amount, line.balance) for line in lines] == [
        (1, "mint", 500, 500),
        (2, "payment", -120, 380),
    ]
    assert await ledger.statement(town.context, haru.id, after=(lines[0].wallet_id, 1)) == lines[1:]


CHANGES = [
    ("UPDATE entries SET amount = amount + 1 WHERE posting_id = {posting} AND amount > 0", "entry"),
    ("UPDATE entries SET balance = balance - 10 WHERE posting_id = {posting} AND amount < 0", "entry"),
    ("UPDATE postings SET description = 'another' WHERE id = {posting}", "entry"),
    ("UPDATE postings SET units = units + 1 WHERE id = {posting}", "posting"),
    ("UPDATE postings SET credit_wallet_id = debit_wallet_id + 9999 WHERE id = {posting}", "posting"),
    ("DELETE FROM entries WHERE posting_id = {posting}", "entry"),
    ("DELETE FROM entries WHERE posting_id = (SELECT max(posting_id) FROM entries)", "posting"),
    ("DELETE FROM postings WHERE id = {posting}", "entry"),
    ("UPDATE wallets SET settled = settled + 1 WHERE account_id = {account}", "wallet"),
    ("UPDATE wallets SET head = '' WHERE account_id = {account}", "wallet"),
    ("UPDATE wallets SET pending_debits = 0 WHERE account_id = {account}", "wallet"),
    ("UPDATE postings SET state = 'posted', settled_at = now() WHERE state = 'pending'", "posting"),
]


@pytest.mark.parametrize(("change", "noun"), CHANGES)
async def test_whatever_is_changed_by_hand_is_found_and_named(
    town: people.Town, dsn: str, change: str, noun: str
) -> None:
    haru, riku = await rich(town, "haru", 500), await rich(town, "riku")
    posting_id = await pay(town, haru, riku, 120)
    await settler(town).settle()
    await pay(town, riku, haru, 7)
    await settler(town).settle()
    await pay(town, haru, riku, 3)
    await proven(town)
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(change.format(posting=posting_id, account=haru.id))
    connection.close()
    fault = await ledger.verify(town.context)
    assert fault is not None
    assert fault.noun == noun
    if "{posting}" in change and "DELETE FROM entries" not in change:
        assert str(posting_id) in fault.row_id


async def test_the_books_are_proven_with_nothing_in_them(town: people.Town) -> None:
    assert await ledger_rows.verify(town.context.database, timeout_seconds=10) is None
