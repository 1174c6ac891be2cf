"""Deleting an account: what goes, what stays, and that no door is open any more. Source: contract, 1."""

import asyncio

import pytest

from handlers.core import accounts as acts
from handlers.core import audit, codes, ledger, media, operators, orders, passcodes, refusals, threads, waitlist
from tests import serving
from tests.surfaces.me.leaving import EMAIL, STAYS, Emma, furnish

PATIENCE_SECONDS = 2


async def test_what_goes_and_what_stays(emma: Emma) -> None:
    things = await furnish(emma)
    hiroba, friend = emma.town.hiroba, emma.friend
    link = await hiroba.link(EMAIL)
    assert {"sessions.account_id", "devices.account_id", "media.account_id", "ads.author_id"} <= emma.named_in()
    balance = emma.rows(f"SELECT settled, pending_debits FROM wallets WHERE account_id = {emma.id}")
    socket = await emma.phone.client.http.ws_connect(f"{hiroba.url}/live")
    await socket.receive_json(timeout=PATIENCE_SECONDS)
    answer = await emma.delete()
    assert (answer.status, answer.raw) == (204, b"")
    assert 'hiroba=""' in answer.headers["Set-Cookie"]

    assert emma.named_in() <= {*STAYS, "messages.author_id"}
    assert emma.rows(f"SELECT settled, pending_debits FROM wallets WHERE account_id = {emma.id}") == balance
    for word in ("zwetschge", "wilhelmine", "quetschmann", "zwickau", "emma", "a phone", "i.example"):
        # The embedded sink is nobody's mail server but a demonstration's.
        assert emma.mentions(word) <= {"mailbox"}, word
    flags = "is_operator, is_coordinator, password_hash, community_id IS NOT NULL, deleted_at IS NOT NULL"
    assert emma.rows(f"SELECT {flags} FROM accounts WHERE id = {emma.id}") == [(False, False, None, True, True)]

    # Sessions of every API, and their sockets.
    await socket.receive(timeout=PATIENCE_SECONDS)
    assert socket.close_code == 4401
    assert (await emma.phone.get("/user")).status == 401
    # Pictures, their files too.
    for url in (things["avatar"], things["photo"]):
        assert (await friend.get(f"{hiroba.url}/media/{str(url).rpartition('/')[2]}")).status == 404
    hashes = emma.rows("SELECT content_hash FROM media_leftovers")
    assert len(hashes) == 1
    await media.sweep(emma.context, most=100)
    assert await emma.context.files.find(bytes(hashes[0][0])) is None
    # What others see.
    assert (await friend.get(f"/users/{emma.id}")).body == {"id": emma.id, "fullName": "Deleted member"}
    assert (await friend.get("/ads")).body == []
    thread = (await friend.get(f"/message-threads/{things['thread']}")).body
    assert thread["counterParty"]["fullName"] == "Deleted member"
    assert thread["lastMessage"]["text"] == "Good bye"
    about_ad = (await friend.get(f"/message-threads/{things['about_ad']}")).body
    assert (about_ad["title"], "ad" in about_ad) == ("Bread", False)
    # An old link leads to where one begins anew, and both names are free.
    assert (await hiroba.client().get(link)).headers["Location"].endswith("/signup")
    again = await emma.town.join("EMMA", email=EMAIL.upper())
    assert again.account_id != emma.id


async def test_the_password_is_needed(emma: Emma) -> None:
    client = emma.town.hiroba.client("/me")
    await client.post("/session", {"login": EMAIL, "password": serving.PASSWORD})
    for body, status in (({"password": "wrong password"}, 401), ({}, 400), (None, 400), ({"password": None}, 400)):
        assert (await client.delete("", body)).status == status, body
    assert (await client.get("")).status == 200
    assert (await emma.town.hiroba.client("/me").delete("", {"password": serving.PASSWORD})).status == 401
    # A key does not make a second one of it.
    keyed = {"Idempotency-Key": "one"}
    assert (await client.delete("", {"password": serving.PASSWORD}, headers=dict(keyed))).status == 204
    assert (await client.delete("", {"password": serving.PASSWORD}, headers=dict(keyed))).status == 401


async def test_by_another_api_it_is_the_same(emma: Emma) -> None:
    await furnish(emma)
    whoami = emma.town.hiroba.client("/whoami")
    gone = await whoami.delete("/users", {"email": EMAIL, "password": serving.PASSWORD})
    assert gone.body["status"] is True
    assert emma.named_in() <= {*STAYS, "messages.author_id"}
    assert emma.mentions("zwetschge") <= {"mailbox"}


