"""Who there is, where they are signed in, and what was done: listed by commands, beside a running server."""

import asyncio
import time
from datetime import datetime

import msgspec
import pytest

from server.commands import lines as listed
from tests.server import processes

PASSWORD = "a password of theirs"
# Of a session that ends by a command: the server is another process, and its sockets close all the same.
SECONDS_MAX = 1.0


class Named(msgspec.Struct):
    """What a command lists of somebody."""

    name: str


async def lines(server: processes.Server, *arguments: str) -> list[str]:
    """What a command lists."""
    command = await server.command(*arguments)
    assert (command.returncode, command.stderr) == (0, "")
    return command.stdout.splitlines()


async def objects(server: processes.Server, *arguments: str) -> list[dict]:
    """The same as JSON."""
    return [msgspec.json.decode(line) for line in await lines(server, *arguments, "--json")]


async def test_accounts_sessions_and_audit(servers: processes.Servers, phones: processes.Phones) -> None:
    server = servers()
    await server.start()
    await server.command("community", "create", "Kaga city")
    create = ("account", "create", "emma", "--password-stdin", "--community", "1", "--email", "emma@hiroba.example")
    await server.command(*create, "--first-name", "Emma", "--last-name", "Sato", stdin=PASSWORD)
    await server.command("account", "create", "operator", "--password-stdin", stdin=PASSWORD)
    await server.command("account", "promote", "operator", "--operator")
    assert await lines(server, "account", "list") == [
        "1\temma\temma@hiroba.example\tEmma Sato\tcommunity 1", "2\toperator\t-\toperator\toperator",
    ]  # fmt: skip
    listed = await objects(server, "account", "list")
    assert [(one["username"], one["confirmed"], one["isOperator"]) for one in listed] == [
        ("emma", True, False), ("operator", False, True),
    ]  # fmt: skip

    emma = await phones.member(server, "emma", PASSWORD)
    (session,) = await objects(server, "account", "sessions", "emma")
    assert (session["api"], session["address"]) == ("community", "127.0.0.1")
    (line,) = await lines(server, "account", "sessions", "EMMA@hiroba.example")
    assert line.split("\t")[:2] == [str(session["id"]), "community"]
    socket = await emma.http.ws_connect(f"{server.url}/live")
    await socket.receive_json(timeout=5)

    signing_out = asyncio.create_task(server.command("account", "sign-out", "emma"))
    await socket.receive(timeout=30)
    assert socket.close_code == 4401
    told = await signing_out
    assert (told.returncode, told.stdout) == (0, "emma is signed out: 1 session ended.\n")
    assert await lines(server, "account", "sessions", "emma") == []
    assert (await emma.get("/user")).status == 401

    entries = await objects(server, "audit", "--account", "emma")
    assert [entry["act"] for entry in entries] == ["registered", "signed in", "account signed out"]
    assert (entries[2]["actor"], entries[2]["details"]) == ("command line", {"sessions": 1})
    everything = await lines(server, "audit")
    assert len(everything) > len(entries)
    assert everything[-1].split("\t")[1:] == ["command line", "account signed out", "account 1", "sessions=1"]
    assert await lines(server, "audit", "--since", "2100-01-01") == []
    assert len(await lines(server, "audit", "--since", entries[1]["at"], "--account", "emma")) == 2
    assert PASSWORD not in "".join(everything)
    await server.stop()


@pytest.mark.parametrize(
    "name",
    [
        "Emma\toperator",
        "Emma\n7\toscar\t-\tOscar\toperator",
        "\x1b[2JEmma",
        "Emma\r",
        "\u202eammE",
    ],
)
def test_nobody_is_listed_as_more_than_they_are_by_their_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    listed.echo(Named(name), is_json=False, columns=(7, "emma", name))
    (line, end) = capsys.readouterr().out.split("\n")
    assert (line.split("\t")[:2], line.count("\t"), end) == (["7", "emma"], 2, "")
    assert line.replace("\t", "").isprintable()
    listed.echo(Named(name), is_json=True, columns=())
    assert msgspec.json.decode(capsys.readouterr().out, type=Named) == Named(name)


async def test_a_disabled_account_is_cut_off_within_a_second(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    server = servers()
    await server.start()
    await server.command("account", "create", "emma", "--password-stdin", stdin=PASSWORD)
    emma = await phones.member(server, "emma", PASSWORD)
    socket = await emma.http.ws_connect(f"{server.url}/live")
    await socket.receive_json(timeout=5)
    disabling = asyncio.create_task(server.command("account", "disable", "emma"))
    await socket.receive(timeout=30)
    closed_at = time.time()
    assert socket.close_code == 4401
    assert (await emma.get("/user")).status == 401
    await disabling
    (disabled,) = [entry for entry in await objects(server, "audit") if entry["act"] == "account disabled"]
    at = datetime.fromisoformat(disabled["at"]).timestamp()
    assert closed_at - at < SECONDS_MAX
    await server.stop()
