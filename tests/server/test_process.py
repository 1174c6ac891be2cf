"""The process: how it starts, what it refuses to start with, and where it listens."""

import asyncio
import contextlib
import socket
from pathlib import Path

import aiohttp
import pytest

from tests.server import processes

REGISTRATION = {"username": "emma", "email": "emma@hiroba.example", "password": "somepassword"}


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as one:
        one.bind(("::1", 0))
        return True
    return False


async def test_it_listens_on_both_loopbacks_and_on_nothing_else(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    server = servers()
    await server.start()
    hosts = ["127.0.0.1", *(["[::1]"] if has_ipv6() else [])]
    async with aiohttp.ClientSession() as http:
        for host in hosts:
            async with http.get(f"http://{host}:{server.port}/healthz") as answer:
                assert answer.status == 200, host
    listening = listening_addresses(server.pid)
    # The mail sink's is its own.
    assert {address for address, port in listening if port == server.port} == {host.strip("[]") for host in hosts}
    assert {address for address, _ in listening} <= {"127.0.0.1", "::1"}


def listening_addresses(pid: int) -> set[tuple[str, int]]:
    """What a process listens on over TCP, as the kernel has it."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux tells")
    descriptors = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        # One that the process has closed since it was listed.
        with contextlib.suppress(FileNotFoundError):
            descriptors.append(link.readlink())
    sockets = {str(target)[8:-1] for target in descriptors if str(target).startswith("socket:[")}
    found = set()
    for family, table in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                digits, port = fields[1].split(":")
                words = [bytes.fromhex(digits[i : i + 8])[::-1] for i in range(0, len(digits), 8)]
                found.add((socket.inet_ntop(family, b"".join(words)), int(port, 16)))
    return found


async def test_two_run_side_by_side_and_a_third_is_told_that_the_port_is_taken(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    one, other = servers(), servers()
    await asyncio.gather(one.start(), other.start())
    assert (await phones.phone(one, "/whoami").post("/register", REGISTRATION)).body == {"status": True}
    # The name is free there: nothing is shared.
    assert (await phones.phone(other, "/whoami").post("/register", REGISTRATION)).body == {"status": True}
    assert (await phones.phone(one, "/whoami").post("/register", REGISTRATION)).body["status"] is False
    assert one.key.read_text() != other.key.read_text()
    third = servers()
    refused = await third.command("serve", SERVER_PORT=str(one.port))
    assert refused.returncode == 1
    assert refused.stderr == f"cannot listen on 127.0.0.1 port {one.port}: Address already in use\n"
    assert not third.is_postgres_alive()
    # One more on the same data: it is told so too, and takes nothing away.
    assert (await one.command()).returncode == 1
    await one.stop()
    assert not one.is_postgres_alive()
    assert (await phones.phone(other).get("/readyz")).status == 200


async def test_a_port_that_somebody_takes_while_it_starts_is_named_too_and_postgres_does_not_stay(
    servers: processes.Servers,
) -> None:
    server = servers()
    server.begin()
    # It has bound its port, and listens only when it is ready.
    await processes.until(server.is_postgres_alive)
    with socket.socket() as faster:
        faster.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        faster.bind(("127.0.0.1", server.port))
        faster.listen()
        assert await server.end() == 1
    assert server.said().splitlines()[-1] == f"cannot listen on 127.0.0.1 port {server.port}: Address already in use"
    assert "Traceback" not in server.said()
    assert not server.is_postgres_alive()


REFUSED = [
    ({"SERVER_HOST": "127.0.0.1,0.0.0.0"}, "server.host: 0.0.0.0 is beyond loopback", "mail.url"),
    ({"SERVER_HOST": "::", "MAIL_URL": "smtp://h:25", "DEMO_ENABLED": "1"}, "server.host: :: is beyond", "demo.public"),
    ({"SERVER_PROT": "80"}, "HIROBA_SERVER_PROT: unknown key", "HIROBA_SERVER_PORT"),
]


async def test_what_it_refuses_to_start_with(servers: processes.Servers) -> None:
    server = servers(fresh=True)
    file = server.folder / "config.yaml"
    file.write_text("server:\n  prot: 80\n")
    asked = [server.command(**settings) for settings, _, _ in REFUSED] + [server.command("--config", str(file))]
    expected = [*REFUSED, ({}, f"{file}: unknown key server.prot", "server.port")]
    for refused, (_, sentence, hint) in zip(await asyncio.gather(*asked), expected, strict=True):
        assert refused.returncode == 2
        assert refused.stderr.startswith(sentence), refused.stderr
        assert hint in refused.stderr
        assert refused.stderr.count("\n") == 1
        assert refused.stdout == ""
    assert not server.postgres.exists()
    assert not server.key.exists()


async def test_it_listens_beyond_loopback_where_that_is_meant(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    server = servers(SERVER_HOST="0.0.0.0", MAIL_URL="smtp://127.0.0.1:9", DEMO_ENABLED="true", DEMO_PUBLIC="true")
    await server.start()
    assert ("0.0.0.0", server.port) in listening_addresses(server.pid)
    # With a mail server of somebody's own there is no mailbox, and nothing listens for mail.
    assert (await phones.phone(server).get("/mailbox/messages")).status == 404
    assert len(listening_addresses(server.pid)) == 1
