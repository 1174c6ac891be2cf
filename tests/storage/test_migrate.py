"""Migrations: each file once, in order, whole or not at all, whoever starts at the same time."""

import asyncio

import pytest

from storage import database as database_
from storage import migrate
from tests.storage import scratch

FIRST = "CREATE TABLE things (id bigint PRIMARY KEY);\nINSERT INTO things VALUES (1);\n"
# What a splitter at semicolons, or a driver that looks for its own "%s", would stumble over.
SECOND = """
CREATE FUNCTION half(of_what bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
BEGIN
    IF of_what % 2 <> 0 THEN
        RAISE EXCEPTION '% is odd; 100%%', of_what;
    END IF;
    BEGIN
        answer := of_what / 2; -- "%s" %(name)s :name
    END;
    RETURN answer;
END
$$;
DO $do$ BEGIN PERFORM half(4); END $do$;
INSERT INTO things SELECT half(i) FROM generate_series(10, 20) i WHERE i % 2 = 0 AND 'a' LIKE '%';
"""


@pytest.fixture
async def dsn(clone):
    """An empty database."""
    dsn = clone()
    await scratch.command(dsn, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return dsn


class Folder:
    """A folder of files, to begin with the one that every database begins with."""

    def __init__(self, path):
        self.path = path
        name = "0000_migrations.sql"
        self.write(name, (migrate.DIRECTORY / name).read_text())

    def write(self, name, text):
        (self.path / name).write_bytes(text.encode())

    def remove(self, name):
        (self.path / name).unlink()


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path)
    folder.write("0001_things.sql", FIRST)
    return folder


async def things(dsn):
    return [row[0] for row in await scratch.command(dsn, "SELECT id FROM things ORDER BY id")]


async def refusal(dsn, folder):
    with pytest.raises(migrate.MigrationRefused) as caught:
        await migrate.migrate(dsn, directory=folder.path)
    return str(caught.value)


async def test_what_is_missing_is_applied_once_and_in_order(dsn, folder):
    assert await migrate.pending(dsn, directory=folder.path) == ["0000_migrations.sql", "0001_things.sql"]
    assert await migrate.migrate(dsn, directory=folder.path) == ["0000_migrations.sql", "0001_things.sql"]
    assert await migrate.migrate(dsn, directory=folder.path) == []
    assert await migrate.pending(dsn, directory=folder.path) == []
    folder.write("0002_more.sql", SECOND)
    assert await migrate.pending(dsn, directory=folder.path) == ["0002_more.sql"]
    assert await migrate.migrate(dsn, directory=folder.path) == ["0002_more.sql"]
    assert await things(dsn) == [1, 5, 6, 7, 8, 9, 10]


async def test_the_real_ones_apply_to_an_empty_database(dsn):
    names = [path.name for path in sorted(migrate.DIRECTORY.glob("*.sql"))]
    assert await migrate.migrate(dsn) == names
    assert await migrate.migrate(dsn) == []


async def test_what_was_minted_before_there_were_chains_is_proven_with_them(dsn, tmp_path):
    """A database of the time before: its entries get their places, balances and hashes."""
    before = tmp_path / "before"
    before.mkdir()
    for path in sorted(migrate.DIRECTORY.glob("00*.sql")):
        if path.name < "0013":
            (before / path.name).write_text(path.read_text())
    await migrate.migrate(dsn, directory=before)
    await scratch.command(
        dsn,
        """
        INSERT INTO communities (name, created_at) VALUES ('Kaga city', now());
        INSERT INTO assets (kind, community_id, decimals) VALUES ('token', 1, 2);
        INSERT INTO accounts (username, community_id, created_at, updated_at)
             VALUES ('haru', 1, now(), now()), ('riku', 1, now(), now());
        INSERT INTO wallets (asset_id, kind, account_id)
             VALUES (1, 'issuance', NULL), (1, 'holder', 1), (1, 'holder', 2);
        SELECT ledger_mint(1, 1, 500, 'salary', now()), ledger_mint(1, 2, 7, 'salary | more', now()),
               ledger_mint(1, 1, 20, 'salary', now());
        """,
    )
    await migrate.migrate(dsn)
    assert await scratch.command(dsn, "SELECT * FROM ledger_verify()") == []
    chained = "SELECT account_id, place, amount, e.balance FROM entries e JOIN wallets w ON w.id = wallet_id"
    assert await scratch.command(dsn, f"{chained} ORDER BY wallet_id, place") == [
        (None, 1, -500, -500),
        (None, 2, -7, -507),
        (None, 3, -20, -527),
        (1, 1, 500, 500),
        (1, 2, 20, 520),
        (2, 1, 7, 7),
    ]
    await scratch.command(dsn, "SELECT ledger_pay(1, 2, NULL, 520, 'soya', now()), ledger_settle('{4}', true, now())")
    assert await scratch.command(dsn, "SELECT * FROM ledger_verify()") == []
    assert await scratch.command(dsn, "SELECT settled FROM wallets ORDER BY id") == [(-527,), (0,), (527,)]


async def test_of_starters_at_the_same_time_one_migrates(dsn, folder):
    folder.write("0002_slow.sql", "SELECT pg_sleep(0.2); INSERT INTO things VALUES (2);")
    outcomes = await asyncio.gather(*[migrate.migrate(dsn, directory=folder.path) for _ in range(5)])
    assert sorted(map(len, outcomes)) == [0, 0, 0, 0, 3]
    assert await things(dsn) == [1, 2]


