"""The verbs: what goes in, what comes out, and what is raised instead."""

import asyncio
import traceback
from datetime import UTC, datetime, timedelta, timezone

import pytest

from storage import database as database_
from storage import faults
from tests.storage import scratch

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def database(scratched):
    return scratched


async def insert(database, id_, text="x", **more):
    return await database.run(
        "scratch.insert", **({"at": None, "data": None, "bytes": None, "numbers": None} | more), id=id_, text=text
    )


async def test_values_come_back_as_they_went_in(database):
    text = "日本 '\"\\ % %s :id $1 \x01"
    at = NOON.astimezone(timezone(timedelta(hours=9)))
    touched = await insert(
        database, 1, text, at=at, data='{"a": 1.10, "b": "é"}', bytes=b"\x00\\'\xff", numbers=[1, -(2**63)]
    )
    assert touched == 1
    line = await database.one(scratch.Line, "scratch.find", id=1)
    assert line == scratch.Line(1, text, NOON, '{"a": 1.10, "b": "é"}', b"\x00\\'\xff", [1, -(2**63)])
    assert line.at.tzinfo is UTC


async def test_nothing_is_none_and_empty_is_empty(database):
    await insert(database, 1, None)
    await insert(database, 2, "", bytes=b"", numbers=[])
    assert await database.one(scratch.Line, "scratch.find", id=1) == scratch.Line(1, None, None, None, None, None)
    assert await database.one(scratch.Line, "scratch.find", id=2) == scratch.Line(2, "", None, None, b"", [])


async def test_arrays_and_numbers_have_their_types(database):
    row = await database.one(lambda *row: row, "scratch.types", at=NOON, bytes=b"\xff")
    assert row[0] == [NOON, None]
    assert row[1] == [b"\xff", None]
    assert row[2] == ['{"a": 1.10}', None]
    assert row[3] == ["a", None]
    assert str(row[4]) == "1.5"


async def test_one_and_maybe_are_for_single_rows(database):
    await insert(database, 1)
    assert await database.maybe(scratch.Line, "scratch.find", id=2) is None
    assert (await database.maybe(scratch.Line, "scratch.find", id=1)).id == 1
    with pytest.raises(LookupError, match=r"scratch\.find gave 0 rows"):
        await database.one(scratch.Line, "scratch.find", id=2)
    with pytest.raises(LookupError, match="2 rows"):
        await database.one(int, "scratch.two_rows")
    with pytest.raises(LookupError, match="2 rows"):
        await database.maybe(int, "scratch.two_rows")


async def test_all_value_and_run(database):
    for id_ in (2, 1, 3):
        await insert(database, id_, str(id_))
    assert await database.all(int, "scratch.list_ids") == [1, 2, 3]
    assert await database.value("scratch.count") == 3
    assert await database.value("scratch.lock", id=9) is None
    assert await database.run("scratch.update_text", ids=[1, 3, 9], text=None) == 2
    assert await database.run("scratch.update_text", ids=[], text=None) == 0


async def test_a_struct_must_fit_the_columns_by_name_and_order(database):
    await insert(database, 1)
    for _ in range(2):
        with pytest.raises(TypeError, match=r"scratch\.find gives \('id', 'text', .* but Misfit holds"):
            await database.maybe(scratch.Misfit, "scratch.find", id=1)
    assert await database.maybe(scratch.Line, "scratch.find", id=1) is not None


async def test_it_runs_with_the_servers_rights_in_utc(database, place):
    assert await database.one(lambda *row: row, "scratch.who") == ("hiroba_server", "UTC", "5s")
    async with scratch.opened(place) as owners:
        user, _, _ = await owners.one(lambda *row: row, "scratch.who")
        assert user != "hiroba_server"


@pytest.mark.parametrize(
    ("query", "binds", "constraint"),
    [
        ("scratch.insert_id", {"id": 1}, "scratch_pkey"),
        ("scratch.update_text", {"ids": [1, 2], "text": "same"}, "scratch_text_key"),
        ("scratch.update_text", {"ids": [1], "text": "x" * 100}, "scratch_text_length"),
        ("scratch.insert_child", {"id": 3, "parent_id": 99}, "scratch_parent"),
        ("scratch.update_text", {"ids": [1001, 1002], "text": "same"}, "scratch_text_excl"),
    ],
)
async def test_a_constraint_is_a_conflict_by_its_name(database, query, binds, constraint):
    for id_ in (1, 2, 1001, 1002):
        await database.run("scratch.insert_id", id=id_)
    with pytest.raises(database_.Conflict) as caught:
        await database.run(query, **binds)
    assert caught.value.constraint == constraint
    assert await database.value("scratch.count") == 4
    assert database.stats.idle == 1


