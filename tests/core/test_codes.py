"""Letters that are asked for: the same work is done whoever has the address, so that no time tells."""

import psycopg2
import pytest

from handlers.core import accounts, audit, codes
from handlers.core import context as context_

VISIT = audit.Visit(api="whoami", address="192.0.2.1")


async def join(core: context_.Context, username: str, *, is_confirmed: bool) -> None:
    newcomer = accounts.Newcomer(username=username, email=f"{username}@hiroba.example", password="a long password")
    await accounts.register(core, VISIT, newcomer, is_confirmed=is_confirmed)


def letters(dsn: str) -> tuple[int, int]:
    """How many were ever written, and how many there are."""
    owner = psycopg2.connect(dsn)
    try:
        with owner, owner.cursor() as cursor:
            cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM letters_id_seq")
            (written,) = cursor.fetchone() or (0,)
            cursor.execute("SELECT count(*) FROM letters")
            (there,) = cursor.fetchone() or (0,)
    finally:
        owner.close()
    return written, there


@pytest.mark.parametrize(
    ("login", "resets", "confirms"),
    [
        ("emma@hiroba.example", 1, 1),
        ("haru@hiroba.example", 1, 0),
        ("haru", 1, 0),
        ("nobody@hiroba.example", 0, 0),
        ("nobody", 0, 0),
    ],
)
async def test_a_letter_is_written_whoever_it_is_for_and_stays_for_somebody_only(
    core: context_.Context, dsn: str, login: str, resets: int, confirms: int
) -> None:
    await join(core, "emma", is_confirmed=False)
    await join(core, "haru", is_confirmed=True)

    written, there = letters(dsn)
    await codes.request_reset(core, VISIT, login)
    assert letters(dsn) == (written + 1, there + resets)
    await codes.request_confirmation(core, login)
    assert letters(dsn) == (written + 2, there + resets + confirms)
