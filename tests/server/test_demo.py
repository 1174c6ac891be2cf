"""The demo data, as the contract lists it, and what becomes of it once people are there."""

import asyncio

import pytest

from server import demo
from storage import accounts as account_rows
from tests import people, serving
from tests.server import clusters, processes

EVERYTHING = """
SELECT json_build_object(
    'accounts', (SELECT json_agg(a ORDER BY id) FROM accounts a),
    'ads', (SELECT json_agg(a ORDER BY id) FROM ads a),
    'communities', (SELECT json_agg(c ORDER BY id) FROM communities c),
    'wallets', (SELECT json_agg(w ORDER BY id) FROM wallets w),
    'entries', (SELECT json_agg(e ORDER BY posting_id, wallet_id) FROM entries e),
    'items', (SELECT json_agg(i ORDER BY id) FROM items i),
    'audit', (SELECT count(*) FROM audit)
)
"""
MEMBERS = {
    "coordinator": ("Community Coordinator", 11579.5, True),
    "haruto": ("Sato Haruto", 2000, False),
    "haru": ("Takahashi Haru", 2000, False),
    "riku": ("Suzuki Riku", 2000, False),
    "yuina": ("Ito Yuina", 500, False),
}
ADS = [
    ("GIVE", "House cleaning", 1299.01, "Sato Haruto"),
    ("WANT", "Need soya", 20, "Takahashi Haru"),
    ("GIVE", "Moving house", 300, "Suzuki Riku"),
]


async def test_on_an_empty_folder_it_is_as_the_contract_says(
    servers: processes.Servers, phones: processes.Phones
) -> None:
    server = servers(fresh=True, DEMO_ENABLED="true")
    await server.start()
    communities = (await phones.phone(server, "/community").get("/communities")).body
    assert communities == [{"id": 1, "name": "Kaga city"}, {"id": 2, "name": "Shibuya People"}]
    for username, (name, balance, is_coordinator) in MEMBERS.items():
        phone = await phones.member(server, username, "Hiroba-demo-1!")
        found = (await phone.get("/user")).body
        assert (found["fullName"], found["balance"], found["admin"]) == (name, balance, is_coordinator)
        board = (await phone.get("/ads")).body
        ads = [(ad["type"], ad["title"], ad["points"], ad["createdBy"]["fullName"]) for ad in board]
        assert ads == ([] if username == "yuina" else ADS)
    operator = phones.phone(server, "/whoami")
    signed_in = await operator.post("/signin", {"email": "operator@hiroba.example", "password": "Hiroba-demo-1!"})
    assert signed_in.body["user"] | {"registered_on": ""} == {
        "confirmed": True, "email": "operator@hiroba.example", "registered_on": "", "username": "operator",
    }  # fmt: skip
    everybody = {(user["username"], user["email"]) for user in (await operator.get("/users")).body["users"]}
    assert everybody == {(name, None) for name in (*MEMBERS, "team1", "team2")} | {
        ("operator", "operator@hiroba.example"),
        ("trader", "trader@hiroba.example"),
    }
    shop = phones.phone(server, "/shop")
    items = [item["price"] for item in (await shop.post("/items")).body["items"]]
    assert items == [10, 69, 200, 100, 100]
    for username, balance in (("team1", 1000), ("team2", 1000), ("trader", 0), ("haruto", 0)):
        token = (await shop.post("/login", {"username": username, "password": "Hiroba-demo-1!"})).body["token"]
        assert (await shop.post("/get-balance", {"token": token})).body == {"balance": balance}
    directory = phones.phone(server, "/auth-service")
    for platform in ("ios", "android"):
        (product,) = (await directory.get(f"/getSubscriptionProducts?platform={platform}")).body
        assert product["type"] == "video"
    # Nobody was written to: what is put in needs no confirming.
    assert (await phones.phone(server).get("/mailbox/messages")).body == []


async def test_what_people_did_since_stays(hiroba: serving.Serving) -> None:
    context, dsn = hiroba.context, hiroba.config.database.url
    assert await demo.put(context) == len(demo.pieces())
    phone = hiroba.client("/community")
    await phone.post("/login", {"username": "haru", "password": demo.PASSWORD})
    own = (await phone.get("/user")).body
    await phone.post(f"/users/{own['id']}", {"firstName": "Harumi", "description": "I play no poker any more"})
    await phone.post("/ads", {"type": "WANT", "title": "Rice", "description": "", "amount": 5, "location": ""})
    # With the account its ad goes, and its name is free for somebody else.
    leaving = {"email": "riku", "password": demo.PASSWORD}
    assert (await hiroba.client("/whoami").delete("/users", leaving)).body["status"] is True
    registration = {"username": "riku", "email": "riku@elsewhere.example", "password": "somepassword"}
    assert (await hiroba.client("/whoami").post("/register", registration)).body["status"] is True
    before = clusters.ask(dsn, EVERYTHING)
    assert [ad["title"] for ad in before["ads"]] == ["House cleaning", "Need soya", "Rice"]
    for _ in range(2):
        assert await demo.put(context) == 0
        assert clusters.ask(dsn, EVERYTHING) == before


async def test_what_people_have_already_stays_theirs(hiroba: serving.Serving) -> None:
    town = await people.Town(hiroba.context).found()
    haruto = await town.member("haruto", community_id=town.shibuya)
    # Not the two communities, whose names are taken, nor haruto.
    assert await demo.put(hiroba.context) == len(demo.pieces()) - 3
    assert await account_rows.find_by_id(hiroba.context.database, haruto.id) == haruto
    authors = clusters.ask(hiroba.config.database.url, "SELECT array_agg(author_id) FROM ads")
    assert len(authors) == 2
    assert haruto.id not in authors


@pytest.mark.parametrize("_", range(3))
async def test_put_in_by_two_at_once_it_is_there_once(hiroba: serving.Serving, _: int) -> None:
    made = await asyncio.gather(*(demo.put(hiroba.context) for _ in range(3)))
    assert sum(made) == len(demo.pieces())
    found = clusters.ask(hiroba.config.database.url, EVERYTHING)
    assert [len(found[name]) for name in ("communities", "accounts", "ads", "entries", "items")] == [2, 9, 3, 14, 5]
