"""The frames: what is understood, what is written, and how long each says that it is. Contract, 8."""

import struct
from decimal import Decimal

import msgspec
import pytest

from handlers.live import frames, words


def test_every_frame_of_a_client_is_understood():
    for frame in (
        frames.Post(ref="a", thread_id=1, text="Hello", client_id="b"),
        frames.Read(ref=7, thread_id=1, message_id=2),
        frames.Typing(thread_id=1),
        frames.Ping(),
    ):
        assert frames.decode(msgspec.json.encode(frame)) == frame


def test_every_frame_of_the_server_reads_as_it_was_written():
    decoder = msgspec.json.Decoder(frames.ToClient)
    shown = {"id": 1, "createdAt": "x", "createdBy": 2, "text": "Hello"}
    for frame in (
        frames.Hello(user=frames.Self(id=1, full_name="Sato Haruto"), cursor="c", heartbeat_seconds=25, resumed=False),
        frames.Message(thread_id=1, message=msgspec.convert(shown, frames.outputs.Message), cursor="c"),
        frames.Thread(change="left", thread=frames.raw(frames.ThreadLeft(id=1)), cursor="c"),
        frames.HasRead(thread_id=1, user_id=2, message_id=3, cursor="c"),
        frames.IsTyping(thread_id=1, user_id=2),
        frames.Order(
            order=frames.BuyOrder(id=1, value=Decimal("2.5"), time="x", status="DRAFT"),
            cursor="c",
        ),
        frames.Unread(unread_threads=0),
        frames.Notification(title="Poker", body="Sato Haruto:\n\nHello", data={"type": "new_message", "threadId": "7"}),
        frames.Ack(ref="a", result=frames.raw(frames.ReadUpTo(message_id=3))),
        frames.Ack(result=frames.raw(frames.ReadUpTo(message_id=3))),
        frames.Error(ref="a", code="malformed", message="x"),
        frames.Resync(),
        frames.Pong(),
    ):
        wire = frames.wire(frame)
        assert decoder.decode(wire[2:]) == frame
        assert b"null" not in wire
    assert set(words.TABLE.values()) == set(words.CODES)


@pytest.mark.parametrize("size", [100, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537, 200_000])
def test_a_frame_of_any_size_says_its_size(size: int):
    empty = len(frames.wire(frames.Error(code="x", message=""))) - 2
    wire = frames.wire(frames.Error(code="x", message="y" * (size - empty)))
    # Final, text, not masked; the shortest way to write the size. RFC 6455, 5.2.
    assert wire[0] == 0x81
    if size < 126:
        said, payload = wire[1], wire[2:]
    elif size < 65_536:
        assert wire[1] == 126
        (said,), payload = struct.unpack("!H", wire[2:4]), wire[4:]
    else:
        assert wire[1] == 127
        (said,), payload = struct.unpack("!Q", wire[2:10]), wire[10:]
    assert said == len(payload) == size
    assert msgspec.json.decode(payload)["type"] == "error"
