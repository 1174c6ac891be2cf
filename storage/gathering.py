"""Look-ups of one kind that are asked for at about the same time, answered by one query. Nothing is kept."""

import asyncio
import contextvars
import itertools
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from storage import faults, transactions

KEYS_MAX = 200
# So many queries are under way at most: whoever asks meanwhile shares the next one. It begins after they asked.
FETCHES_MAX = 2

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Gathered(Generic[K, V]):
    """Finds values by their keys: `fetch` is given different keys and answers those that it knows.

    Not inside a transaction: a look-up there belongs to it, and this one belongs to everybody who asks (RuntimeError).
    """

    def __init__(
        self,
        fetch: Callable[[list[K]], Awaitable[dict[K, V]]],
        *,
        keys_max: int = KEYS_MAX,
        fetches_max: int = FETCHES_MAX,
    ) -> None:
        """At most `keys_max` keys go into one fetch, and so many fetches are under way at once."""
        self._fetch = fetch
        self._keys_max = keys_max
        self._fetches_max = fetches_max
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
        while self._asked and len(self._fetching) < self._fetches_max:
            keys = list(itertools.islice(self._asked, self._keys_max))
            task = asyncio.create_task(self._answer({key: self._asked.pop(key) for key in keys}))
            self._fetching.add(task)
            task.add_done_callback(self._fetched)

    def _fetched(self, task: asyncio.Task[None]) -> None:
        self._fetching.discard(task)
        self._send()

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