async def test_a_mistake_in_a_query_is_a_defect(database):
    with pytest.raises(
        faults.Defect, match=r"scratch\.broken_name: UndefinedColumn 42703: column \"nothing_of"
    ) as caught:
        await database.run("scratch.broken_name", text="x")
    assert caught.value.sqlstate == "42703"
    assert await database.value("scratch.count") == 0


async def test_nothing_that_a_statement_held_gets_into_a_traceback(database):
    for query, binds in (
        ("scratch.broken_value", {"text": "secret"}),
        ("scratch.update_text", {"ids": [1], "text": "secret" * 20}),
        ("scratch.insert", {"id": 2, "text": "t", "at": "secret", "data": None, "bytes": None, "numbers": None}),
    ):
        await database.run("scratch.insert_id", id=1) if query == "scratch.update_text" else None
        with pytest.raises((faults.Defect, faults.Conflict)) as caught:
            await database.run(query, **binds)
        assert caught.value.__context__ is None and caught.value.__cause__ is None
        assert "secret" not in "".join(traceback.format_exception_only(caught.value))


async def test_a_value_that_cannot_be_sent_harms_nothing(database):
    for bad in ("a\x00b", "\ud800"):
        with pytest.raises(ValueError):
            await insert(database, 1, bad)
    assert await database.value("scratch.count") == 0
    assert database.stats == (1, 0, 0)


async def test_a_query_cannot_set_what_the_next_user_would_inherit(database):
    """SET leaks to whoever has the connection next. What is prepared can be no SET."""
    with pytest.raises(faults.Defect, match="syntax error"):
        await database.run("scratch.set_leaking")
    assert (await database.one(lambda *row: row, "scratch.who"))[2] == "5s"


async def test_a_statement_over_its_time_is_a_timeout_and_no_cancellation(place):
    """The driver raises CancelledError for it: passed on, a request would look hung up on."""
    async with scratch.opened(place, statement_timeout_seconds=0.1) as database:
        with pytest.raises(database_.Timeout, match=r"scratch\.sleep"):
            await database.run("scratch.sleep", seconds=5)
        assert asyncio.current_task().cancelling() == 0
        assert await database.value("scratch.count") is not None


async def test_a_statement_cancelled_at_the_server_is_a_timeout(place):
    async with scratch.opened(place) as database:
        pid = await database.value("scratch.pid")
        sleeping = asyncio.create_task(database.run("scratch.sleep", seconds=5))
        await asyncio.sleep(0.05)
        await scratch.command(place, f"SELECT pg_cancel_backend({pid})")
        with pytest.raises(database_.Timeout):
            await sleeping


async def test_a_timeout_during_the_clearing_up_of_a_cancelled_task_is_one_too(place):
    async with scratch.opened(place, statement_timeout_seconds=0.1) as database:

        async def clear_up():
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                await database.run("scratch.sleep", seconds=5)

        task = asyncio.create_task(clear_up())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(database_.Timeout):
            await task


async def test_a_lock_somebody_holds_is_a_timeout(database):
    await database.run("scratch.insert_id", id=1)
    async with database.transaction():
        await database.value("scratch.lock", id=1)

        async def elsewhere():
            with pytest.raises(database_.Timeout):
                await database.value("scratch.lock_at_once", id=1)

        await asyncio.create_task(elsewhere(), context=scratch.nowhere())


async def test_a_deadlock_has_one_loser_who_may_try_again(database):
    for id_ in (1, 2):
        await database.run("scratch.insert_id", id=id_)
    both = asyncio.Barrier(2)

    async def lock(first, second):
        async with database.transaction():
            await database.value("scratch.lock", id=first)
            await both.wait()
            await database.value("scratch.lock", id=second)

    outcomes = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)
    assert sorted(type(outcome) for outcome in outcomes if outcome is not None) == [database_.Contended]
    assert issubclass(database_.Contended, database_.Unavailable)


async def test_a_statement_prepared_before_its_table_changed_is_right_again_the_next_time(place):
    async with scratch.opened(place) as database:
        await scratch.command(place, "CREATE TABLE changing (id bigint)")
        scratch.add("changing", "SELECT * FROM changing")
        assert await database.all(int, "scratch.changing") == []
        await scratch.command(place, "ALTER TABLE changing ALTER id TYPE text")
        with pytest.raises(faults.Defect, match="cached plan"):
            await database.all(int, "scratch.changing")
        assert await database.all(int, "scratch.changing") == []


async def test_a_dsn_that_is_none_is_not_quoted():
    with pytest.raises(ValueError) as caught:
        await database_.Database.open(
            "postgres password", connections_max=1, acquire_timeout_seconds=1, statement_timeout_seconds=1
        )
    assert "password" not in "".join(traceback.format_exception(caught.value))
