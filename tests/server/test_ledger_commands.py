"""The books on the command line, beside a running server: proven, listed, and found out when somebody changed them."""

import csv
import io

import psycopg2
import pytest

from tests.server import clusters, processes

PASSWORD = "Hiroba-demo-1!"
SOUND = "The ledger is sound.\n"
# What the server's role would need to cover up.
FORGERIES = (
    "UPDATE entries SET amount = amount + 1 WHERE posting_id = {posting}",
    "UPDATE entries SET hash = ''",
    "DELETE FROM entries WHERE posting_id = {posting}",
    "INSERT INTO entries (posting_id, wallet_id, amount, place, balance, hash) VALUES ({posting}, 1, 1, 99, 1, '')",
    "UPDATE postings SET units = 1 WHERE id = {posting}",
    "INSERT INTO postings (asset_id, kind, description, created_at, debit_wallet_id, credit_wallet_id, units)"
    " VALUES (1, 'transfer', '', now(), 1, 2, 5)",
    "UPDATE wallets SET settled = settled + 1",
    "UPDATE wallets SET pending_debits = 0",
    "INSERT INTO wallets (asset_id, kind, settled) VALUES (1, 'sales', 100)",
    "SELECT ledger_post(1, 2, 5, 'mint', '', now())",
    "CREATE OR REPLACE FUNCTION ledger_verify() RETURNS void LANGUAGE sql AS ''",
    "ALTER TABLE entries DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
)


@pytest.fixture
async def server(servers: processes.Servers) -> processes.Server:
    """With the demo's people, running."""
    made = servers(DEMO_ENABLED="true")
    await made.start()
    return made


async def pay(
    server: processes.Server, phones: processes.Phones, description: str, amount: str = "20.5", *, payer: str = "haru"
) -> int:
    """A payment to riku that is settled; its id."""
    phone = await phones.member(server, payer, PASSWORD)
    (riku,) = (await phone.get("/users?q=riku")).body
    body = {"description": description, "amount": amount, "beneficiaryId": riku["id"]}
    assert (await phone.post("/transactions", body)).status == 200

    async def newest() -> dict:
        return (await phone.get("/transactions?limit=1")).body[0]

    async def is_completed() -> bool:
        return (await newest())["completed"]

    await processes.until(is_completed)
    return (await newest())["id"]


async def told(server: processes.Server, *arguments: str) -> tuple[int, str, str]:
    """What a command of the ledger answers: exit code, output, errors."""
    done = await server.command("ledger", *arguments)
    return done.returncode, done.stdout, done.stderr


async def test_verify(server: processes.Server, phones: processes.Phones) -> None:
    """One digit of one entry is changed by the owner, and changed back."""
    posting_id = await pay(server, phones, "soya")
    await pay(server, phones, "more soya")
    assert await told(server, "verify") == (0, SOUND, "")
    where = f"WHERE posting_id = {posting_id} AND amount = -2050"
    wallet_id = clusters.ask(server.dsn, f"SELECT wallet_id FROM entries {where}")
    clusters.ask(server.dsn, f"UPDATE entries SET amount = -2051 {where}")
    row = f"entry posting {posting_id}, wallet {wallet_id}, place 2"
    reason = "its hash is not that of what it says (amount -2051, balance 197950)"
    assert await told(server, "verify") == (1, "", f"{row}: {reason}\n")
    # The server did not notice, and goes on.
    await pay(server, phones, "rice", payer="haruto")
    clusters.ask(server.dsn, f"UPDATE entries SET amount = -2050 {where.replace('2050', '2051')}")
    assert await told(server, "verify") == (0, SOUND, "")


async def test_the_servers_own_role_changes_nothing(server: processes.Server, phones: processes.Phones) -> None:
    posting_id = await pay(server, phones, "soya")
    books = "SELECT json_build_array((SELECT json_agg(e) FROM entries e), (SELECT json_agg(w) FROM wallets w))"
    before = clusters.ask(server.dsn, books)
    for forgery in FORGERIES:
        connection = psycopg2.connect(server.dsn, options="-c role=hiroba_server")
        with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege) as refused:
            cursor.execute(forgery.format(posting=posting_id))
        connection.close()
        assert "permission denied" in str(refused.value) or "must be owner" in str(refused.value), forgery
    assert clusters.ask(server.dsn, books) == before
    assert await told(server, "verify") == (0, SOUND, "")


