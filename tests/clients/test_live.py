"""The live connection of the typed client at a real server."""

import asyncio
import contextlib
from decimal import Decimal

import pytest

import hiroba_client
from handlers.core import audit, communities, operators, orders
from hiroba_client import faults, frames
from tests import serving
from tests.clients import people


async def test_what_happens_is_told(town: people.Town, haru: hiroba_client.Client, riku: people.Person) -> None:
    line = await town.line(haru)
    theirs = await town.line(riku.client)
    group = await haru.community.open_group([riku.id], title="Poker")
    created = await people.next_of(theirs, frames.ThreadChange)
    assert (created.change, created.thread_id) == ("created", group.id)
    assert created.thread is not None
    assert created.thread.title == "Poker"

    posted = await line.post(group.id, "Who is in?")
    assert (posted.thread_id, posted.text) == (group.id, "Who is in?")
    heard = await people.next_of(theirs, frames.Message)
    assert (heard.thread_id, heard.message.id, heard.message.text) == (group.id, posted.id, "Who is in?")
    assert heard.message.created_at == posted.created_at
    assert (await people.next_of(theirs, frames.Unread)).unread_threads == 1

    await theirs.typing(group.id)
    assert (await people.next_of(line, frames.IsTyping)).user_id == riku.id
    assert await theirs.read(group.id, posted.id) == posted.id
    read = await people.next_of(line, frames.HasRead)
    assert (read.user_id, read.message_id) == (riku.id, posted.id)
    assert (await people.next_of(theirs, frames.Unread)).unread_threads == 0

    await haru.community.revise_group(group.id, [])
    left = await people.next_of(theirs, frames.ThreadChange)
    assert (left.change, left.thread_id, left.thread) == ("left", group.id, None)
    await theirs.ping()


async def test_payments_orders_and_notices_are_told(
    town: people.Town, haru: hiroba_client.Client, riku: people.Person, hiroba: serving.Serving
) -> None:
    await people.mint(hiroba, "haru", units=5_000)
    line, theirs = await town.line(haru), await town.line(riku.client)
    await haru.community.pay(riku.id, Decimal("10.50"), "Bread")
    for one, is_debit in ((line, True), (theirs, False)):
        pending, completed = [(await people.next_of(one, frames.TransactionChange)).transaction for _ in range(2)]
        assert (pending.state, pending.completed, completed.state, completed.completed) == (
            "pending", False, "completed", True,
        )  # fmt: skip
        assert (completed.amount, completed.debit) == (Decimal("10.5"), is_debit)
        listed = (await (haru if is_debit else riku.client).community.transactions())[0]
        assert completed == listed
    notice = await people.next_of(theirs, frames.Notification)
    assert (notice.title, notice.body) == ("Kaga city", "Sato Haru\n+10.50 Bread")
    assert notice.data == {"type": "transaction", "transactionId": str(completed.id)}

    thread = await haru.community.open_thread_with(riku.id)
    await line.post(thread.id, "Thank you!")
    notice = await people.next_of(theirs, frames.Notification)
    assert (notice.title, notice.body) == ("Sato Haru", "Sato Haru:\n\nThank you!")
    assert notice.data == {"type": "new_message", "threadId": str(thread.id)}

    order_id = await orders.draft(hiroba.context, await operators.find(hiroba.context, "riku"), units=2_500_000)
    order = (await people.next_of(theirs, frames.OrderChange)).order
    assert (order.id, order.value, order.status) == (order_id, Decimal("2.5"), "DRAFT")
    assert order.time == hiroba.context.clock.now()


async def test_what_is_refused(town: people.Town, haru: hiroba_client.Client) -> None:
    line = await town.line(haru)
    with pytest.raises(faults.Forbidden):
        await line.post(999, "Hello?")
    with pytest.raises(faults.Invalid):
        await line.post(1, "")
    with pytest.raises(faults.Invalid):
        await line.post(1, "x" * 70_000)
    await line.ping()
    assert line.connections == 1


async def test_the_same_client_id_is_one_message(
    town: people.Town, haru: hiroba_client.Client, riku: people.Person
) -> None:
    thread = await haru.community.open_thread_with(riku.id)
    line = await town.line(haru)
    answers = await asyncio.gather(*(line.post(thread.id, "once", client_id="one") for _ in range(5)))
    assert len({answer.id for answer in answers}) == 1
    assert len(await haru.community.messages(thread.id)) == 1


