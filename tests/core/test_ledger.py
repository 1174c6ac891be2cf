"""The ledger: every movement is balanced entries, whoever writes them, and no balance is what its entries are not."""

import asyncio
import contextlib
from collections.abc import Iterator

import psycopg2
import pytest

from handlers.core import audit, ledger, operators, refusals
from storage import accounts as account_rows
from storage.database import Database
from tests import people

WALLETS = "SELECT kind, settled, pending_debits FROM wallets ORDER BY id"
ENTRIES = "SELECT p.kind, p.description, w.kind, e.amount FROM entries e JOIN postings p ON p.id = e.posting_id"
ENTRIES += " JOIN wallets w ON w.id = e.wallet_id ORDER BY p.id, e.amount"
# Wallets whose balance is not the sum of their entries.
WRONG = """
SELECT w.id FROM wallets w LEFT JOIN entries e ON e.wallet_id = w.id
 GROUP BY w.id HAVING w.settled <> coalesce(sum(e.amount), 0)
"""


class Books:
    """The tables as the server's role sees them, in transactions of its own."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg2.connect(dsn)
        self.ask("SET ROLE hiroba_server")

    def ask(self, statement: str, *values: object) -> list[tuple]:
        """One transaction."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def write(self, *amounts: int) -> None:
        """A posting with these entries, in the wallets of Kaga and then of Shibuya, in their order; by the owner."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(
                "INSERT INTO postings (asset_id, kind, description, created_at, settled_at, debit_wallet_id,"
                " credit_wallet_id, units) SELECT min(id), 'transfer', '', now(), now(), 1, 2, 5 FROM assets"
                " RETURNING id"
            )
            (posting,) = cursor.fetchone()
            cursor.execute(
                "INSERT INTO entries (posting_id, wallet_id, amount, place, balance, hash)"
                " SELECT %s, w.id, a.amount, %s, 0, '' FROM unnest(CAST(%s AS bigint[])) WITH ORDINALITY a (amount, n)"
                " JOIN (SELECT id, row_number() OVER (ORDER BY asset_id, id) AS n FROM wallets) w USING (n)",
                (posting, posting, list(amounts)),
            )
            cursor.execute("SET ROLE hiroba_server")


@pytest.fixture
def books(dsn: str) -> Iterator[Books]:
    books = Books(dsn)
    yield books
    books.connection.close()


async def mint(town: people.Town, member: account_rows.Account, units: int, *, description: str = "salary") -> None:
    await ledger.mint(town.context, audit.COMMAND_LINE, member, units=units, description=description)


async def test_minting_is_two_entries_that_cancel_out(town: people.Town, books: Books) -> None:
    haru = await town.member("haru")
    await mint(town, haru, 200_000)
    await mint(town, haru, 50)
    assert books.ask(ENTRIES) == [
        ("mint", "salary", "issuance", -200_000),
        ("mint", "salary", "holder", 200_000),
        ("mint", "salary", "issuance", -50),
        ("mint", "salary", "holder", 50),
    ]
    found = await account_rows.find_by_id(town.context.database, haru.id)
    assert found is not None
    assert found.balance == 200_050
    assert books.ask(WRONG) == []


async def test_what_cannot_be_minted_moves_nothing(town: people.Town, books: Books) -> None:
    haru, stranger = await town.member("haru"), await town.member("stranger", community_id=None)
    before = books.ask(WALLETS)
    for units in (0, -1, ledger.UNITS_MAX + 1):
        with pytest.raises(refusals.Invalid):
            await mint(town, haru, units)
    with pytest.raises(refusals.NoCommunity):
        await mint(town, stranger, 1)
    with pytest.raises(refusals.NotEntitled):
        await ledger.mint_to_coordinator(town.context, audit.COMMAND_LINE, town.kaga, units=1, description="minted")
    assert books.ask(WALLETS) == before
    assert books.ask(ENTRIES) == []


async def test_minting_for_a_community_goes_to_whoever_coordinates_it_then(town: people.Town, books: Books) -> None:
    for name, units in (("haru", 100), ("riku", 7)):
        await town.member(name)
        await operators.promote_coordinator(town.context, audit.COMMAND_LINE, name)
        await ledger.mint_to_coordinator(town.context, audit.COMMAND_LINE, town.kaga, units=units, description="minted")
    balances = "SELECT username, balance, is_coordinator FROM account_records ORDER BY id"
    assert books.ask(balances) == [("haru", 100, False), ("riku", 7, True)]


async def test_mints_at_once_all_count(town: people.Town, dsn: str, books: Books) -> None:
    """From two processes, to one wallet and to many: nobody overwrites and nobody waits for ever."""
    members = await town.members(4)
    other = await Database.open(dsn, connections_max=8, acquire_timeout_seconds=5, statement_timeout_seconds=5)
    try:
        beside = people.Town(people.core(other, town.context.clock))
        places = [(place, member) for place in (town, beside) for member in members]
        await asyncio.gather(*(mint(place, member, 25) for place, member in places * 10))
    finally:
        await other.close()
    assert books.ask("SELECT kind, settled FROM wallets WHERE settled <> 0 ORDER BY id") == [
        ("issuance", -2_000), *[("holder", 500)] * 4,
    ]  # fmt: skip
    assert books.ask("SELECT count(*), sum(amount) FROM entries") == [(160, 0)]
    assert books.ask(WRONG) == []


@pytest.mark.parametrize("amounts", [(-5, 6), (5,), (-5, 5, 1), (-(2**62), 2**62 - 1)])
async def test_entries_that_do_not_cancel_out_are_refused(
    town: people.Town, books: Books, amounts: tuple[int, ...]
) -> None:
    await town.members(2)
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        books.write(*amounts)
    assert refused.value.diag.constraint_name == "entries_balance"
    assert books.ask("SELECT FROM postings") == []
    books.write(-5, 3, 2)
    # Nor may it reach into another asset: the fourth wallet is Shibuya's.
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        books.write(-5, 3, 1, 1)
    assert refused.value.diag.constraint_name == "entries_asset"
    assert books.ask("SELECT amount FROM entries ORDER BY 1") == [(-5,), (2,), (3,)]


@pytest.mark.parametrize("amount", [0, 2**63])
async def test_an_entry_is_of_something_and_fits(town: people.Town, books: Books, amount: int) -> None:
    await town.members(1)
    with pytest.raises((psycopg2.errors.CheckViolation, psycopg2.errors.NumericValueOutOfRange)):
        books.write(-amount, amount)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("settled = -1", "wallets_floor"),
        ("pending_debits = settled + 1", "wallets_floor"),
        ("pending_debits = -1", "wallets_pending_debits_check"),
    ],
)
async def test_a_holder_never_has_less_than_nothing(
    town: people.Town, books: Books, change: str, constraint: str
) -> None:
    await mint(town, await town.member(), 10)
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        books.ask(f"RESET ROLE; UPDATE wallets SET {change} WHERE kind = 'holder'")
    assert refused.value.diag.constraint_name == constraint
    assert books.ask(WALLETS)[-1] == ("holder", 10, 0)


@pytest.mark.parametrize("table", ["entries", "postings", "assets", "wallets"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = 7", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_only_the_owner_can_change_what_was_written(
    town: people.Town, dsn: str, books: Books, table: str, statement: str
) -> None:
    await mint(town, await town.member(), 10)
    column = {"entries": "amount", "postings": "asset_id", "assets": "decimals", "wallets": "settled"}[table]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        books.ask(statement.format(table, column))
    with contextlib.closing(psycopg2.connect(dsn)) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE')", (table,))
        assert cursor.fetchone() == (True,)


async def test_credits_move_at_once_and_only_what_is_there(town: people.Town) -> None:
    team1, team2 = await town.member("team1", community_id=None), await town.member("team2", community_id=None)
    await ledger.issue_credits(town.context, audit.COMMAND_LINE, team1.id, units=100, description="prize")
    await ledger.transfer_credits(town.context, team1, recipient_id=team2.id, units=30, description="lunch")
    await ledger.spend_credits(town.context, team2, units=10, description="soda")
    for refusal, recipient_id, units in (
        (refusals.NotEnoughFunds, team2.id, 71),
        (refusals.WithYourself, team1.id, 1),
        (refusals.UnknownRecipient, 10**9, 1),
        (refusals.Invalid, team2.id, 0),
    ):
        with pytest.raises(refusal):
            await ledger.transfer_credits(town.context, team1, recipient_id=recipient_id, units=units, description="")
    with pytest.raises(refusals.NotEnoughFunds):
        await ledger.spend_credits(town.context, team2, units=21, description="soda")
    with pytest.raises(refusals.NotEntitled):
        await ledger.issue_credits(town.context, audit.COMMAND_LINE, 10**9, units=1, description="prize")
    assert [await ledger.available(town.context, one.id, "credit") for one in (team1, team2)] == [70, 20]
    seen = [
        (one.kind, one.from_account_id, one.to_account_id, one.units)
        for one in await ledger.movements(town.context, team2.id, "credit", most=10)
    ]
    assert seen == [("purchase", team2.id, None, 10), ("transfer", team1.id, team2.id, 30)]
    assert await ledger.verify(town.context) is None


async def test_of_fifty_transfers_at_once_as_many_pass_as_there_is(town: people.Town) -> None:
    team1, team2 = await town.member("team1"), await town.member("team2")
    await ledger.issue_credits(town.context, audit.COMMAND_LINE, team1.id, units=7, description="prize")
    done = await asyncio.gather(
        *(
            ledger.transfer_credits(town.context, team1, recipient_id=team2.id, units=1, description="")
            for _ in range(25)
        ),
        *(ledger.spend_credits(town.context, team1, units=1, description="soda") for _ in range(25)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["NotEnoughFunds"] * 43 + ["int"] * 7
    assert await ledger.verify(town.context) is None


async def test_no_more_is_made_than_can_be_counted(town: people.Town) -> None:
    team1, team2 = await town.member("team1"), await town.member("team2")
    await ledger.issue_credits(town.context, audit.COMMAND_LINE, team1.id, units=ledger.UNITS_MAX, description="prize")
    for member in (team1, team2):
        with pytest.raises(refusals.Invalid):
            await ledger.issue_credits(town.context, audit.COMMAND_LINE, member.id, units=1, description="prize")
    await ledger.mint(town.context, audit.COMMAND_LINE, team1, units=ledger.UNITS_MAX, description="minted")
    with pytest.raises(refusals.Invalid):
        await ledger.mint(town.context, audit.COMMAND_LINE, team2, units=1, description="minted")
    assert await ledger.verify(town.context) is None


@pytest.mark.parametrize("units", ["0", "-1", "-9223372036854775808", "NULL"])
@pytest.mark.parametrize(
    "call",
    [
        "ledger_issue('credit', {0}, {units}, 'credit', 'why', now())",
        "ledger_transfer('credit', {0}, {1}, {units}, 'why', now())",
        "ledger_spend('credit', {0}, {units}, 'why', now())",
        "ledger_mint((SELECT min(id) FROM assets), {0}, {units}, 'why', now())",
        "ledger_pay({0}, {1}, NULL, {units}, 'why', now())",
    ],
)
async def test_no_argument_moves_less_than_one_unit(town: people.Town, books: Books, call: str, units: str) -> None:
    members = await town.members(2)
    await mint(town, members[0], 10)
    before = books.ask(WALLETS)
    statement = f"SELECT * FROM {call.format(*(member.id for member in members), units=units)}"
    with contextlib.suppress(psycopg2.errors.IntegrityError, psycopg2.errors.NumericValueOutOfRange):
        assert books.ask(statement) == [("not enough funds", None)]
    assert (books.ask(WALLETS), books.ask("SELECT * FROM ledger_verify()")) == (before, [])


@pytest.mark.parametrize(
    "call",
    [
        "ledger_issue('token', {0}, 5, 'credit', 'why', now())",
        "ledger_transfer('token', {0}, {1}, 5, 'why', now())",
        "ledger_spend('token', {0}, 5, 'why', now())",
    ],
)
async def test_tokens_are_no_communitys_in_particular(town: people.Town, books: Books, call: str) -> None:
    members = await town.members(2)
    await mint(town, members[0], 10)
    before = books.ask(WALLETS)
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        books.ask(f"SELECT * FROM {call.format(*(member.id for member in members))}")
    assert refused.value.diag.constraint_name == "assets_token_of_a_community"
    assert books.ask(WALLETS) == before


async def test_what_runs_as_the_owner_is_called_by_the_server_alone(books: Books) -> None:
    assert books.ask(
        "SELECT p.proname FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) granted"
        " WHERE p.pronamespace = CAST('public' AS regnamespace) AND p.prosecdef AND granted.grantee = 0"
    ) == []  # fmt: skip