async def test_statement(server: processes.Server, phones: processes.Phones) -> None:
    await pay(server, phones, "お米 10 kg、ありがとう")
    code, out, errors = await told(server, "statement", "haru")
    assert (code, errors) == (0, "")
    first, second = out.splitlines()
    assert first.split(maxsplit=4)[1:] == ["token", "2000", "2000", "mint  demo data"]
    assert second.split(maxsplit=4)[1:] == ["token", "-20.5", "1979.5", "payment  お米 10 kg、ありがとう"]
    assert first[:24].endswith("Z")
    assert await told(server, "statement", "yuina") == (0, (await told(server, "statement", "YUINA"))[1], "")


async def test_statement_as_csv(server: processes.Server, phones: processes.Phones) -> None:
    """What would be a formula to a spreadsheet is text to it; what is a number stays one."""
    formulas = ['=HYPERLINK("http://evil.example")', "@SUM(A1)", "+1", "-1+1", "\t=1", "\uff1d1"]
    given = ["お米", 'a "b", c', "two\nlines", " x", *formulas]
    for description in given:
        await pay(server, phones, description, "0.01")
    code, out, errors = await told(server, "statement", "haru", "--csv")
    assert (code, errors) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert list(rows[0]) == [
        "wallet", "place", "posting", "time", "asset", "reason", "description", "amount", "balance",
    ]  # fmt: skip
    assert [row["place"] for row in rows] == [str(place) for place in range(1, len(given) + 2)]
    shown = [row["description"] for row in rows[1:]]
    assert [text.removeprefix("'") for text in shown] == given
    assert [one for one, text in zip(given, shown, strict=True) if text != one] == formulas
    assert [row["amount"] for row in rows] == ["2000", *["-0.01"] * len(given)]
    assert rows[-1]["balance"] == "1999.9"


async def test_statement_has_all_wallets_of_an_account(server: processes.Server) -> None:
    empty = await told(server, "statement", "operator")
    assert empty == (0, "", "")
    assert await server.command("shop", "credit", "haru", "70")
    _, out, _ = await told(server, "statement", "haru", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["asset"], row["place"], row["amount"], row["balance"]) for row in rows] == [
        ("token", "1", "2000", "2000"),
        ("credit", "1", "70", "70"),
    ]
    assert len({row["wallet"] for row in rows}) == 2


async def test_a_statement_of_nobody_is_refused(server: processes.Server) -> None:
    for arguments in (("nobody",), ("nobody", "--csv"), ("nobody@hiroba.example",)):
        assert await told(server, "statement", *arguments) == (1, "", "there is no such account\n")
    usage = await server.command("ledger", "statement")
    assert usage.returncode == 2


async def test_community_mint(server: processes.Server, phones: processes.Phones) -> None:
    """To whoever coordinates the community at that moment, at once, and in the books."""
    minted = await server.command("community", "mint", "1", "100.25")
    assert (minted.returncode, minted.stdout, minted.stderr) == (0, "100.25 tokens were minted to coordinator.\n", "")
    phone = await phones.member(server, "coordinator", PASSWORD)
    assert (await phone.get("/balance")).raw == b"11679.75"
    _, out, _ = await told(server, "statement", "coordinator", "--csv")
    newest = list(csv.DictReader(io.StringIO(out)))[-1]
    assert (newest["reason"], newest["amount"], newest["balance"]) == ("mint", "100.25", "11679.75")
    for arguments in (("2", "1"), ("99", "1")):
        refused = await server.command("community", "mint", *arguments)
        sentence = "there is no such community, or it has no coordinator\n"
        assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", sentence)
    assert await told(server, "verify") == (0, SOUND, "")
