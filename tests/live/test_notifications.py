"""What a phone would be pushed is told to the sockets that are open: once, to the others, and never again."""

from handlers.core import accounts, messages, notices, threads
from tests import people
from tests.live.conftest import Live


async def test_a_message_is_noticed_by_the_others_and_not_by_who_said_it(live: Live, town: people.Town):
    creator, haru, riku = await town.members(3)
    group = await town.group(creator, [haru, riku])
    own = [await live.greeted(creator), await live.greeted(creator)]
    phones = [await live.greeted(one) for one in (haru, haru, riku)]
    await messages.post(live.core, creator, group.id, "Who is in?\nTonight.")
    for phone in phones:
        message, notification, unread = [await phone.hear_any() for _ in range(3)]
        assert message["type"] == "message"
        assert unread == {"type": "unread", "unreadThreads": 1}
        assert notification == {
            "type": "notification",
            "title": "Poker",
            "body": f"Sato {creator.first_name}:\n\nWho is in?\nTonight.",
            "data": {"type": "new_message", "threadId": str(group.id)},
        }
    for phone in own:
        await phone.hear_of("message")
    for phone in (*own, *phones):
        await phone.hear_nothing_else()
        assert phone.noticed == []


async def test_a_thread_without_a_title_is_called_after_who_says_something(live: Live, town: people.Town):
    one = await town.member("haruto")
    # Nobody's names: then the username.
    other = await accounts.register(
        live.core,
        people.audit.COMMAND_LINE,
        accounts.Newcomer(username="anne", email=None, password=people.PASSWORD, community_id=town.kaga),
    )
    pair = await threads.open_with(live.core, one, other.id)
    nameless = await town.group(one, [other], title="")
    about = await threads.open_for_ad(live.core, other, (await town.ad(one)).id)
    phones = [await live.greeted(who) for who in (one, other)]
    for thread, titles in (
        (pair, ("Sato Haruto", "anne")),
        (nameless, ("Sato Haruto", "anne")),
        (about, ("House cleaning", "House cleaning")),
    ):
        for author, listening, title in ((one, phones[1], titles[0]), (other, phones[0], titles[1])):
            listening.noticed.clear()
            await messages.post(live.core, author, thread.id, "Hello")
            await live.settled()
            await listening.hear_until_quiet()
            assert [notice["title"] for notice in listening.noticed] == [title]


async def test_what_was_missed_is_not_noticed_again(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(other)
    await phone.hang_up()
    for text in "abc":
        await messages.post(live.core, one, thread.id, text)
    await live.settled()
    again = await live.connect(other, since=phone.cursor)
    await again.hear_of("hello", "message", "message", "message", "unread")
    assert again.noticed == []
    await messages.post(live.core, one, thread.id, "now")
    await again.hear_of("message")
    await again.hear_nothing_else()
    assert [notice["body"].partition("\n\n")[2] for notice in again.noticed] == ["now"]


async def test_a_message_that_is_posted_twice_is_noticed_once(live: Live, town: people.Town):
    one, other = await town.members(2)
    thread = await threads.open_with(live.core, one, other.id)
    phone = await live.greeted(other)
    for _ in range(3):
        await messages.post(live.core, one, thread.id, "Hello", client_id="a")
    await live.settled()
    await phone.hear_until_quiet()
    assert len(phone.noticed) == 1


def test_a_payment_is_shown_with_both_decimals():
    class Haruto:
        username, email, first_name, last_name, deleted_at = "haruto", None, "Haruto", "Sato", None

    for units, amount in ((1, "0.01"), (10, "0.10"), (200_000, "2000.00"), (129_901, "1299.01")):
        notice = notices.of_payment(
            Haruto(), units=units, description="House cleaning", transaction_id=7, community_name="Kaga city"
        )
        assert notice == notices.Notice(
            title="Kaga city",
            body=f"Sato Haruto\n+{amount} House cleaning",
            data={"type": "transaction", "transactionId": "7"},
        )
