"""The main job, whole: a newcomer registers, confirms, signs in, puts up an ad, and two people talk about it live
and pay, across a lost connection and a killed server. Real HTTP, real SMTP, two real websockets, a real process.
"""

import re
from typing import Any

import aiohttp
import msgspec

from tests.server import processes

PASSWORD = "a long password"
HANA = {"username": "hana", "email": "hana@town.example", "password": PASSWORD}
PATIENCE_SECONDS = 10


class Line:
    """One phone's live connection, and what its person has seen."""

    def __init__(self, phone: Any, server: processes.Server) -> None:
        self._phone = phone
        self._url = f"{server.url}/live"
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.cursor = ""
        self.said: list[str] = []

    async def connect(self) -> dict[str, Any]:
        """Connects, from where it was before; answers the hello."""
        since = {"since": self.cursor} if self.cursor else {}
        self._socket = await self._phone.http.ws_connect(self._url, params=since)
        hello = await self.next()
        self.cursor = self.cursor or hello["cursor"]
        return hello

    async def next(self) -> dict[str, Any]:
        """The next frame."""
        assert self._socket is not None
        frame = await self._socket.receive_json(timeout=PATIENCE_SECONDS)
        if frame["type"] != "hello":
            self.cursor = frame.get("cursor", self.cursor)
        if frame["type"] == "message":
            self.said.append(frame["message"]["text"])
        return frame

    async def until(self, kind: str) -> dict[str, Any]:
        """The next frame of this type."""
        while (frame := await self.next())["type"] != kind:
            pass
        return frame

    async def say(self, thread_id: int, text: str) -> None:
        """Says something and waits until that is acknowledged."""
        assert self._socket is not None
        await self._socket.send_json({"type": "post", "ref": text, "threadId": thread_id, "text": text})
        acknowledged = await self.until("ack")
        assert (acknowledged["ref"], acknowledged["result"]["threadId"]) == (text, thread_id)

    async def lose(self) -> None:
        """The connection is lost."""
        assert self._socket is not None
        await self._socket.close()


async def test_the_story(servers: processes.Servers, phones: processes.Phones) -> None:
    server = servers()
    await server.start(DEMO_ENABLED="true")

    # She registers, and follows the link in the mail.
    browser = phones.phone(server, "/whoami")
    assert (await browser.post("/register", HANA)).body == {"status": True}
    mails: list[dict[str, Any]] = []

    async def arrived() -> bool:
        mails[:] = msgspec.json.decode((await browser.get(f"{server.url}/mailbox/messages?to={HANA['email']}")).raw)
        return bool(mails)

    await processes.until(arrived)
    link = re.search(r"http://localhost:\d+/\S+", mails[0]["text"])
    assert link is not None
    followed = await browser.get(link.group())
    assert (followed.status, followed.headers["Location"]) == (302, f"http://localhost:{server.port}/signin")
    signed_in = await browser.post("/signin", HANA)
    assert signed_in.body["user"]["confirmed"] is True

    # She joins a community with the same account, and puts an ad on its board.
    hana = phones.phone(server, "/community")
    names = {"firstName": "Hana", "lastName": "Mori", "communityId": 1}
    joined = await hana.post("/create-account", {**HANA, **names})
    assert (joined.status, joined.body["fullName"]) == (200, "Mori Hana")
    ad = (await hana.post("/ads", {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": "3.50"})).body

    # Haru sees it and asks, live.
    haru = phones.phone(server, "/community")
    await haru.post("/login", {"username": "haru", "password": "Hiroba-demo-1!"})
    assert ad["id"] in [one["id"] for one in (await haru.get("/ads")).body]
    hers, his = Line(hana, server), Line(haru, server)
    await hers.connect()
    await his.connect()
    thread_id = (await haru.post(f"/message-threads/for-ad/{ad['id']}")).body["id"]
    assert (await hers.until("thread"))["thread"]["counterParty"]["fullName"] == "Takahashi Haru"
    await his.say(thread_id, "Is it still warm?")
    heard = await hers.until("message")
    assert (heard["threadId"], heard["message"]["text"]) == (thread_id, "Is it still warm?")
    assert (await hers.until("unread"))["unreadThreads"] == 1

    # His connection is lost while she answers; he hears of it when he is back, and only of what he missed.
    await his.until("message")
    await his.lose()
    await hers.say(thread_id, "It is.")
    assert (await his.connect())["resumed"] is True
    assert (await his.until("message"))["message"]["text"] == "It is."

    # He pays for it, and both are told when that is done.
    payment = {"beneficiaryId": joined.body["id"], "adId": ad["id"], "amount": 3.5, "description": "Bread"}
    assert (await haru.post("/transactions", payment)).status == 200
    for line, is_debit in ((hers, False), (his, True)):
        while (told := (await line.until("transaction"))["transaction"])["state"] != "completed":
            pass
        assert (told["amount"], told["debit"]) == (3.5, is_debit)

    # The server is killed, and is there again: both are still signed in, and nothing is missing.
    await his.say(thread_id, "I am on my way.")
    await server.kill()
    await server.start(DEMO_ENABLED="true")
    assert (await hers.connect())["resumed"] is True
    while "I am on my way." not in hers.said:
        await hers.until("message")
    assert (await his.connect())["resumed"] is True
    await hers.say(thread_id, "The door is open.")
    for line in (hers, his):
        while "The door is open." not in line.said:
            await line.until("message")
    history = (await haru.get(f"/message-threads/{thread_id}/messages")).body
    conversation = ["Is it still warm?", "It is.", "I am on my way.", "The door is open."]
    assert [message["text"] for message in history] == conversation
    assert list(dict.fromkeys(hers.said)) == list(dict.fromkeys(his.said)) == conversation
    assert await arrived()
    assert (await hana.get("/balance")).body == 3.5
    await server.stop()
