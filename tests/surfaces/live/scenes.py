"""A town with a past for tests of what is told of its future, and phones that watch it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import aiohttp

from handlers.core import audit, events, ledger, orders
from storage import accounts as account_rows
from storage import events as event_rows
from storage import payments as payment_rows
from tests import serving
from tests.surfaces.live.views import View
from tests.surfaces.towns import Phone, Town

PATIENCE_SECONDS = 5
NAMES = ("haruto", "haru", "riku")


class Scene:
    """Three in a town, with a past: a group of two, a pair, something unread, a payment under way, an order."""

    def __init__(self, town: Town, phones: Sequence[Phone]) -> None:
        self.hiroba = town.hiroba
        self.context = town.hiroba.context
        self.phones = phones
        self.haruto, self.haru, self.riku = phones
        self.group_id = 0
        self.pair_id = 0
        self.first_message_id = 0
        self.payment_id = 0
        self.order_id = 0
        self.id_tokens: dict[int, str] = {}

    @classmethod
    async def set(cls, town: Town) -> "Scene":
        """All of it through the doors that there are."""
        phones = [
            await town.join(name, firstName=name.title(), lastName="Sato", email=f"{name}@hiroba.example")
            for name in NAMES
        ]
        scene = cls(town, phones)
        for phone, name in zip(phones, NAMES, strict=True):
            login = {"username": name, "password": serving.PASSWORD}
            answer = await phone.post(f"{phone.client.url}/allowances/login", login)
            scene.id_tokens[phone.account_id] = answer.body["body"]["IdToken"]
        haruto, haru, _ = phones
        await ledger.mint(
            scene.context, audit.COMMAND_LINE, await scene.account(haruto), units=100_000, description="minted"
        )
        group = await haruto.post("/message-threads/group", {"memberIds": [haru.account_id], "title": "Poker"})
        scene.group_id = group.body["id"]
        scene.pair_id = (await haru.post(f"/message-threads/user/{haruto.account_id}")).body["id"]
        scene.first_message_id = await scene.say(haruto, scene.group_id, "Who is in?")
        await scene.say(haru, scene.group_id, "Me.")
        await scene.say(haru, scene.pair_id, "Hello")
        scene.payment_id = await scene.pay()
        scene.order_id = await orders.draft(scene.context, await scene.account(haruto), units=2_500_000)
        await scene.settled()
        return scene

    async def account(self, phone: Phone) -> account_rows.Account:
        account = await account_rows.find_by_id(self.context.database, phone.account_id)
        assert account is not None
        return account

    async def say(self, phone: Phone, thread_id: int, text: str) -> int:
        answer = await phone.post(f"/message-threads/{thread_id}/messages", {"text": text})
        assert answer.status == 200, answer
        return answer.body["id"]

    async def revise(self, phone: Phone, members: Sequence[Phone], *, title: str | None = None) -> None:
        body = {"memberIds": [one.account_id for one in members]} | ({} if title is None else {"title": title})
        assert (await phone.post(f"/message-threads/{self.group_id}/group", body)).status == 200

    async def pay(self) -> int:
        body = {"beneficiaryId": self.haru.account_id, "amount": 10.5, "description": "Bread"}
        assert (await self.haruto.post("/transactions", body)).status == 200
        return (await self.haruto.get("/transactions")).body[0]["id"]

    async def settle(self, *, is_posted: bool) -> None:
        now = self.context.clock.now()
        assert await payment_rows.settle(self.context.database, [self.payment_id], is_posted=is_posted, now=now) == 1
        self.context.bus.wake()

    async def settled(self) -> None:
        """Waits until all that was committed is in the log, and delivered."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                is_placed = (await event_rows.find_settled(self.context.database, id=2**62)).is_placed
                if is_placed and self.hiroba.parts.hub.cursor == await events.find_end(self.context):
                    return
                await asyncio.sleep(0.002)


class Watch:
    """One phone twice: on a line that holds, and away, each with the same old snapshot."""

    def __init__(self, scene: Scene, phone: Phone) -> None:
        self._scene = scene
        self._phone = phone
        self._url = f"{scene.hiroba.url}/live"
        self._socket: aiohttp.ClientWebSocketResponse
        self._there: View
        self._away: View
        self._cursor = ""

    async def begin(self) -> None:
        """Loads the snapshot, and connects."""
        self._there = await self._loaded()
        self._away = await self._loaded()
        self._cursor = (await self._phone.get(f"{self._url}/events")).body["cursor"]
        self._socket = await self._phone.client.http.ws_connect(self._url)
        hello = await self._socket.receive_json(timeout=PATIENCE_SECONDS)
        assert hello["cursor"] == self._cursor

    async def _loaded(self) -> View:
        return await View.loaded(self._phone, self._scene.id_tokens[self._phone.account_id])

    async def end(self) -> None:
        """Both know what a new snapshot says."""
        await self._scene.settled()
        told = await self._told()
        for frame in told:
            if "cursor" in frame:
                await self._there.hear(frame)
        for frame in await self._missed():
            await self._away.hear(frame)
        fresh = await self._loaded()
        assert self._there.shown() == fresh.shown()
        assert self._away.shown() == fresh.shown()
        numbers = [frame["unreadThreads"] for frame in told if frame["type"] == "unread"]
        assert numbers[-1:] in ([], [fresh.unread])

    async def _told(self) -> list[dict[str, Any]]:
        await self._socket.send_json({"type": "ping"})
        heard = [await self._socket.receive_json(timeout=PATIENCE_SECONDS)]
        while heard[-1]["type"] != "pong":
            heard.append(await self._socket.receive_json(timeout=PATIENCE_SECONDS))
        await self._socket.close()
        return heard

    async def _missed(self) -> list[dict[str, Any]]:
        frames: list[dict[str, Any]] = []
        cursor = self._cursor
        while True:
            page = (await self._phone.get(f"{self._url}/events", params={"since": cursor, "limit": "5"})).body
            assert page["resync"] is False
            if not page["events"]:
                return frames
            frames += page["events"]
            cursor = page["cursor"]


async def watching(scene: Scene) -> list[Watch]:
    """All of them, begun."""
    watches = [Watch(scene, phone) for phone in scene.phones]
    for watch in watches:
        await watch.begin()
    return watches
