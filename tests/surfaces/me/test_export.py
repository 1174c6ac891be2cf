"""`GET /me/export`: all that is kept about somebody, and no secret."""

import contextlib

import psycopg2
import pytest

from handlers.core import archive, audit, codes, items, ledger, operators, orders
from handlers.pages import surface as pages
from handlers.pages.me import archive as archive_page
from tests import serving
from tests.surfaces.towns import Phone, Town

# Every table that refers to accounts: what of it is in the archive, or why nothing is.
TABLES = {
    "ads": "ads",
    "audit": "audit",
    "devices": "phones",
    "galleries": "instagram",
    "gallery_images": "images",
    "memberships": "threads",
    "orders": "orders",
    "sessions": "sessions",
    "threads": "threads",
    "wallets": "balances",
}
LEFT_OUT = {
    "codes": "secrets, kept as hashes",
    "events": "what was told live: it is in the other lists",
    "grants": "rights of a session, for minutes",
    "known_addresses": "hashes that nobody can read",
    "media": "its pictures are where they are shown",
    "passcodes": "secrets, kept as hashes",
    "remembered_answers": "answers to requests, for a day",
}


async def exported(town: Town, username: str = "emma") -> serving.Answer:
    client = town.hiroba.client("/me")
    await client.post("/session", {"login": username, "password": serving.PASSWORD})
    answer = await client.get("/export")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hiroba-archive.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    return answer


