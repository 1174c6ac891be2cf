"""Every example of the Messaging API of `apis/commons-os.md`, named after its heading, and what the contract adds."""

import re
from typing import Any

import pytest

from handlers.core import accounts, audit
from tests import clocks
from tests.surfaces.community.test_rules import key
from tests.surfaces.towns import Phone, Town

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HARUTO = {"firstName": "Haruto", "lastName": "Sato", "description": "I am an Engineer", "location": "Tokyo"}
HARU = {"firstName": "Haru", "lastName": "Takahashi", "description": "Lets play poker", "location": "Kaga"}
RIKU = {
    "firstName": "Riku",
    "lastName": "Suzuki",
    "description": "I need personal assistance daily basis.",
    "location": "Kaga",
}
CLEANING = {
    "type": "GIVE",
    "title": "House cleaning",
    "description": "Vacuum cleaning",
    "amount": 1299.01,
    "location": "Kaga city",
}


def short(phone: Phone, profile: dict[str, str]) -> dict[str, Any]:
    return {
        "id": phone.account_id,
        "fullName": f"{profile['lastName']} {profile['firstName']}",
        "description": profile["description"],
        "location": profile["location"],
    }


COORDINATOR = {
    "firstName": "Coordinator",
    "lastName": "Community",
    "description": "Contact me if you have problem to solve.",
    "location": "Kaga, Ishikawa Prefecture, Japan",
}


def without_moments(body: dict[str, Any]) -> dict[str, Any]:
    """The body without its times, which are checked on the way."""
    assert MOMENT.fullmatch(body["createdAt"])
    return {name: value for name, value in body.items() if name != "createdAt"}


async def test_post_message_threads_for_ad_adid(town: Town) -> None:
    coordinator = await town.coordinator()
    haruto = await town.join("haruto", **HARUTO)
    ad = (await haruto.post("/ads", CLEANING)).body
    answer = await coordinator.post(f"/message-threads/for-ad/{ad['id']}")
    assert answer.status == 200
    thread_id = answer.body["id"]
    assert without_moments(answer.body) == {
        "id": thread_id,
        "ad": {
            "id": ad["id"],
            "createdBy": short(haruto, HARUTO),
            "title": "House cleaning",
            "description": "Vacuum cleaning",
            "points": 1299.01,
            "location": "Kaga city",
            "own": False,
            "payable": True,
            "createdAt": ad["createdAt"],
            "type": "GIVE",
        },
        "title": "House cleaning",
        "parties": [short(haruto, HARUTO)],
        "creator": short(coordinator, COORDINATOR),
        "counterParty": short(haruto, HARUTO),
        "unread": False,
        "group": False,
    }
    # It retrieves the thread that there is, now with its last message.
    said = (await haruto.post(f"/message-threads/{thread_id}/messages", {"text": "Dummy text"})).body
    again = (await coordinator.post(f"/message-threads/for-ad/{ad['id']}")).body
    assert (again["id"], again["lastMessage"], again["unread"]) == (thread_id, said, True)


async def test_post_message_threads_group(town: Town) -> None:
    coordinator = await town.coordinator()
    haru = await town.join("haru", **HARU)
    riku = await town.join("riku", **RIKU)
    answer = await coordinator.post(
        "/message-threads/group",
        {"memberIds": [haru.account_id, riku.account_id], "title": "Message thread title"},
    )
    assert answer.status == 200
    assert without_moments(answer.body) == {
        "id": answer.body["id"],
        "title": "Message thread title",
        "parties": [short(haru, HARU), short(riku, RIKU)],
        "creator": short(coordinator, COORDINATOR),
        "counterParty": short(haru, HARU),
        "unread": False,
        "group": True,
    }


async def test_post_message_threads_id_group(town: Town) -> None:
    coordinator = await town.coordinator()
    haru = await town.join("haru", **HARU)
    riku = await town.join("riku", **RIKU)
    thread = (await coordinator.post("/message-threads/group", {"memberIds": [haru.account_id], "title": "Old"})).body
    answer = await coordinator.post(
        f"/message-threads/{thread['id']}/group", {"memberIds": [riku.account_id], "title": "New thread title"}
    )
    assert answer.status == 200
    assert answer.body == {
        **thread,
        "title": "New thread title",
        "parties": [short(riku, RIKU)],
        "counterParty": short(riku, RIKU),
    }
    assert key(await haru.get(f"/message-threads/{thread['id']}")) == (403, "error.forbidden")
    assert key(await haru.get(f"/message-threads/{thread['id']}/messages")) == (403, "error.forbidden")


