"""Events made into frames. What is the same for all who are due it is made once, what differs between them for each."""

import contextlib
from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog

from handlers.community import outputs
from handlers.core import context as context_
from handlers.core import events, ledger, notices, payments, threads
from handlers.live import frames
from handlers.rest import amounts, writing
from storage import events as event_rows
from storage import payments as payment_rows
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


def _order(event: event_rows.Event, cursor: str) -> frames.ToClient:
    order = event_rows.order(event.subject)
    shown = frames.BuyOrder(
        id=order.order_id,
        value=amounts.number(order.units, decimals=ledger.ALLOWANCE_DECIMALS),
        time=writing.moment(order.created_at),
        status=order.state,
    )
    return frames.Order(order=shown, cursor=cursor)


# Events whose frame is the same for everybody.
SAME: Mapping[str, Callable[[event_rows.Event, str], frames.ToClient]] = {
    "message": _message,
    "read": _read,
    "left": _left,
    "order": _order,
}
# Events whose frame shows the thread as each viewer sees it at the moment of delivery.
SHOWN = frozenset(("created", "changed", "joined"))
# Events of a payment, which looks different to each of its two.
PAID = frozenset(("transaction",))


class Paid:
    """The payments that events are about, looked up together when the first of them is to be told."""

    def __init__(self, context: context_.Context, page: Sequence[event_rows.Event]) -> None:
        self._context = context
        self._page = page
        self._found: dict[int, payment_rows.Transaction] | None = None

    async def load(self) -> None:
        """Looks them up, once. Refuses: Unavailable."""
        if self._found is None:
            wanted: set[int] = set()
            for event in self._page:
                # What cannot be read fails when it is told, alone.
                with contextlib.suppress(msgspec.DecodeError):
                    if event.kind in PAID:
                        wanted.add(event_rows.payment(event.subject).posting_id)
            self._found = await payments.find_many(self._context, sorted(wanted)) if wanted else {}

    def of(self, event: event_rows.Event) -> payment_rows.Transaction:
        """The event's payment, in the state that it came to then. Refuses (KeyError): there is none."""
        assert self._found is not None
        payment = event_rows.payment(event.subject)
        return msgspec.structs.replace(self._found[payment.posting_id], state=payment.state)


def same(event: event_rows.Event, epoch: str) -> frames.ToClient:
    """The frame of an event that everybody is told alike."""
    return SAME[event.kind](event, str(events.Cursor(epoch, event.position)))


def shown(event: event_rows.Event, epoch: str, view: outputs.Thread) -> frames.ToClient:
    """The frame of an event that shows a thread, to one viewer of it."""
    cursor = str(events.Cursor(epoch, event.position))
    return frames.Thread(change=event.kind, thread=frames.raw(view), cursor=cursor)  # type: ignore[arg-type]


def notice_of_message(event: event_rows.Followed) -> frames.Notification:
    """What a phone is pushed of an event of kind 'message', but for its author's."""
    assert event.author is not None
    assert event.thread_id is not None
    return _notification(
        notices.of_message(event.author, event.message.text, thread_id=event.thread_id, thread_title=event.thread_title)
    )


def paid(
    event: event_rows.Event, epoch: str, transaction: payment_rows.Transaction, viewer_id: int
) -> frames.Transaction:
    """The frame of an event of a payment, to one of its two."""
    return frames.Transaction(
        transaction=outputs.transaction(transaction, viewer_id), cursor=str(events.Cursor(epoch, event.position))
    )


def notice_of_payment(transaction: payment_rows.Transaction, viewer_id: int) -> frames.Notification | None:
    """What a phone is pushed of what a payment came to: of a completed one, its beneficiary's."""
    if transaction.state != "completed" or viewer_id != transaction.beneficiary.id:
        return None
    return _notification(
        notices.of_payment(
            transaction.remitter,
            units=transaction.units,
            description=transaction.description,
            transaction_id=transaction.id,
            community_name=transaction.community_name,
        )
    )


def _notification(notice: notices.Notice) -> frames.Notification:
    return frames.Notification(title=notice.title, body=notice.body, data=notice.data)


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
    payments_of = Paid(context, page)
    await payments_of.load()
    told: list[frames.ToClient] = []
    for event in page:
        try:
            if event.kind in SAME:
                told.append(same(event, epoch))
            elif event.kind in SHOWN and event.thread_id in found:
                told.append(shown(event, epoch, outputs.thread(found[event.thread_id], account_id)))
            elif event.kind in PAID:
                told.append(paid(event, epoch, payments_of.of(event), account_id))
        except Exception:
            # As at its first delivery: one that cannot be told must not keep its recipients from what follows.
            LOG.exception("an event could not be told", event_id=event.id, kind=event.kind)
    return told
