"""The outbox: letters live and die with the transaction that they were put in, and keep their secrets to themselves."""

from datetime import timedelta

import pytest

from mail import letters, outbox
from storage import letters as rows
from tests.mail.conftest import LINK


class Undone(Exception):
    pass


async def test_a_letter_of_a_transaction_that_failed_was_never_there(database, write, select):
    async def act() -> None:
        async with database.transaction():
            await write()
            assert await outbox.depth(database) == 1
            raise Undone

    with pytest.raises(Undone):
        await act()
    assert await outbox.depth(database) == 0
    assert select("SELECT * FROM letters") == []


async def test_a_letter_is_seen_once_its_transaction_is_committed(database, write, select):
    async with database.transaction():
        (letter_id,) = await write()
        assert select("SELECT * FROM letters") == []
    letter = await rows.find(database, letter_id)
    assert letter.state == "waiting"
    assert letter.recipient == "haruto@hiroba.example"
    assert letter.attempts == 0
    assert await outbox.depth(database) == 1


async def test_links_lie_sealed(write, select):
    await write()
    ((row,),) = select("SELECT to_jsonb(letters)::text FROM letters")
    ((secrets,),) = select("SELECT secrets FROM letters")
    token = LINK.rpartition("/")[2]
    assert token not in row
    assert token.encode() not in bytes(secrets)
    assert "confirm/" not in row


async def test_a_letter_comes_out_as_it_went_in(database, keys, clock):
    letter = letters.Letter(
        kind="confirmation",
        recipient=letters.Recipient("花子@例え.jp", "山田 花子"),
        fields={"lasts": "1 hour", "number": 7},
        secrets={"link": LINK},
        attachments=(
            letters.Attachment("invoice.pdf", "application/pdf", bytes(range(256)) * 1000),
            letters.Attachment("b.txt", "text/plain", b""),
        ),
    )
    await outbox.put(database, keys, letter, clock.now())
    (claimed,) = await rows.claim(database, letters_max=5, now=clock.now(), until=clock.now() + timedelta(seconds=5))
    assert await outbox.take_out(database, keys, claimed) == letter


async def test_a_letter_without_secrets_has_none(database, keys, clock):
    letter = letters.Letter(kind="confirmation", recipient=letters.Recipient("haruto@hiroba.example"))
    letter_id = await outbox.put(database, keys, letter, clock.now())
    assert not (await rows.find(database, letter_id)).has_secrets


async def test_an_address_that_no_letter_can_go_to_is_refused(database, keys, clock):
    letter = letters.Letter(kind="confirmation", recipient=letters.Recipient("x@y\r\nBcc: z@y"))
    with pytest.raises(ValueError):
        await outbox.put(database, keys, letter, clock.now())


async def test_every_letter_has_a_message_id_of_its_own(write, select):
    await write(count=3)
    assert len(set(select("SELECT message_id FROM letters"))) == 3


async def test_who_leaves_is_forgotten(database, write, select):
    await write("haruto@hiroba.example", count=2)
    await write("riku@hiroba.example")
    assert await outbox.forget(database, "Haruto@Hiroba.example") == 2
    assert select("SELECT recipient FROM letters") == [("riku@hiroba.example",)]
