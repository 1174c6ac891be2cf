"""Messages that follow each other in one thread: whoever is due one of them is due all, and is told in one write."""

from collections.abc import Iterator, Sequence

import structlog

from handlers.live import frames, telling
from storage import events as event_rows

LOG = structlog.get_logger("hiroba.live")
# A write is what a frame costs; but what is written at once is also kept at once for a reader who is slow.
EVENTS_MAX = 32


def split(page: Sequence[event_rows.Followed]) -> Iterator[list[event_rows.Followed]]:
    """The page in its order: messages that follow each other together, everything else by itself."""
    run: list[event_rows.Followed] = []
    for event in page:
        if run and not _goes_on(run, event):
            yield run
            run = []
        run.append(event)
    if run:
        yield run


def _goes_on(run: list[event_rows.Followed], event: event_rows.Followed) -> bool:
    last = run[-1]
    return (
        event.kind == last.kind == "message"
        and event.thread_id == last.thread_id
        and len(run) < EVENTS_MAX
        and event.recipient_ids == last.recipient_ids
    )


class Run:
    """Events whose frames are the same for everybody, with the same recipients."""

    def __init__(self, events: Sequence[event_rows.Followed], epoch: str) -> None:
        self.events: list[event_rows.Followed] = []
        self._frames: list[tuple[bytes, bytes]] = []
        for event in events:
            try:
                wire = noticed = frames.wire(telling.same(event, epoch))
                if event.kind == "message":
                    noticed += frames.wire(telling.notice_of_message(event))
            except Exception:
                # One event that cannot be told must not keep all that follow from everybody.
                LOG.exception("an event could not be told", event_id=event.id, kind=event.kind)
            else:
                self.events.append(event)
                self._frames.append((wire, noticed))
        self._actor_ids = {event.actor_id for event in self.events}
        self._begins = self.events[0].position if self.events else 0
        self._to_others = b"".join(noticed for _, noticed in self._frames)

    def told(self, account_id: int, since: int) -> bytes:
        """What is said to this account, where all up to `since` is known."""
        if since < self._begins and account_id not in self._actor_ids:
            return self._to_others
        return b"".join(
            # Nobody is notified of what they did themselves.
            wire if event.actor_id == account_id else noticed
            for event, (wire, noticed) in zip(self.events, self._frames, strict=True)
            if event.position > since
        )

    def heard(self, account_id: int) -> Sequence[event_rows.Followed]:
        """The events that may make another number of unread threads of the account's: of others' messages the last."""
        return self.events if account_id in self._actor_ids else self.events[-1:]
