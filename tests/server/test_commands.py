"""The command line, beside a running server and without one: what it does, what it refuses, and how it says so."""

import asyncio

import click
import pytest
from click import testing

from server import commands, demo, logs
from tests.server import clusters, processes

PASSWORD = "a password of theirs"


def groups(command: click.Command, *names: str) -> list[tuple[str, ...]]:
    """Every level of the command line, from the top."""
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [names, *(found for name, child in below for found in groups(child, *names, name))]


@pytest.mark.parametrize("names", groups(commands.cli), ids=" ".join)
def test_every_level_explains_itself(names: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        done = testing.CliRunner().invoke(commands.cli, [*names, flag])
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.startswith("Usage:")
        # What it is for, beside how it is written.
        assert len(done.stdout.split("\n\n")[1].strip()) > 10


WRONG = [
    ["nothing"],
    ["account"],
    ["account", "nothing"],
    ["account", "create", "emma"],
    ["account", "create", "--password-stdin"],
    ["account", "create", "emma", "--password-stdin", "--community", "Kaga"],
    ["account", "promote", "emma"],
    ["account", "disable"],
    ["community", "create"],
    ["community", "mint", "1"],
    ["community", "mint", "1", "plenty"],
    ["community", "mint", "1", "\uff11"],
    ["community", "mint", "0", "1"],
    ["account", "sessions"],
    ["account", "sign-out"],
    ["account", "list", "emma"],
    ["audit", "--since", "yesterday"],
    ["item", "add", "Mug"],
    ["item", "add", "Mug", "plenty"],
    ["shop", "credit", "emma"],
    ["shop", "credit", "emma", "plenty"],
    ["shop", "credit", "emma", "1_0"],
    ["order", "complete"],
    ["order", "complete", "first"],
    ["order", "complete", "0"],
    ["waitlist", "approve"],
    ["--config", "/no/such/file", "migrate"],
    ["serve", "--port", "80"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_no_command_is_2_and_tells_how_it_is_written(arguments: list[str]) -> None:
    done = testing.CliRunner().invoke(commands.cli, arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Usage:" in done.stderr


CREATE = ("account", "create", "noah", "--password-stdin")
REFUSED = [
    (("account", "promote", "nobody", "--operator"), "there is no such account"),
    (("account", "promote", "operator", "--coordinator"), "the account belongs to no community"),
    (("account", "disable", "nobody"), "there is no such account"),
    (("account", "enable", "nobody"), "there is no such account"),
    (("account", "sessions", "nobody"), "there is no such account"),
    (("account", "sign-out", "nobody"), "there is no such account"),
    (("audit", "--account", "nobody"), "there is no such account"),
    (("account", "create", "emma", "--password-stdin"), "this username is taken"),
    (("account", "create", "no@h", "--password-stdin"), 'a username has no "@"'),
    ((*CREATE, "--email", "emma@hiroba.example"), "this e-mail is taken"),
    ((*CREATE, "--email", "nowhere"), "this is not an e-mail address"),
    ((*CREATE, "--community", "9"), "there is no such community"),
    ((*CREATE, "--first-name", "x" * 201), "a first name has at most 200 characters"),
    ((*CREATE, "--last-name", "x" * 201), "a last name has at most 200 characters"),
    (("community", "create", "KAGA CITY"), "name is another community's"),
    (("community", "create", " "), "name has 1 to 200 characters"),
    (("community", "mint", "7", "1"), "there is no such community, or it has no coordinator"),
    (("community", "mint", "1", "1"), "there is no such community, or it has no coordinator"),
    (("community", "mint", "1", "0.001"), "amount has at most 2 decimals"),
    (("community", "mint", "1", "0"), "amount is too small"),
    (("community", "mint", "1", "NaN"), "amount is no number"),
    (("community", "mint", "1", "1e30"), "amount is too large"),
    (("item", "add", " ", "5"), "name has 1 to 200 characters that can be seen"),
    (("item", "add", "M\tug", "5"), "name has 1 to 200 characters that can be seen"),
    (("item", "add", "x" * 201, "5"), "name has 1 to 200 characters that can be seen"),
    (("item", "add", "MUG", "5"), "name is another item's"),
    (("item", "add", "Cap", "0"), "price is too small"),
    (("item", "add", "Cap", "1.5"), "price is a whole number"),
    (("item", "add", "Cap", "1e30"), "price is too large"),
    (("shop", "credit", "nobody", "5"), "there is no such account"),
    (("shop", "credit", "emma", "0"), "amount is too small"),
    (("shop", "credit", "emma", "0.5"), "amount is a whole number"),
    (("shop", "credit", "emma", "NaN"), "amount is no number"),
    (("shop", "credit", "emma", "1e16"), "amount is too large"),
    (("order", "complete", "9"), "there is no such order"),
    (("waitlist", "approve", "nowhere"), "this is not an e-mail address"),
]
EVERYTHING = "SELECT json_build_array((SELECT json_agg(a) FROM accounts a), (SELECT json_agg(w) FROM wallets w), "
EVERYTHING += "(SELECT json_agg(i) FROM items i))"


def test_a_refusal_is_1_and_one_line_and_changes_nothing(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: what a command does to the logs is not for the tests."""
    monkeypatch.setattr(logs, "configure", lambda wishes: None)
    environment = {
        "HIROBA_DATABASE_URL": dsn,
        "HIROBA_SECRETS_KEY": "a secret of tests",
        "HIROBA_PASSWORDS_BCRYPT_COST": "4",
    }

    def told(arguments: tuple[str, ...], stdin: str | bytes = f"{PASSWORD}\n") -> testing.Result:
        return testing.CliRunner().invoke(commands.cli, arguments, input=stdin, env=environment)

    assert told(("community", "create", "Kaga city")).exit_code == 0
    community_id = str(clusters.ask(dsn, "SELECT id FROM communities"))
    assert told(("account", "create", "emma", "--password-stdin", "--email", "emma@hiroba.example")).exit_code == 0
    assert told(("account", "create", "operator", "--password-stdin")).exit_code == 0
    assert told(("item", "add", "Mug", "69")).exit_code == 0
    before = clusters.ask(dsn, EVERYTHING)
    wrong = [(arguments, f"{PASSWORD}\n", sentence) for arguments, sentence in REFUSED]
    wrong.append((CREATE, "short\n", "a password has at least 8 characters"))
    wrong.append((CREATE, "x" * 1025 + "\n", "a password has at most 1024 characters"))
    wrong.append((CREATE, "nul\0nul\0nul\n", "a password has no NUL"))
    wrong.append((CREATE, b"\xff\xfe12345678\n", "the password on standard input is no text in UTF-8"))
    for arguments, stdin, sentence in wrong:
        here = tuple(
            community_id if word == "1" and arguments[:2] == ("community", "mint") else word for word in arguments
        )
        refused = told(here, stdin)
        assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", f"{sentence}\n"), arguments
    assert clusters.ask(dsn, EVERYTHING) == before


async def done(server: processes.Server, *arguments: str, says: str, stdin: str = "") -> None:
    """A command that works says what it did, and nothing else."""
    command = await server.command(*arguments, stdin=stdin)
    assert (command.returncode, command.stderr) == (0, "")
    assert command.stdout == f"{says}\n"


async def test_beside_a_running_server(servers: processes.Servers, phones: processes.Phones) -> None:
    server = servers()
    await server.start()
    await done(server, "community", "create", " Kaga city ", says="Community 1 (Kaga city) was created.")
    create = ("account", "create", "emma", "--password-stdin", "--email", "emma@hiroba.example", "--community", "1")
    named = ("--first-name", "Emma", "--last-name", "Sato")
    await done(server, *create, *named, stdin=f"{PASSWORD}\n", says="Account 1 (emma) was created.")
    phone = await phones.member(server, "emma", PASSWORD)
    own = (await phone.get("/user")).body
    assert (own["fullName"], own["admin"], own["balance"]) == ("Sato Emma", False, 0)
    whoami = phones.phone(server, "/whoami")
    signed_in = await whoami.post("/signin", {"email": "emma@hiroba.example", "password": PASSWORD})
    assert signed_in.body["user"]["confirmed"] is True
    assert (await whoami.get("/users")).body["status"] is False

    # Two at once, as two operators would.
    promote = ("account", "promote", "emma")
    await asyncio.gather(
        done(server, *promote, "--operator", says="emma is operator now."),
        done(server, *promote, "--coordinator", says="emma is coordinator now."),
    )
    assert (await phone.get("/user")).body["admin"] is True
    assert (await whoami.get("/users")).body["status"] is True
    minted = done(server, "community", "mint", "1", "12.5", says="12.5 tokens were minted to emma.")
    refused, _ = await asyncio.gather(server.command("account", "disable", "nobody"), minted)
    assert (await phone.get("/user")).body["balance"] == 12.5
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", "there is no such account\n")
    await done(server, "item", "add", " Mug ", "69", says="Item 1 (Mug) was put up for 69 credits.")
    await asyncio.gather(
        done(server, "shop", "credit", "emma", "60", says="60 credits were given to emma."),
        done(server, "shop", "credit", "EMMA@hiroba.example", "1e1", says="10 credits were given to emma."),
    )
    shop = phones.phone(server, "/shop")
    token = (await shop.post("/login", {"username": "emma", "password": PASSWORD})).body["token"]
    assert (await shop.post("/items")).body == {"items": [{"uuid": 1, "name": "Mug", "price": 69}]}
    assert (await shop.post("/buy", {"token": token, "item_id": 1})).status == 200
    assert (await shop.post("/get-balance", {"token": token})).body == {"balance": 1}
    await done(server, "account", "disable", "emma", says="emma is disabled.")
    # Both sessions, at once; and nobody gets in again.
    assert (await phone.get("/user")).status == 401
    assert (await whoami.get("/signin")).body["status"] is False
    assert (await phone.post("/login", {"username": "emma", "password": PASSWORD})).status == 401
    await done(server, "account", "enable", "emma@hiroba.example", says="emma@hiroba.example is enabled.")
    assert (await phone.get("/user")).status == 401
    assert (await phone.post("/login", {"username": "emma", "password": PASSWORD})).status == 200
    assert server.is_postgres_alive()
    await server.stop()
    assert not server.is_postgres_alive()


async def test_without_a_server_a_command_runs_postgres_for_itself(servers: processes.Servers) -> None:
    server = servers(fresh=True)
    await done(server, "migrate", says="The schema is up to date.")
    assert not server.is_postgres_alive()
    await done(server, "demo", says=f"{len(demo.pieces())} pieces of demo data were put in.")
    assert not server.is_postgres_alive()
    assert (await server.command("account", "disable", "nobody")).returncode == 1
    assert not server.is_postgres_alive()


async def test_a_command_does_not_stop_postgres_under_a_server_that_started_meanwhile(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    server = servers()
    creating = asyncio.create_task(
        server.command("account", "create", "emma", "--password-stdin", stdin=PASSWORD, PASSWORDS_BCRYPT_COST="14")
    )
    await processes.until(server.is_postgres_alive)
    await server.start()
    assert (await creating).returncode == 0
    assert "postgres.found" in server.events()
    assert (await phones.phone(server).get("/readyz")).status == 200
    await server.stop()


async def test_a_command_that_is_ended_stops_its_postgres_too(servers: processes.Servers) -> None:
    server = servers()
    # A second for the password's hash, and all that comes before it is done when the key is there.
    server.begin("demo", PASSWORDS_BCRYPT_COST="14")
    await processes.until(server.key.exists)
    assert server.is_postgres_alive()
    server.ask_to_end()
    assert await server.end() == 1
    assert not server.is_postgres_alive()


async def test_a_database_that_is_not_there_is_said_in_one_line(servers: processes.Servers) -> None:
    server = servers(fresh=True)
    url = f"postgresql://hiroba:hunter2@127.0.0.1:{processes.free_port()}/hiroba"
    for command in (("serve",), ("demo",)):
        told = await server.command(*command, DATABASE_URL=url)
        assert told.returncode == 1
        assert told.stderr.count("\n") == 1
        assert "PostgreSQL cannot be reached" in told.stderr
        assert "hunter2" not in told.stderr
    assert not server.postgres.exists()
