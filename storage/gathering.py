"""Look-ups of one kind that are asked for in the same turn of the loop, answered by one query. Nothing is kept."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from storage import faults, transactions

KEYS_MAX = 200

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Gathered(Generic[K, V]):
    """Finds values by their keys: `fetch` is given the different keys of a turn and answers those that it knows.

    Not inside a transaction: a look-up there belongs to it, and this one belongs to everybody who asks (RuntimeError).
    """

    def __init__(self, fetch: Callable[[list[K]], Awaitable[dict[K, V]]], *, keys_max: int = KEYS_MAX) -> None:
        """At most `keys_max` keys go into one fetch; of more there are several at once."""
        self._fetch = fetch
        self._keys_max = keys_max
        self._asked: dict[K, list[asyncio.Future[V | None]]] = {}
        self._fetching: set[asyncio.Task[None]] = set()

    async def find(self, key: K) -> V | None:
        """The key's value as it is now, None if there is none. *Refuses*: what the fetch refuses, for all its keys."""
        if transactions.is_open():
            raise RuntimeError("a gathered look-up belongs to no transaction: ask before it")
        loop = asyncio.get_running_loop()
        if not self._asked:
            # In a context of its own: who asks first has nothing to do with the others.
            loop.call_soon(self._send, context=contextvars.Context())
        answer: asyncio.Future[V | None] = loop.create_future()
        self._asked.setdefault(key, []).append(answer)
        return await answer

    def _send(self) -> None:
        asked, self._asked = list(self._asked.items()), {}
        for i in range(0, len(asked), self._keys_max):
            task = asyncio.create_task(self._answer(dict(asked[i : i + self._keys_max])))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)

    async def _answer(self, asked: dict[K, list[asyncio.Future[V | None]]]) -> None:
        # One who was cancelled meanwhile needs no answer; nor is there a question if all were.
        keys = [key for key, answers in asked.items() if not all(answer.done() for answer in answers)]
        if not keys:
            return
        fault: BaseException | None = None
        found: dict[K, V] = {}
        try:
            found = await self._fetch(keys)
        except asyncio.CancelledError:
            fault = faults.Unavailable("the look-up was given up")
            raise
        except Exception as failure:
            fault = failure
        finally:
            for key, answers in asked.items():
                for answer in answers:
                    if answer.done():
                        continue
                    if fault is None:
                        answer.set_result(found.get(key))
                    else:
                        answer.set_exception(fault)
