"""A connection's address: what it leaves open is filled in, what it says is kept, what the code relies on is fixed."""

import pytest
from psycopg2 import extensions

from storage import addresses


def completed(dsn, **session):
    return extensions.parse_dsn(addresses.complete(dsn, session))


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://hana:p%40ss@db.example:5433/hiroba?sslmode=require",
        "host=db.example port=5433 user=hana password=p@ss dbname=hiroba sslmode=require",
    ],
)
def test_what_is_given_is_kept(dsn):
    parts = completed(dsn)
    assert parts.items() >= extensions.parse_dsn(dsn).items()
    assert parts["connect_timeout"] == "10" and parts["client_encoding"] == "UTF8"
    assert completed(dsn + (" connect_timeout=3" if " " in dsn else "&connect_timeout=3"))["connect_timeout"] == "3"


def test_settings_of_the_session_come_after_the_operators_own():
    dsn = "host=x options='-c geqo=off -c TimeZone=Asia/Tokyo'"
    options = completed(dsn, role="two words", lock_timeout="5")["options"]
    assert options.startswith("-c geqo=off -c TimeZone=Asia/Tokyo -c TimeZone=UTC ")
    assert options.endswith(r"-c role=two\ words -c lock_timeout=5")
    assert "-c client_connection_check_interval=1000" in options


async def test_names_become_network_addresses_to_try_one_by_one():
    found = [extensions.parse_dsn(dsn) for dsn in await addresses.resolve("host=localhost,/run/pg port=1,2 dbname=x")]
    assert {part["hostaddr"] for part in found[:-1]} <= {"127.0.0.1", "::1"}
    assert all(part["host"] == "localhost" and part["port"] == "1" for part in found[:-1])
    assert found[-1] == {"host": "/run/pg", "port": "2", "dbname": "x"}


@pytest.mark.parametrize("dsn", ["dbname=x", "host=db.example hostaddr=192.0.2.1 dbname=x"])
async def test_what_needs_no_looking_up_stays_as_it_is(dsn):
    assert await addresses.resolve(dsn) == [dsn]
