"""In how many threads an account has something unread, kept for as long as it is connected.

Counting it anew at each message would ask the database for all threads of all listeners. Events tell it as well: a
message of somebody else makes its thread unread, a read mark as far as that ends it. The threads are loaded once,
beside events that come in meanwhile; told again over what was loaded, they lead to the same.
"""

import functools
from collections.abc import Callable

from storage import events as event_rows


class Unread:
    """The unread threads of one account, and the number that it was told last."""

    __slots__ = ("_is_news", "_missed", "_newest", "_told", "account_id")

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        # By thread, the newest message of others. None: not loaded yet.
        self._newest: dict[int, int] | None = None
        self._missed: list[Callable[[], object]] = []
        self._told = 0
        self._is_news = False

    @property
    def is_loaded(self) -> bool:
        """Whether the number is known. Until then nothing is told."""
        return self._newest is not None

    def load(self, newest: dict[int, int]) -> None:
        """Begins with this, and with what was heard while it was fetched. Who connects now can ask for the number."""
        self._newest = dict(newest)
        missed, self._missed = self._missed, []
        for hear_again in missed:
            hear_again()
        self._told = len(self._newest)

    def hear(self, event: event_rows.Event) -> bool:
        """Follows an event that the account is due; answers whether the number may be another."""
        newest = self._newest
        if newest is None:
            self._missed.append(functools.partial(self.hear, event))
            return False
        kind, thread_id, message_id = event.kind, event.thread_id, event.message_id
        if thread_id is None:
            return False
        if kind == "left":
            return newest.pop(thread_id, None) is not None
        if message_id is None or (event.actor_id == self.account_id) is not (kind == "read"):
            # Own messages make nothing unread, and what others read is theirs.
            return False
        known_id = newest.get(thread_id)
        if kind == "message":
            if known_id is None or known_id < message_id:
                newest[thread_id] = message_id
            return known_id is None
        if known_id is not None and known_id <= message_id:
            del newest[thread_id]
            return True
        return False

    def come(self, thread_id: int, unread_message_id: int | None) -> None:
        """The account came to a thread, where this was said before."""
        if self._newest is None:
            self._missed.append(functools.partial(self.come, thread_id, unread_message_id))
        elif unread_message_id is not None:
            self._newest[thread_id] = max(unread_message_id, self._newest.get(thread_id, 0))

    def be_news(self) -> None:
        """Somebody of the account was away, and what they were told last is not known."""
        self._is_news = True

    def news(self) -> int | None:
        """The number, if it is or may be another than was told; then it counts as told."""
        if self._newest is None or (len(self._newest) == self._told and not self._is_news):
            return None
        self._told, self._is_news = len(self._newest), False
        return self._told
