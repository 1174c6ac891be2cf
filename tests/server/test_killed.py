"""kill -9 at any moment: what was acknowledged is there after the next start, and arrives where it was to arrive."""

import asyncio
import os
import re
import signal
from typing import Any

import aiohttp

from tests import serving
from tests.server import processes

PASSWORD = "Hiroba-demo-1!"
# The contract's is 3 seconds; a machine that runs other tests beside may be slower.
SECOND_START_SECONDS_MAX = 10


def person(number: int) -> dict[str, str]:
    return {"username": f"person{number}", "email": f"person{number}@hiroba.example", "password": "somepassword"}


async def talk(haruto: serving.Client, haru: serving.Client) -> dict[str, Any]:
    """An ad, a thread for it, two messages: what both see of it."""
    ad = {"type": "GIVE", "title": "Rice", "description": "A sack", "amount": 12.5, "location": "Kaga"}
    made = (await haruto.post("/ads", ad)).body
    thread = (await haru.post(f"/message-threads/for-ad/{made['id']}")).body
    for phone, text in ((haru, "Is it still there?"), (haruto, "It is.")):
        assert (await phone.post(f"/message-threads/{thread['id']}/messages", {"text": text})).status == 200
    return await seen(haruto, haru, thread["id"])


async def seen(haruto: serving.Client, haru: serving.Client, thread_id: int) -> dict[str, Any]:
    # Who has looked at the messages has read them: that first.
    paths = (f"/message-threads/{thread_id}/messages", "/message-threads", "/ads", "/user")
    views = {f"{name} {path}": await phone.get(path) for path in paths for name, phone in (("a", haruto), ("b", haru))}
    assert {view.status for view in views.values()} == {200}
    return {"id": thread_id, **{name: view.body for name, view in views.items()}}


async def test_nothing_that_was_acknowledged_is_lost(servers: processes.Servers, phones: processes.Phones) -> None:
    """Killed thrice: while letters wait, in a burst of registrations, and when all mail has arrived."""
    server = servers(DEMO_ENABLED="true")
    # Nobody takes mail there: every letter waits.
    await server.start(MAIL_URL=f"smtp://127.0.0.1:{processes.free_port()}")
    haruto, haru = [await phones.member(server, name, PASSWORD) for name in ("haruto", "haru")]
    known = await talk(haruto, haru)
    acknowledged = await burst(server, phones, until=20)
    key = server.key.read_bytes()
    assert server.key.stat().st_mode & 0o777 == 0o600

    seconds = await server.start()
    assert seconds < SECOND_START_SECONDS_MAX
    assert server.key.read_bytes() == key
    assert await seen(haruto, haru, known["id"]) == known
    acknowledged += await burst(server, phones, until=20, first=1000)

    await server.start()
    assert await seen(haruto, haru, known["id"]) == known
    mails = {one["email"]: await letter(server, phones, one["email"]) for one in acknowledged}
    links = {email: re.search(r"/whoami/confirm/\S+", mail["text"])[0] for email, mail in mails.items()}
    email, link = links.popitem()
    assert (await phones.phone(server).get(link)).headers["Location"].endswith("/signin")
    phone = phones.phone(server, "/whoami")
    signed_in = await phone.post("/signin", {"email": email, "password": "somepassword"})
    assert signed_in.body["user"]["confirmed"] is True
    await server.kill()

    await server.start()
    # Nobody, told or not told in time that they are in, was written to twice.
    written_to = [mail["to"] for mail in (await phones.phone(server).get("/mailbox/messages?limit=200")).body]
    assert len(written_to) == len(set(written_to)) >= len(acknowledged)
    # The session, the mail and the links are those from before.
    assert (await phone.get("/signin")).body["user"] == signed_in.body["user"]
    for one, link in list(links.items())[:3]:
        assert await phones.mails(server, one) == [mails[one]]
        assert (await phones.phone(server).get(link)).headers["Location"].endswith("/signin")
        answer = await phones.phone(server, "/whoami").post("/signin", {"email": one, "password": "somepassword"})
        assert answer.body["user"]["confirmed"] is True


async def burst(
    server: processes.Server, phones: processes.Phones, *, until: int, first: int = 0
) -> list[dict[str, str]]:
    """People register as fast as they can until the server is killed: those who were told that they are in."""
    acknowledged: list[dict[str, str]] = []

    async def register(start: int) -> None:
        phone = phones.phone(server, "/whoami")
        for number in range(start, start + 1000, 8):
            try:
                answer = await phone.post("/register", person(number))
            except aiohttp.ClientError:
                return
            assert answer.body == {"status": True}
            acknowledged.append(person(number))
            if len(acknowledged) == until:
                os.kill(server.pid, signal.SIGKILL)

    await asyncio.gather(*(register(first + start) for start in range(8)))
    await server.end(seconds=5)
    return acknowledged


async def letter(server: processes.Server, phones: processes.Phones, to: str) -> dict[str, Any]:
    """The one letter to somebody, once it has arrived."""

    async def has_arrived() -> bool:
        return bool(await phones.mails(server, to))

    await processes.until(has_arrived)
    (only,) = await phones.mails(server, to)
    return only


async def test_when_postgres_is_killed_too_nothing_is_lost(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    """As when the machine loses its power, but for what the kernel would have lost."""
    server = servers(DEMO_ENABLED="true")
    await server.start()
    haruto, haru = [await phones.member(server, name, PASSWORD) for name in ("haruto", "haru")]
    known = await talk(haruto, haru)
    assert (await phones.phone(server, "/whoami").post("/register", person(1))).body == {"status": True}
    first = int((server.postgres / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(first, signal.SIGKILL)
    await server.kill()
    await server.start()
    assert "automatic recovery in progress" in (server.postgres / "postgres.log").read_text()
    assert await seen(haruto, haru, known["id"]) == known
    await letter(server, phones, person(1)["email"])


async def test_under_a_running_server_postgres_comes_back_by_itself(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    server = servers(DEMO_ENABLED="true")
    await server.start()
    haru = await phones.member(server, "haru", PASSWORD)
    before = (await haru.get("/user")).body
    loop = asyncio.get_running_loop()
    os.kill(int((server.postgres / "data" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    began = loop.time()

    async def is_answered() -> bool:
        answer = await haru.get("/user")
        assert answer.status in (200, 503), answer
        return answer.status == 200 and loop.time() - began > 0.2

    await processes.until(is_answered)
    assert loop.time() - began < 5
    assert (await haru.get("/user")).body == before
    assert (await phones.phone(server).get("/readyz")).status == 200
    assert "postgres.died" in server.events()
