"""Queries are found by name, and every one of them can be prepared against the real tables."""

import pytest

from storage import connection as connection_
from storage import queries


def one(text: str) -> queries.Query:
    return queries.parse("things", f"-- name: find\n{text}")["things.find"]


def test_a_name_used_twice_is_one_bind():
    query = one("SELECT * FROM things WHERE id = :id AND (CAST(:name AS text) IS NULL OR name = :name)")
    assert query.binds == ("id", "name")
    assert query.prepare_text == (
        'PREPARE "things.find" AS SELECT * FROM things WHERE id = $1 AND (CAST($2 AS text) IS NULL OR name = $2)'
    )
    assert query.execute_text == 'EXECUTE "things.find" (%s, %s)'
    assert query.values({"name": "n", "id": 1}) == [1, "n"]


def test_without_binds_there_are_no_brackets():
    assert one("SELECT 1").execute_text == 'EXECUTE "things.find"'
    assert one("SELECT 1").values({}) == []


@pytest.mark.parametrize("binds", [{}, {"id": 1}, {"id": 1, "name": 2, "more": 3}, {"id": 1, "nome": 2}])
def test_binds_that_are_not_its_own_are_refused(binds):
    with pytest.raises(TypeError, match=r"things\.find takes \['id', 'name'\]"):
        one("SELECT :id, :name").values(binds)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'a :b ''it''s :b'' \"%' || 'x'",
        'SELECT a AS "a :b"',
        "SELECT $$a :b$$, $tag$ :b $$ ; $tag$",
        "SELECT a::text, '12:34', x[1:2], 5 % 3",
        "SELECT '--no comment', ';'",
        "SELECT '/* none */'",
    ],
)
def test_what_is_quoted_stays_as_it_is(text):
    query = one(text)
    assert query.binds == ()
    assert query.prepare_text == f'PREPARE "things.find" AS {text}'


def test_comments_hold_no_binds():
    query = one("-- see :this; or that's\nSELECT 1 -- and :that\n /* and :those; \n too */ + :id;\n")
    assert query.binds == ("id",)
    assert "see" not in query.prepare_text and ";" not in query.prepare_text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT 1\n-- name: find\nSELECT 2", "before the first name"),
        ("-- name: find\nSELECT 1\n-- name: find\nSELECT 2", "twice"),
        ("-- name: find it\nSELECT 1", "no name"),
        ("-- name: %s\nSELECT 1", "no name"),
        (f"-- name: {'x' * 60}\nSELECT 1", "no name"),
        ("-- name: find\n-- nothing\n", "empty"),
        ("-- name: find\nSELECT 1; DROP TABLE accounts", "more than one"),
    ],
)
def test_a_malformed_file_is_refused(text, why):
    with pytest.raises(queries.Malformed, match=why) as caught:
        queries.parse("things", text)
    assert "things" in str(caught.value)


def test_a_query_nobody_wrote_is_not_found():
    with pytest.raises(LookupError, match=r"accounts\.guess"):
        queries.find("accounts.guess")


@pytest.fixture(scope="session")
async def bare(session_dsn):
    connection = await connection_.Connection.open(session_dsn, within_seconds=10, limit_seconds=10)
    yield connection
    connection.close()


@pytest.mark.parametrize("name", sorted(queries.load(queries.DIRECTORY)))
async def test_every_query_prepares_and_the_server_may_run_it(bare, name):
    """Planned with nothing in its binds, not run: rights on tables are checked all the same."""
    assert name in queries.ALL
    await bare.command(queries.find(name).prepare_text, what=name)
    if name.startswith("migrate."):
        return
    nothing = ["NULL"] * len(queries.find(name).binds)
    plan = f'EXPLAIN EXECUTE "{name}" ({", ".join(nothing)})' if nothing else f'EXPLAIN EXECUTE "{name}"'
    await bare.command("SET ROLE hiroba_server", what="a test")
    try:
        await bare.command(plan, what=name)
    finally:
        await bare.command("RESET ROLE", what="a test")
    assert bare.rows() == []
