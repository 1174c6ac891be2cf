"""The end that was asked for: what was begun is finished, nothing is left running, and there is nothing to repair."""

import asyncio
import signal
import socket
import time

import aiohttp
import psycopg2
import pytest

from tests.server import clusters, processes

PERSON = {"username": "emma", "email": "emma@hiroba.example", "password": "somepassword"}
SHUT_DOWN = "database system is shut down"
REPAIRED = ("was not properly shut down", "was interrupted", "automatic recovery")


async def is_hashing(server: processes.Server) -> bool:
    async with aiohttp.request("GET", f"{server.url}/metrics") as answer:
        return "hiroba_password_queue 1.0" in await answer.text()


@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGINT, True)], ids=str)
async def test_it_takes_nobody_more_finishes_what_it_has_and_leaves_nothing_to_repair(
    servers: processes.Servers, phones: processes.Phones, number: signal.Signals, group: bool
) -> None:
    """A terminal sends Ctrl-C to all processes of its group, PostgreSQL aside."""
    server = servers(PASSWORDS_BCRYPT_COST="12")
    await server.start()
    phone, late = phones.phone(server, "/whoami"), phones.phone(server, "/whoami")
    assert (await phone.post("/register", PERSON)).body == {"status": True}
    signing_in = asyncio.create_task(phone.post("/signin", PERSON))
    await processes.until(lambda: is_hashing(server))
    began = time.monotonic()
    server.ask_to_end(number, group=group)
    await processes.until(lambda: "stopping" in server.events())
    with pytest.raises(aiohttp.ClientConnectorError):
        await late.get("/signin")
    assert not signing_in.done()
    answer = await signing_in
    assert (answer.status, answer.body["status"]) == (200, True)
    assert await server.end() == 0
    assert time.monotonic() - began < 10
    assert not server.is_postgres_alive()
    log = server.postgres / "postgres.log"
    assert log.read_text().rstrip().endswith(SHUT_DOWN)
    assert not [event for event in server.events() if "cut off" in event]
    if number == signal.SIGTERM:
        # What the last answer promised is there.
        await server.start()
        assert not [word for word in REPAIRED if word in log.read_text()]
        assert (await phone.get("/signin")).body["status"] is True


async def test_nobody_holds_it_up(servers: processes.Servers, phones: processes.Phones) -> None:
    """A request that hangs, a body that never comes, a websocket that does not answer, a mute mail server."""
    mute = socket.create_server(("127.0.0.1", 0))
    server = servers(SERVER_SHUTDOWN_SECONDS="3", MAIL_URL=f"smtp://127.0.0.1:{mute.getsockname()[1]}")
    await server.start()
    phone, other = phones.phone(server, "/whoami"), phones.phone(server, "/whoami")
    await phone.post("/register", PERSON)
    assert (await phone.post("/signin", PERSON)).body["status"] is True
    live = await phone.http.ws_connect(f"{server.url}/live", autoclose=False, autoping=False)
    assert (await live.receive_json())["type"] == "hello"
    _, half = await asyncio.open_connection("127.0.0.1", server.port)
    half.write(b"POST /whoami/signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
    await half.drain()
    holding = psycopg2.connect(server.dsn)
    holding.cursor().execute("LOCK TABLE accounts")
    hanging = asyncio.create_task(other.post("/register", PERSON))
    waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'accounts'::regclass AND NOT granted"
    await processes.until(lambda: clusters.ask(server.dsn, waiting) == 1)
    began = time.monotonic()
    server.ask_to_end()
    assert await server.end() == 0
    # With a second for a machine that is busy with something else.
    assert time.monotonic() - began < 3 + 1
    with pytest.raises(aiohttp.ClientError):
        await hanging
    assert (server.postgres / "postgres.log").read_text().rstrip().endswith(SHUT_DOWN)
    assert (await live.receive()).data == aiohttp.WSCloseCode.GOING_AWAY
    assert "Traceback" not in server.said()
    for end in (half, holding, mute):
        end.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_while_it_starts_the_start_is_broken_off(
    servers: processes.Servers, clone, number: signal.Signals
) -> None:
    dsn = clone()
    migrating = psycopg2.connect(dsn)
    migrating.cursor().execute("SELECT pg_advisory_lock(7236102945)")
    server = servers(DATABASE_URL=dsn)
    server.begin()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    await processes.until(lambda: clusters.ask(dsn, waiting) == 1)
    server.ask_to_end(number)
    assert await server.end(seconds=3) == 0
    assert server.events() == ["stopped while starting"]
    migrating.close()
