"""Events made into frames. What is the same for all who are due it is made once, what differs between them for each."""

from collections.abc import Callable, Iterable, Mapping

from handlers.community import outputs
from handlers.core import context as context_
from handlers.core import events, threads
from handlers.live import frames
from storage import events as event_rows
from storage import threads as thread_rows


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


def same(event: event_rows.Event, epoch: str) -> bytes:
    """The frame of an event that everybody is told alike, ready to be sent."""
    return frames.wire(SAME[event.kind](event, str(events.Cursor(epoch, event.position))))


def shown(event: event_rows.Event, epoch: str, views: Iterable[outputs.Thread]) -> list[bytes]:
    """The frames of an event that shows a thread, one for each view of it."""
    cursor = str(events.Cursor(epoch, event.position))
    return [
        frames.wire(frames.Thread(change=event.kind, thread=frames.raw(view), cursor=cursor))  # type: ignore[arg-type]
        for view in views
    ]


def views(shared: Mapping[int, thread_rows.Thread]) -> dict[int, outputs.Thread]:
    """One thread as each of these viewers sees it, by their ids. Its people are written out once."""
    found: dict[int, outputs.Thread] = {}
    like: outputs.Thread | None = None
    for viewer_id, thread in shared.items():
        like = found[viewer_id] = outputs.thread(thread, viewer_id, like=like)
    return found


async def missed(
    context: context_.Context, account_id: int, page: list[event_rows.Event], epoch: str
) -> list[bytes]:
    """The frames of what an account missed, in order. Of a thread that it left since, only that is told."""
    wanted = {event.thread_id for event in page if event.kind in SHOWN and event.thread_id is not None}
    found = await threads.find_many(context, account_id, sorted(wanted)) if wanted else {}
    wires: list[bytes] = []
    for event in page:
        if event.kind in SAME:
            wires.append(same(event, epoch))
        elif event.kind in SHOWN and event.thread_id in found:
            wires += shown(event, epoch, [outputs.thread(found[event.thread_id], account_id)])
    return wires