async def test_money_and_orders(emma: Emma) -> None:
    hiroba, context = emma.town.hiroba, emma.context
    account = await operators.find(context, "emma")
    await ledger.issue_credits(context, audit.COMMAND_LINE, emma.id, units=10, description="Credited")
    drafted, placed = [await orders.draft(context, account, units=1_500_000) for _ in range(2)]
    await orders.place(context, account, placed, language="en")
    await passcodes.request(context, audit.COMMAND_LINE, EMAIL, ttl_seconds=1200)
    await waitlist.approve(context, audit.COMMAND_LINE, EMAIL)
    payment = {"beneficiaryId": emma.friend.account_id, "amount": 20.5, "description": "Bread"}
    assert (await emma.phone.post("/transactions", payment)).status == 200
    assert (await emma.delete()).status == 204
    assert emma.rows(f"SELECT id, state FROM orders WHERE account_id = {emma.id} ORDER BY id") == [
        (drafted, "CANCELLED"), (placed, "PROCESSING"),
    ]  # fmt: skip
    assert emma.rows("SELECT count(*) FROM passcodes") == emma.rows("SELECT count(*) FROM waitlist") == [(0,)]
    # What is under way comes to its end, and her friend is told by whom.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (shown := (await emma.friend.get("/transactions")).body[0])["completed"]:
            await asyncio.sleep(0.01)
    assert (shown["remitter"]["fullName"], shown["amount"]) == ("Deleted member", 20.5)
    await orders.complete(context, audit.COMMAND_LINE, placed)
    assert await ledger.available(context, emma.id, "allowance") == 1_500_000
    assert await ledger.available(context, emma.id, "credit") == 10
    assert await ledger.verify(context) is None
    # Nobody pays her any more, nor can anything else be given to her.
    payment["beneficiaryId"] = emma.id
    assert (await emma.friend.post("/transactions", payment)).status == 400
    with pytest.raises(refusals.NotEntitled):
        await operators.find(context, "emma")
    shop = hiroba.client("/shop")
    await ledger.issue_credits(context, audit.COMMAND_LINE, emma.friend.account_id, units=10, description="Credited")
    token = (await shop.post("/login", {"username": "haru", "password": serving.PASSWORD})).body["token"]
    assert (await shop.post("/transfer", {"token": token, "recipient": emma.id, "amount": 1})).status == 404


async def test_no_door_is_open_any_more(emma: Emma) -> None:
    hiroba, password = emma.town.hiroba, serving.PASSWORD
    shop, allowances, directory = (hiroba.client(prefix) for prefix in ("/shop", "/allowances", "/auth-service"))
    token = (await shop.post("/login", {"username": "emma", "password": password})).body["token"]
    tokens = (await allowances.post("/login", {"username": "emma", "password": password})).body["body"]
    bearer = (await directory.post("/login", {"email": "emma", "password": password})).body["token"]
    shown = {"Authorization": tokens["IdToken"]}, {"Authorization": f"Bearer {bearer}"}
    assert (await allowances.get("/user", headers=dict(shown[0]))).status == 200
    assert (await directory.get("/getUsers?page=1&limit=10", headers=dict(shown[1]))).status == 200
    assert (await emma.delete()).status == 204
    assert (await shop.post("/validate-session", {"token": token})).status == 403
    assert (await allowances.get("/user", headers=dict(shown[0]))).status == 401
    refresh = {"refresh_token": tokens["RefreshToken"]}
    assert (await allowances.post("/login/refresh", refresh)).status == 401
    assert (await directory.get("/getUsers?page=1&limit=10", headers=dict(shown[1]))).status == 401
    doors = [
        (shop, "/login", "username"), (allowances, "/login", "username"), (directory, "/login", "email"),
        (hiroba.client("/me"), "/session", "login"),
    ]  # fmt: skip
    for client, path, name in doors:
        assert (await client.post(path, {name: "emma", "password": password})).status in (400, 401, 403), path


async def test_a_letter_that_waits_is_not_sent(emma: Emma) -> None:
    emma.rows("SELECT pg_advisory_lock(1)")
    async with emma.context.database.transaction():
        await codes.request_reset(emma.context, audit.COMMAND_LINE, EMAIL)
        await acts.delete(emma.context, audit.COMMAND_LINE, emma.id)
    assert emma.rows("SELECT count(*) FROM letters") == [(0,)]
    assert await emma.town.hiroba.letters(EMAIL) == []


async def test_others_cannot_draw_her_in_any_more(emma: Emma) -> None:
    friend = emma.friend
    await acts.delete(emma.context, audit.COMMAND_LINE, emma.id)
    for path, body in (
        (f"/message-threads/user/{emma.id}", None),
        ("/message-threads/group", {"memberIds": [emma.id], "title": "Poker"}),
    ):
        assert (await friend.post(path, body)).status == 403
    assert (await friend.get("/users?q=Zwe")).body == []
    account = await operators.find(emma.context, "haru")
    with pytest.raises(refusals.NotEntitled):
        await threads.open_group(emma.context, account, member_ids=[emma.id], title="Poker")
