"""Events made into frames. What is the same for all who are due it is made once, what differs between them for each."""

from collections.abc import Callable, Mapping

import structlog

from handlers.community import outputs
from handlers.core import context as context_
from handlers.core import events, threads
from handlers.live import frames
from storage import events as event_rows
from storage import threads as thread_rows

LOG = structlog.get_logger("hiroba.live")


def _message(event: event_rows.Event, cursor: str) -> frames.ToClient:
    return frames.Message(thread_id=event.thread_id or 0, message=outputs.message(event.message), cursor=cursor)


def _read(event: event_rows.Event, cursor: str) -> frames.ToClient:
    return frames.HasRead(
        thread_id=event.thread_id or 0, user_id=event.actor_id or 0, message_id=event.message_id or 0, cursor=cursor
    )


def _left(event: event_rows.Event, cursor: str) -> frames.ToClient:
    return frames.Thread(change="left", thread=frames.raw(frames.ThreadLeft(id=event.thread_id or 0)), cursor=cursor)


# Events whose frame is the same for everybody.
SAME: Mapping[str, Callable[[event_rows.Event, str], frames.ToClient]] = {
    "message": _message,
    "read": _read,
    "left": _left,
}
# Events whose frame shows the thread as each viewer sees it at the moment of delivery.
SHOWN = frozenset(("created", "changed", "joined"))


def same(event: event_rows.Event, epoch: str) -> frames.ToClient:
    """The frame of an event that everybody is told alike."""
    return SAME[event.kind](event, str(events.Cursor(epoch, event.position)))


def shown(event: event_rows.Event, epoch: str, view: outputs.Thread) -> frames.ToClient:
    """The frame of an event that shows a thread, to one viewer of it."""
    cursor = str(events.Cursor(epoch, event.position))
    return frames.Thread(change=event.kind, thread=frames.raw(view), cursor=cursor)  # type: ignore[arg-type]


def views(shared: Mapping[int, thread_rows.Thread]) -> dict[int, outputs.Thread]:
    """One thread as each of these viewers sees it, by their ids. Its people are written out once."""
    found: dict[int, outputs.Thread] = {}
    like: outputs.Thread | None = None
    for viewer_id, thread in shared.items():
        like = found[viewer_id] = outputs.thread(thread, viewer_id, like=like)
    return found


async def missed(
    context: context_.Context, account_id: int, page: list[event_rows.Event], epoch: str
) -> list[frames.ToClient]:
    """The frames of what an account missed, in order. Of a thread that it left since, only that is told."""
    wanted = {event.thread_id for event in page if event.kind in SHOWN and event.thread_id is not None}
    found = await threads.find_many(context, account_id, sorted(wanted)) if wanted else {}
    told: list[frames.ToClient] = []
    for event in page:
        try:
            if event.kind in SAME:
                told.append(same(event, epoch))
            elif event.kind in SHOWN and event.thread_id in found:
                told.append(shown(event, epoch, outputs.thread(found[event.thread_id], account_id)))
        except Exception:
            # As at its first delivery: one that cannot be told must not keep its recipients from what follows.
            LOG.exception("an event could not be told", event_id=event.id, kind=event.kind)
    return told