async def test_get_message_threads_unread_count(town: Town, john: Phone) -> None:
    haru = await town.join("haru", **HARU)
    assert (await john.get("/message-threads/unread-count")).body == {"count": 0}
    threads = [
        (await haru.post("/message-threads/group", {"memberIds": [john.account_id], "title": ""})).body["id"]
        for _ in range(3)
    ]
    for thread_id in threads:
        await haru.post(f"/message-threads/{thread_id}/messages", {"text": "Hi!"})
    answer = await john.get("/message-threads/unread-count")
    assert (answer.status, answer.body) == (200, {"count": 3})
    await john.get(f"/message-threads/{threads[0]}/messages")
    assert (await john.get("/message-threads/unread-count")).body == {"count": 2}
    assert (await haru.get("/message-threads/unread-count")).body == {"count": 0}


async def test_get_message_threads_id(town: Town, john: Phone) -> None:
    haru = await town.join("haru", **HARU)
    thread = (await haru.post("/message-threads/group", {"memberIds": [john.account_id], "title": "Two"})).body
    answer = await john.get(f"/message-threads/{thread['id']}")
    assert answer.status == 200
    assert answer.body == {**thread, "counterParty": short(haru, HARU)}


async def test_get_message_threads(town: Town, john: Phone, clock: clocks.MovableClock) -> None:
    haru = await town.join("haru", **HARU)
    first, second, third = [
        (await haru.post("/message-threads/group", {"memberIds": [john.account_id], "title": title})).body["id"]
        for title in ("1", "2", "3")
    ]
    await john.post(f"/message-threads/user/{haru.account_id}")
    clock.advance(seconds=1)
    await john.post(f"/message-threads/{first}/messages", {"text": "Hello"})
    answer = await john.get("/message-threads")
    assert answer.status == 200
    # Newest first by last message, else creation; the private thread in which nobody said anything is hidden.
    assert [thread["id"] for thread in answer.body] == [first, third, second]
    assert answer.body[0] == (await john.get(f"/message-threads/{first}")).body
    for word in ("before", "after"):
        page = await john.get(f"/message-threads?limit=1&{word}={first}")
        assert [thread["id"] for thread in page.body] == [third]


async def test_post_message_threads_id_messages(town: Town, john: Phone) -> None:
    haru = await town.join("haru", **HARU)
    thread_id = (await john.post(f"/message-threads/user/{haru.account_id}")).body["id"]
    answer = await john.post(
        f"/message-threads/{thread_id}/messages", {"threadId": str(thread_id), "text": "message contents"}
    )
    assert answer.status == 200
    assert without_moments(answer.body) == {
        "id": answer.body["id"],
        "createdBy": john.account_id,
        "text": "message contents",
    }


async def test_get_message_threads_id_messages(town: Town, john: Phone) -> None:
    haru = await town.join("haru", **HARU)
    thread_id = (await john.post(f"/message-threads/user/{haru.account_id}")).body["id"]
    said = [
        (await john.post(f"/message-threads/{thread_id}/messages", {"text": "Hello"})).body,
        (await haru.post(f"/message-threads/{thread_id}/messages", {"text": "Hi!"})).body,
    ]
    answer = await haru.get(f"/message-threads/{thread_id}/messages")
    assert (answer.status, answer.body) == (200, said)
    assert [message["text"] for message in answer.body] == ["Hello", "Hi!"]