async def test_databases_of_one_cluster_can_be_migrated_at_the_same_time(clone):
    dsns = [clone() for _ in range(3)]
    for dsn in dsns:
        await scratch.command(dsn, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    outcomes = await asyncio.gather(*map(migrate.migrate, dsns))
    assert all(outcomes)


async def test_a_changed_file_is_refused_and_other_ends_of_line_are_no_change(dsn, folder):
    await migrate.migrate(dsn, directory=folder.path)
    folder.write("0001_things.sql", FIRST.replace("\n", "\r\n"))
    assert await migrate.migrate(dsn, directory=folder.path) == []
    folder.write("0001_things.sql", FIRST + "-- a word more")
    folder.write("0002_more.sql", SECOND)
    assert await refusal(dsn, folder) == (
        "0001_things.sql: was changed after it had been applied; changes belong in a new file"
    )
    with pytest.raises(migrate.MigrationRefused):
        await migrate.pending(dsn, directory=folder.path)
    assert await things(dsn) == [1]


async def test_a_renamed_file_is_refused(dsn, folder):
    await migrate.migrate(dsn, directory=folder.path)
    folder.remove("0001_things.sql")
    folder.write("0001_stuff.sql", FIRST)
    assert await refusal(dsn, folder) == "0001_stuff.sql: was applied as 0001_things.sql"


async def test_a_database_newer_than_the_code_is_refused(dsn, folder):
    folder.write("0002_more.sql", SECOND)
    await migrate.migrate(dsn, directory=folder.path)
    folder.remove("0002_more.sql")
    assert await refusal(dsn, folder) == (
        "the database is newer than the code: 0002_more.sql was applied to it and is not here"
    )


async def test_a_file_that_comes_too_late_is_refused(dsn, folder):
    folder.write("0003_more.sql", SECOND)
    await migrate.migrate(dsn, directory=folder.path)
    folder.write("0002_late.sql", "SELECT 1")
    assert await refusal(dsn, folder) == "0002_late.sql: comes before 0003_more.sql, which was applied already"


async def test_a_file_that_fails_names_its_line_and_leaves_nothing(dsn, folder):
    folder.write("0002_more.sql", "CREATE TABLE half_way ();\n-- 日本\nINSERT INTO things\nVALUES (nothing);\n")
    folder.write("0003_more.sql", "INSERT INTO things VALUES (3);")
    text = await refusal(dsn, folder)
    assert text.startswith("0002_more.sql, line 4: ") and 'column "nothing" does not exist' in text
    assert await migrate.pending(dsn, directory=folder.path) == ["0002_more.sql", "0003_more.sql"]
    assert await scratch.command(dsn, "SELECT to_regclass('half_way')") == [(None,)]
    folder.write("0002_more.sql", "INSERT INTO things VALUES (2);")
    assert await migrate.migrate(dsn, directory=folder.path) == ["0002_more.sql", "0003_more.sql"]


async def test_data_that_does_not_keep_to_a_new_rule_is_told_by_the_rules_name(dsn, folder):
    folder.write("0002_more.sql", "ALTER TABLE things ADD CONSTRAINT things_above_one CHECK (id > 1)")
    assert await refusal(dsn, folder) == "0002_more.sql: the data there is does not keep to things_above_one"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("0001_other.sql", "SELECT 1", "0001_things.sql: has the number of 0001_other.sql"),
        ("2_more.sql", "SELECT 1", "2_more.sql: not a name like 0001_accounts.sql"),
        ("0002_more.sql", "SELECT 1;\n  commit ;\nSELECT 1", "0002_more.sql: a file is one transaction already"),
    ],
)
async def test_files_that_cannot_be_meant_so_are_refused(dsn, folder, name, text, why):
    folder.write(name, text)
    assert (await refusal(dsn, folder)).startswith(why)
    assert await scratch.command(dsn, "SELECT to_regclass('things')") == [(None,)]


async def test_a_table_in_use_is_not_waited_for_long(dsn, folder, monkeypatch):
    monkeypatch.setattr(migrate, "TABLE_PATIENCE_SECONDS", 0.1)
    await migrate.migrate(dsn, directory=folder.path)
    folder.write("0002_more.sql", "ALTER TABLE things ADD COLUMN name text")
    with scratch.known():
        scratch.add("hold_things", "SELECT * FROM things FOR UPDATE")
        async with scratch.opened(dsn) as database, database.transaction():
            await database.all(int, "scratch.hold_things")
            with pytest.raises(database_.Timeout, match=r"0002_more\.sql"):
                await migrate.migrate(dsn, directory=folder.path)
    assert await migrate.migrate(dsn, directory=folder.path) == ["0002_more.sql"]


async def test_a_database_in_another_encoding_is_refused(clone, dsn, folder):
    await scratch.command(
        dsn, "CREATE DATABASE narrow ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    )
    user, path = (await scratch.command(dsn, "SELECT current_user, current_setting('unix_socket_directories')"))[0]
    text = await refusal(f"host={path} user={user} dbname=narrow", folder)
    assert text == "a database in UTF8 is needed; this one is in SQL_ASCII"


async def test_without_postgres_it_is_unavailable(folder):
    with pytest.raises(database_.Unavailable):
        await migrate.migrate("host=/nonexistent dbname=x", directory=folder.path)
