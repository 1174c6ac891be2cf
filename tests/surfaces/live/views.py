"""What a phone makes of what it is told: a snapshot that was loaded, kept as it should be by nothing but events."""

from typing import Any, Self

import msgspec

from handlers.core import orders
from tests.surfaces.towns import Phone

# Before it is everything; with it, looking at messages does not read them.
END = 2**53


class View:
    """One account's threads with all that was said in them, payments and orders, as one phone knows them."""

    def __init__(self, phone: Phone, id_token: str) -> None:
        """`id_token` is that of the allowances API."""
        self._phone = phone
        self._headers = {"Authorization": id_token}
        self.threads: dict[int, dict[str, Any]] = {}
        self.messages: dict[int, dict[int, dict[str, Any]]] = {}
        self.transactions: dict[int, dict[str, Any]] = {}
        self.orders: dict[int, dict[str, Any]] = {}

    @classmethod
    async def loaded(cls, phone: Phone, id_token: str) -> Self:
        """All of it as the server shows it now."""
        view = cls(phone, id_token)
        for thread in await view._get("/message-threads"):
            view.threads[thread["id"]] = thread
            await view._load_messages(thread["id"])
        view.transactions = {one["id"]: one for one in await view._get("/transactions")}
        for order in await view._list_orders():
            view.orders[order[0]] = dict(zip(("id", "value", "time", "status"), order, strict=True))
        assert view.unread == (await view._get("/message-threads/unread-count"))["count"]
        return view

    async def _get(self, path: str, **query: Any) -> Any:
        answer = await self._phone.get(path, params=query)
        assert answer.status == 200, answer
        return answer.body

    async def _list_orders(self) -> list[list[Any]]:
        answer = await self._phone.get(f"{self._phone.client.url}/allowances/buy", headers=self._headers)
        assert answer.status == 200, answer
        return msgspec.json.decode(answer.body["body"])

    async def _load_messages(self, thread_id: int) -> None:
        answer = await self._phone.get(f"/message-threads/{thread_id}/messages", params={"before": END})
        # 403: taken out again meanwhile, which is told next.
        assert answer.status in (200, 403), answer
        self.messages[thread_id] = {one["id"]: one for one in answer.body} if answer.status == 200 else {}

    @property
    def unread(self) -> int:
        """In how many threads there is something unread."""
        return sum(thread["unread"] for thread in self.threads.values())

    def shown(self) -> dict[str, Any]:
        """What its owner sees, in the order in which it is shown. A private thread is there once somebody spoke."""
        threads = [one for one in self.threads.values() if one["group"] or "lastMessage" in one]
        threads.sort(key=lambda one: (one.get("lastMessage", one)["createdAt"], one["id"]), reverse=True)
        return {
            "threads": threads,
            "messages": {one["id"]: [*map(self.messages[one["id"]].get, sorted(self.messages[one["id"]]))]
                         for one in threads},
            "transactions": sorted(self.transactions.values(), key=lambda one: -one["id"]),
            "orders": sorted(self.orders.values(), key=lambda one: one["id"]),
        }  # fmt: skip

    async def hear(self, frame: dict[str, Any]) -> None:
        """Takes a durable frame in, in the order of the log. Told again, it changes nothing more."""
        match frame:
            case {"type": "message" | "read", "threadId": thread_id} if thread_id not in self.threads:
                # It came and went while it was away, and what there was to see of it cannot be shown any more.
                pass
            case {"type": "message", "threadId": thread_id, "message": message}:
                self._hear_message(thread_id, message)
            case {"type": "read", "threadId": thread_id, "userId": user_id, "messageId": message_id}:
                if user_id == self._phone.account_id:
                    newer = [one for one in self.messages[thread_id].values() if one["id"] > message_id]
                    self.threads[thread_id]["unread"] = any(one["createdBy"] != user_id for one in newer)
            case {"type": "thread", "change": "left", "thread": {"id": thread_id}}:
                self.threads.pop(thread_id, None)
                self.messages.pop(thread_id, None)
            case {"type": "thread", "change": change, "thread": thread}:
                self.threads[thread["id"]] = thread
                self.messages.setdefault(thread["id"], {})
                if change == "joined":
                    await self._load_messages(thread["id"])
            case {"type": "transaction", "transaction": transaction}:
                self.transactions[transaction["id"]] = transaction
            case {"type": "order", "order": order}:
                self.orders[order["id"]] = order
                if order["status"] == orders.DELETED:
                    del self.orders[order["id"]]
            case _:
                raise AssertionError(f"a frame that nobody knows: {frame}")

    def _hear_message(self, thread_id: int, message: dict[str, Any]) -> None:
        thread = self.threads[thread_id]
        self.messages[thread_id][message["id"]] = message
        if message["id"] > thread.get("lastMessage", {"id": 0})["id"]:
            thread["lastMessage"] = message
        if message["createdBy"] != self._phone.account_id:
            thread["unread"] = True