async def test_history_is_paged_oldest_first_and_before_reads_nothing(town: Town, john: Phone) -> None:
    haru = await town.join("haru", **HARU)
    path = f"/message-threads/{(await john.post(f'/message-threads/user/{haru.account_id}')).body['id']}"
    ids = [(await john.post(f"{path}/messages", {"text": str(number)})).body["id"] for number in range(5)]

    async def page(query: str) -> list[int]:
        return [message["id"] for message in (await haru.get(f"{path}/messages?{query}")).body]

    assert await page(f"before={ids[4]}&limit=2") == ids[2:4]
    assert (await haru.get(path)).body["unread"] is True
    assert await page("limit=2") == ids[3:]
    assert (await haru.get(path)).body["unread"] is False
    assert await page(f"after={ids[1]}&limit=2") == ids[2:4]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/message-threads/group", {"memberIds": [], "title": "Alone"}, 400),
        ("/message-threads/group", {"memberIds": ["own"], "title": "Alone"}, 400),
        ("/message-threads/group", {"memberIds": [999999], "title": "Unknown"}, 403),
        ("/message-threads/group", {"memberIds": ["yuina"], "title": "Elsewhere"}, 403),
        ("/message-threads/group", {"memberIds": "haru", "title": "x"}, 400),
        ("/message-threads/group", {"memberIds": ["haru"], "title": "x" * 501}, 400),
        ("/message-threads/user/{own}", None, 400),
        ("/message-threads/user/{yuina}", None, 403),
        ("/message-threads/user/999999", None, 403),
        ("/message-threads/for-ad/999999", None, 403),
        ("/message-threads/for-ad/{ad}", None, 400),
        ("/message-threads/{thread}/messages", {"text": ""}, 400),
        ("/message-threads/{thread}/messages", {"text": "x" * 10_001}, 400),
        ("/message-threads/{thread}/messages", {"text": "x", "threadId": "999"}, 400),
        ("/message-threads/{thread}/messages", {}, 400),
        ("/message-threads/999999/messages", {"text": "x"}, 403),
        ("/message-threads/{thread}/group", {"memberIds": ["haru"], "title": "x"}, 400),
        ("/message-threads/999999/group", {"memberIds": ["haru"], "title": "x"}, 403),
    ],
)
async def test_what_is_refused(town: Town, john: Phone, path: str, body: dict | None, status: int) -> None:
    haru = await town.join("haru", **HARU)
    yuina = await town.join("yuina", community_id=town.shibuya)
    ad = (await john.post("/ads", CLEANING)).body["id"]
    thread = (await john.post(f"/message-threads/user/{haru.account_id}")).body["id"]
    ids = {"own": john.account_id, "haru": haru.account_id, "yuina": yuina.account_id, "ad": ad, "thread": thread}
    if body is not None and isinstance(body.get("memberIds"), list):
        body = {**body, "memberIds": [ids.get(one, one) for one in body["memberIds"]]}
    answer = await john.post(path.format(**ids), body)
    assert key(answer)[0] == status
    assert (await john.get("/message-threads")).body == []


async def test_a_stranger_gets_the_answer_of_what_does_not_exist(town: Town, john: Phone) -> None:
    haru = await town.join("haru", **HARU)
    riku = await town.join("riku", **RIKU)
    thread = (await john.post("/message-threads/group", {"memberIds": [haru.account_id], "title": "Two"})).body["id"]
    for method, tail, body in (
        ("GET", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"text": "x"}),
        ("POST", "/group", {"memberIds": [riku.account_id], "title": "x"}),
    ):
        there = await riku.ask(method, f"/message-threads/{thread}{tail}", body)
        nowhere = await riku.ask(method, f"/message-threads/999999{tail}", body)
        assert (there.status, there.raw) == (nowhere.status, nowhere.raw) == (403, there.raw)


async def test_a_deleted_member_stays_in_its_threads_under_the_pseudonym(town: Town, john: Phone) -> None:
    haru = await town.join("haru", **HARU)
    path = f"/message-threads/{(await haru.post(f'/message-threads/user/{john.account_id}')).body['id']}"
    said = (await haru.post(f"{path}/messages", {"text": "Goodbye"})).body
    await accounts.delete(town.hiroba.context, audit.COMMAND_LINE, haru.account_id)
    thread = (await john.get(path)).body
    assert thread["counterParty"] == {"id": haru.account_id, "fullName": "Deleted member"}
    assert thread["lastMessage"] == said
    assert (await john.get(f"{path}/messages")).body == [said]