@pytest.fixture
async def emma(town: Town) -> Phone:
    """Somebody who did a little of everything, and her friend Haru."""
    haru = await town.join("haru", firstName="Haru", lastName="Takahashi", email="haru@hiroba.example")
    phone = await town.coordinator("emma")
    context = town.hiroba.context
    emma = await operators.find(context, "emma")
    ad = {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": 5.25}
    await phone.post("/ads", ad)
    await phone.post(f"/users/{emma.id}/mobile-device", {"pushNotificationToken": "token-of-a-phone"})
    thread_id = (await phone.post(f"/message-threads/user/{haru.account_id}")).body["id"]
    await phone.post(f"/message-threads/{thread_id}/messages", {"text": "Good morning"})
    await haru.post(f"/message-threads/{thread_id}/messages", {"text": "Not hers to take along"})
    payment = {"beneficiaryId": haru.account_id, "amount": 20.5, "description": "Bread"}
    assert (await phone.post("/transactions", payment)).status == 200
    await ledger.issue_credits(context, audit.COMMAND_LINE, emma.id, units=10, description="Credited")
    item_id = await items.put_up(context, audit.COMMAND_LINE, name="Coffee", price=3)
    await items.buy(context, emma, item_id)
    await orders.draft(context, emma, units=1_500_000)
    image = {"id": "1_1", "instagram_url": "https://i.example/1", "raw_image_url": "https://i.example/1.jpg",
             "orig_width": 2, "orig_height": 1}  # fmt: skip
    whoami = town.hiroba.client("/whoami")
    await whoami.post("/signin", {"email": "emma", "password": serving.PASSWORD})
    await whoami.post("/instagram/register", {"username": "emma"})
    await whoami.post("/instagram/update", {"addition": [image]})
    await operators.disable(context, audit.Visit(api="hiroba", address="203.0.113.7", actor_id=haru.account_id), "emma")
    await operators.enable(context, audit.COMMAND_LINE, "emma")
    await phone.post("/login", {"username": "emma", "password": serving.PASSWORD})
    return phone


async def test_everything_is_in_it(town: Town, emma: Phone) -> None:
    told = (await exported(town)).body
    profile = told["profile"]
    assert (profile["id"], profile["username"], profile["isCoordinator"]) == (emma.account_id, "emma", True)
    assert profile["community"] == {"id": town.kaga, "name": "Kaga city"}
    assert {"gender", "city", "state", "zipCode", "organization", "emissions"} <= set(profile)
    assert [(one["api"], one["current"]) for one in told["sessions"]] == [("community", False), ("hiroba", True)]
    assert len(told["phones"]) == len(told["instagram"]) == 1
    assert told["images"][0] == {
        "id": "1_1", "instagramUrl": "https://i.example/1", "rawImageUrl": "https://i.example/1.jpg",
        "widthPixels": 2, "heightPixels": 1, "addedAt": told["images"][0]["addedAt"],
    }  # fmt: skip
    assert [(ad["title"], ad["points"]) for ad in told["ads"]] == [("Bread", 5.25)]
    (thread,) = told["threads"]
    assert [one["fullName"] for one in thread["people"]] == ["Coordinator Community", "Haru Takahashi"]
    assert [one["text"] for one in told["messages"]] == ["Good morning"]
    assert {(one["asset"], one["available"]) for one in told["balances"]} == {("token", 11559), ("credit", 7)}
    assert [(one["asset"], one["amount"], one["kind"]) for one in told["movements"]] == [
        ("token", 11579.5, "mint"), ("token", 20.5, "payment"), ("credit", 10, "credit"), ("credit", 3, "purchase"),
    ]  # fmt: skip
    mint, payment, _, purchase = told["movements"]
    assert (mint["fromAccountId"], mint["toAccountId"]) == (None, emma.account_id)
    assert (payment["fromAccountId"], purchase["toAccountId"]) == (emma.account_id, None)
    assert [(one["state"], one["value"], one["invoiceNumber"]) for one in told["orders"]] == [("DRAFT", 1.5, None)]
    disabled = next(entry for entry in told["audit"] if entry["act"] == "account disabled")
    assert (disabled["actorId"], disabled["address"]) == (None, None)


async def test_no_secret_and_nobody_elses_things_are_in_it(town: Town, emma: Phone, dsn: str) -> None:
    await codes.request_reset(town.hiroba.context, audit.COMMAND_LINE, "emma")
    raw = (await exported(town)).raw.decode()
    with contextlib.closing(psycopg2.connect(dsn)) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT password_hash FROM accounts UNION ALL SELECT encode(token_hash, 'hex') FROM sessions")
        secrets = [secret for (secret,) in cursor.fetchall()]
    for secret in (*secrets, "token-of-a-phone", "Not hers", "haru@hiroba.example", "203.0.113.7", serving.PASSWORD):
        assert secret not in raw


async def test_others_have_their_own(town: Town, emma: Phone) -> None:
    told = (await exported(town, "haru")).body
    assert told["profile"]["username"] == "haru"
    assert [one["text"] for one in told["messages"]] == ["Not hers to take along"]
    assert told["ads"] == told["orders"] == told["images"] == told["phones"] == []
    await town.outsider("outsider")
    assert (await exported(town, "outsider")).body["profile"]["community"] is None


async def test_however_much_it_is(town: Town, emma: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PAGE_ROWS", 3)
    haru = await operators.find(town.hiroba.context, "haru")
    thread_ids = []
    for _ in range(4):
        group = (await emma.post("/message-threads/group", {"memberIds": [haru.id], "title": "Poker"})).body["id"]
        thread_ids.append(group)
        for number in range(4):
            await emma.post(f"/message-threads/{group}/messages", {"text": f"{group}: {number}"})
    told = (await exported(town)).body
    assert [one["id"] for one in told["threads"]][1:] == thread_ids
    assert [one["text"] for one in told["messages"]][1:] == [f"{one}: {n}" for one in thread_ids for n in range(4)]
    assert len({entry["id"] for entry in told["audit"]}) == len(told["audit"]) > 3


async def test_what_was_left_is_not_looked_at_any_more_but_ones_own_words(town: Town, emma: Phone) -> None:
    haru = await operators.find(town.hiroba.context, "haru")
    group = (await emma.post("/message-threads/group", {"memberIds": [haru.id], "title": "Poker"})).body["id"]
    client = town.hiroba.client("/community")
    await client.post("/login", {"username": "haru", "password": serving.PASSWORD})
    await client.post(f"/message-threads/{group}/messages", {"text": "I am in"})
    await town.join("riku")
    riku = await operators.find(town.hiroba.context, "riku")
    assert (await emma.post(f"/message-threads/{group}/group", {"memberIds": [riku.id]})).status == 200
    told = (await exported(town, "haru")).body
    assert group not in [one["id"] for one in told["threads"]]
    assert "I am in" in [one["text"] for one in told["messages"]]


async def test_head_tells_of_it(town: Town, emma: Phone) -> None:
    client = town.hiroba.client("/me")
    await client.post("/session", {"login": "emma", "password": serving.PASSWORD})
    answer = await client.ask("HEAD", "/export")
    assert (answer.status, answer.raw) == (200, b"")


async def test_every_table_about_people_is_in_it_or_says_why_not(town: Town, emma: Phone, dsn: str) -> None:
    with contextlib.closing(psycopg2.connect(dsn)) as owner, owner.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.conrelid::regclass::text FROM pg_constraint c "
            "WHERE c.contype = 'f' AND c.confrelid = 'accounts'::regclass"
        )
        tables = {table for (table,) in cursor.fetchall()}
    assert tables - set(TABLES) - set(LEFT_OUT) == set()
    assert set(TABLES.values()) <= set((await exported(town)).body)


async def test_every_field_of_an_account_is_in_it_or_says_why_not(town: Town, emma: Phone, dsn: str) -> None:
    with contextlib.closing(psycopg2.connect(dsn)) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'accounts'::regclass AND attnum > 0")
        columns = {column for (column,) in cursor.fetchall()}
    shown = {"avatar": "avatarUrl", "community_id": "community", "confirmed_at": "confirmed"}
    # Who can ask is neither.
    hidden = {"password_hash", "disabled_at", "deleted_at"}
    profile = (await exported(town)).body["profile"]
    assert {shown.get(one, archive_page._camel(one)) for one in columns - hidden} <= set(profile)


async def test_who_is_signed_out_reads_no_further(town: Town, emma: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_page, "LOOK_SECONDS", -1)
    client = town.hiroba.client("/me")
    await client.post("/session", {"login": "emma", "password": serving.PASSWORD})
    assert (await client.get("/export")).body["profile"]["username"] == "emma"
    (shown,) = client.http.cookie_jar
    session = await town.hiroba.parts.lookups.find(shown.value, api=pages.NAME)
    assert session is not None
    pieces = await archive_page.written(town.hiroba.context, session)
    assert b"emma" in await anext(pieces)
    await operators.disable(town.hiroba.context, audit.COMMAND_LINE, "emma")
    with pytest.raises(ConnectionResetError):
        await anext(pieces)
