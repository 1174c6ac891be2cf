"""`database.url`: the server on a PostgreSQL of somebody's own, as whoever owns the database there."""

from urllib.parse import urlsplit, urlunsplit

import pytest

from server import embedded
from storage import database as database_
from storage import migrate
from tests.server import clusters, processes


@pytest.fixture
def elsewhere(make: clusters.Make) -> embedded.Cluster:
    """A cluster that never heard of Hiroba: no role of ours, no table."""
    cluster = make()
    cluster.start()
    return cluster


def owned(cluster: embedded.Cluster, name: str, *, rights: str) -> str:
    """A database of somebody who is no superuser: the DSN as that owner."""
    clusters.ask(cluster.dsn, f"CREATE ROLE {name}_owner LOGIN NOSUPERUSER {rights}")
    dsn = cluster.create_database(f"of_{name}")
    clusters.ask(cluster.dsn, f"ALTER DATABASE of_{name} OWNER TO {name}_owner")
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"{name}_owner@"))


async def may_serve(dsn: str) -> None:
    """The statements of a server there run under the role that cannot change what must never change."""
    database = await database_.Database.open(
        dsn, connections_max=2, acquire_timeout_seconds=2, statement_timeout_seconds=5
    )
    try:
        assert await database.value("health.ping") == 1
    finally:
        await database.close()


async def test_an_owner_who_may_make_roles_needs_nobody(elsewhere: embedded.Cluster) -> None:
    """Since PostgreSQL 16 making a role is not enough to become it."""
    dsn = owned(elsewhere, "first", rights="CREATEROLE")
    assert await migrate.migrate(dsn)
    assert await migrate.migrate(dsn) == []
    await may_serve(dsn)


async def test_an_owner_who_may_not_is_told_what_a_superuser_has_to_do(elsewhere: embedded.Cluster) -> None:
    dsn = owned(elsewhere, "first", rights="NOCREATEROLE")
    with pytest.raises(migrate.MigrationRefused, match="hiroba_server is missing, and first_owner may not") as told:
        await migrate.migrate(dsn)
    for statement in str(told.value).partition("as superuser: ")[2].split("; "):
        clusters.ask(elsewhere.dsn, statement)
    assert await migrate.migrate(dsn)
    await may_serve(dsn)


async def test_a_second_owner_is_told_that_the_role_is_somebody_elses(elsewhere: embedded.Cluster) -> None:
    await migrate.migrate(owned(elsewhere, "first", rights="CREATEROLE"))
    dsn = owned(elsewhere, "second", rights="CREATEROLE")
    with pytest.raises(migrate.MigrationRefused, match="second_owner may not become the role hiroba_server") as told:
        await migrate.migrate(dsn)
    clusters.ask(elsewhere.dsn, str(told.value).partition("as superuser: ")[2])
    assert await migrate.migrate(dsn)
    await may_serve(dsn)


async def test_tables_of_somebody_else_are_named(elsewhere: embedded.Cluster) -> None:
    dsn = owned(elsewhere, "first", rights="CREATEROLE")
    await migrate.migrate(dsn)
    clusters.ask(elsewhere.dsn, "CREATE ROLE other_owner LOGIN")
    other = dsn.replace("first_owner", "other_owner")
    with pytest.raises(migrate.MigrationRefused, match="permission denied for table migrations"):
        await migrate.migrate(other)


async def test_it_serves_there_and_starts_no_postgres_of_its_own(
    elsewhere: embedded.Cluster, servers: processes.Servers, phones: processes.Phones
) -> None:
    dsn = owned(elsewhere, "first", rights="CREATEROLE")
    server = servers(fresh=True, DATABASE_URL=dsn, DEMO_ENABLED="true")
    await server.start()
    phone = await phones.member(server, "haru", "Hiroba-demo-1!")
    assert (await phone.get("/user")).body["balance"] == 2000
    assert len((await phone.get("/ads")).body) == 3
    who = "SELECT array_agg(DISTINCT usename) FROM pg_stat_activity WHERE application_name = 'hiroba'"
    assert clusters.ask(elsewhere.dsn, who) == ["first_owner"]
    assert (await server.command("account", "promote", "haru", "--operator")).returncode == 0
    await server.stop()
    assert not server.postgres.exists()
    assert clusters.ask(dsn, "SELECT count(*) FROM accounts") == 9
    refused = await servers(fresh=True).command(DATABASE_URL=dsn.replace("of_first", "of_nobody"))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert 'database "of_nobody" does not exist' in refused.stderr
