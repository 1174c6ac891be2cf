"""In how many threads an account has something unread, kept for as long as it is connected.

Counting it anew at each message would ask the database for all threads of all listeners. Events tell it as well: a
message of somebody else makes its thread unread, a read mark as far as that ends it. The threads are loaded once,
beside events that come in meanwhile; told again over what was loaded, they lead to the same.
"""

import functools
from collections.abc import Callable

from storage import events as event_rows
from storage import threads as thread_rows


class Unread:
    """The unread threads of one account, and the number that it was told last."""

    __slots__ = ("_is_news", "_loaded_id", "_missed", "_newest", "_told", "account_id")

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        # By thread, the newest message of others. None: not loaded yet.
        self._newest: dict[int, int] | None = None
        self._missed: list[Callable[[], None]] = []
        self._loaded_id = 0
        self._told = 0
        self._is_news = False

    @property
    def is_loaded(self) -> bool:
        """Whether the number is known. Until then nothing is told."""
        return self._newest is not None

    def load(self, unread: thread_rows.Unread) -> None:
        """Begins with this, and with what was heard while it was fetched."""
        self._newest = dict(unread.newest)
        self._loaded_id = unread.event_id
        self._told = len(self._newest)
        missed, self._missed = self._missed, []
        for hear_again in missed:
            hear_again()

    def hear(self, event: event_rows.Event) -> None:
        """Follows an event that the account is due."""
        if self._newest is None:
            self._missed.append(functools.partial(self.hear, event))
            return
        thread_id, message_id = event.thread_id or 0, event.message_id or 0
        if event.kind == "message" and event.actor_id != self.account_id:
            self._newest[thread_id] = max(message_id, self._newest.get(thread_id, 0))
        elif event.kind == "read" and event.actor_id == self.account_id:
            if self._newest.get(thread_id, message_id + 1) <= message_id:
                del self._newest[thread_id]
        elif event.kind == "left":
            self._newest.pop(thread_id, None)
        else:
            return
        # What was loaded knew of it already; whoever was greeted before did not.
        self._is_news = self._is_news or event.id <= self._loaded_id

    def come(self, thread_id: int, unread_message_id: int | None) -> None:
        """The account came to a thread, where this was said before."""
        if self._newest is None:
            self._missed.append(functools.partial(self.come, thread_id, unread_message_id))
        elif unread_message_id is not None:
            self._newest[thread_id] = max(unread_message_id, self._newest.get(thread_id, 0))

    def be_news(self) -> None:
        """The account was away, and what it was told last is not known."""
        self._is_news = True

    def news(self) -> int | None:
        """The number, if it is or may be another than was told; then it counts as told."""
        if self._newest is None or (len(self._newest) == self._told and not self._is_news):
            return None
        self._told, self._is_news = len(self._newest), False
        return self._told