async def test_another_line_goes_on_where_the_first_was_read_to(
    town: people.Town, haru: hiroba_client.Client, riku: people.Person
) -> None:
    thread = await haru.community.open_thread_with(riku.id)
    async with haru.live() as line:
        start = line.cursor
        for number in range(3):
            await line.post(thread.id, f"{number}")
        assert (await people.next_of(line, frames.Message)).message.text == "0"
        cursor = line.cursor
    assert cursor != start
    await riku.client.community.post(thread.id, "3")
    assert await people.texts_until(await town.line(haru, since=cursor), "3") == ["1", "2", "3"]
    assert await people.texts_until(await town.line(haru, since=start), "3") == ["0", "1", "2", "3"]


async def test_a_cursor_that_is_unknown_is_a_resync(
    town: people.Town, haru: hiroba_client.Client, riku: people.Person
) -> None:
    thread = await haru.community.open_thread_with(riku.id)
    line = await town.line(haru, since="somewhere-7")
    assert line.cursor == "somewhere-7"
    await line.post(thread.id, "afterwards")
    first = await anext(line)
    assert isinstance(first, frames.Resync)
    assert first.cursor == line.cursor
    assert await people.texts_until(line, "afterwards") == ["afterwards"]


async def test_the_end_of_the_session_is_the_end_of_the_line(
    town: people.Town, haru: hiroba_client.Client, riku: people.Person
) -> None:
    thread = await haru.community.open_thread_with(riku.id)
    line = await town.line(haru)
    await line.post(thread.id, "before")
    await haru.community.sign_out()
    # What came before it is told first.
    heard = [frame async for frame in _until_fault(line)]
    assert [frame.message.text for frame in heard if isinstance(frame, frames.Message)] == ["before"]
    with pytest.raises(faults.SessionEnded):
        await line.post(thread.id, "after")
    with pytest.raises(faults.SessionEnded):
        await town.line(haru)


async def _until_fault(line: hiroba_client.Line):
    with contextlib.suppress(faults.SessionEnded):
        async for frame in line:
            yield frame


async def test_whoever_is_slow_gets_everything(
    town: people.Town, haru: hiroba_client.Client, riku: people.Person
) -> None:
    """Far more than may wait comes before the reader begins, who also asks something meanwhile."""
    thread = await haru.community.open_thread_with(riku.id)
    line = await town.line(haru, waiting_frames_max=5)
    told = [str(number) for number in range(60)]
    for text in told[:30]:
        await riku.client.community.post(thread.id, text)
    # Its answer comes behind frames that have no room.
    await line.post(thread.id, told[30])
    for text in told[31:]:
        await line.post(thread.id, text)
    assert await people.texts_until(line, told[-1]) == told
    assert line.connections > 1


async def test_a_reader_who_only_listens_is_waited_for(
    town: people.Town, haru: hiroba_client.Client, riku: people.Person
) -> None:
    thread = await haru.community.open_thread_with(riku.id)
    line = await town.line(haru, waiting_frames_max=5)
    told = [str(number) for number in range(60)]
    for text in told:
        await riku.client.community.post(thread.id, text)
    assert await people.texts_until(line, told[-1]) == told
    assert line.connections == 1


async def test_heartbeats_keep_a_silent_line(serve: serving.Serve) -> None:
    hiroba = await serve(live={"heartbeat_seconds": 1})
    kaga = await communities.found(hiroba.context, audit.COMMAND_LINE, "Kaga city")
    async with contextlib.AsyncExitStack() as stack:
        town = people.Town(stack, hiroba.url, kaga)
        line = await town.line((await town.join("haru")).client)
        # Nothing is said for longer than either side would take for death.
        await asyncio.sleep(3.5)
        await line.ping()
        assert line.connections == 1


async def test_closing_it_ends_whoever_reads_and_whoever_waits(town: people.Town, haru: hiroba_client.Client) -> None:
    line = await town.line(haru)
    reading = asyncio.create_task(anext(line))
    await asyncio.sleep(0)
    await line.close()
    with pytest.raises(StopAsyncIteration):
        await reading
    with pytest.raises(faults.Closed):
        await line.ping()
