"""The settlement is killed with -9 between any two of its steps: after the next start each payment ends once."""

import asyncio
import sys
from pathlib import Path

import psycopg2
import pytest

from handlers.core import audit, ledger, payments, settlement
from tests import people
from tests.core import doomed

HOUSE = Path(__file__).parents[2]
AMOUNTS = (1, 20, doomed.FAILING_UNITS)
# The internal engine keeps no references, and ends all at once.
INTERNAL = ("it was found", "its end is on the way", "it is ended, and another is not")
CASES = [("internal", step) for step in INTERNAL] + [("notary", step) for step in doomed.STEPS]
EVENTS = """
SELECT CAST(subject ->> 'postingId' AS bigint), subject ->> 'state', count(*)
  FROM events WHERE kind = 'transaction' GROUP BY 1, 2
"""


async def killed(engine: str, step: str, dsn: str, book: Path) -> None:
    """A process that settles until that step."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", doomed.__name__, step, engine, dsn, str(book), cwd=HOUSE
    )
    async with asyncio.timeout(30):
        assert await process.wait() == -9


@pytest.mark.parametrize(("engine", "step"), CASES)
async def test_killed_when(town: people.Town, dsn: str, tmp_path: Path, engine: str, step: str) -> None:
    haru, riku = await town.member("haru"), await town.member("riku")
    await ledger.mint(town.context, audit.COMMAND_LINE, haru, units=1_000, description="minted")
    made = [
        await payments.pay(town.context, haru, beneficiary_id=riku.id, ad_id=None, units=units, description="soya")
        for units in AMOUNTS
    ]
    book = tmp_path / "book"
    await killed(engine, step, dsn, book)
    # Whatever it left, no unit is lost meanwhile.
    assert await ledger.verify(town.context) is None

    beside = settlement.Settlement(town.context, doomed.ENGINES[engine](book), delay_seconds=0)
    async with asyncio.timeout(10):
        # What PostgreSQL still does for the one that is gone is left to it.
        while await people.is_settling(town.context):
            await beside.settle()
    assert await beside.settle() == 0

    fails = engine == "notary"
    ends = ["completed", "completed", "failed" if fails else "completed"]
    listed = await payments.transactions(town.context, haru, most=10)
    assert [(one.id, one.state) for one in reversed(listed)] == list(zip(made, ends, strict=True))
    assert [line.amount for line in await ledger.statement(town.context, riku.id)] == list(AMOUNTS[: 2 if fails else 3])
    assert await ledger.verify(town.context) is None
    if fails:
        assert doomed.Notary(book).taken == made
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(EVENTS)
        told = sorted(cursor.fetchall())
    connection.close()
    assert told == sorted((one, state, 2) for one, end in zip(made, ends, strict=True) for state in ("pending", end))
