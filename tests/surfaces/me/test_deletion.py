"""Deleting an account: what goes, what stays, and that nothing slips in beside it. Source: contract, 1."""

import asyncio
import base64
import contextlib
import io
from collections.abc import AsyncIterator

import psycopg2
import pytest
from PIL import Image

from handlers.core import accounts as acts
from handlers.core import audit, codes, ledger, media, operators, orders, passcodes, refusals, threads, waitlist
from storage import accounts as account_rows
from tests import serving
from tests.surfaces.towns import Phone, Town

EMAIL = "emma@hiroba.example"
PATIENCE_SECONDS = 2
# Where a deleted account may still be named, and why.
STAYS = {
    "threads.creator_id": "threads stay, under the pseudonym",
    "threads.pair_low": "threads stay",
    "threads.pair_high": "threads stay",
    "memberships.account_id": "parties stay, under the pseudonym",
    "wallets.account_id": "balances stay on the books",
    "audit.account_id": "what was done is never changed",
    "audit.actor_id": "what was done is never changed",
    "codes.account_id": "an old link still tells that its account is gone; the address is cut out",
    "orders.account_id": "orders under way stay on the books",
    "events.account_id": "sockets hear that their sessions ended",
}


class Emma:
    """Somebody who has something of everything, and a friend."""

    def __init__(self, town: Town, phone: Phone, friend: Phone, owner: psycopg2.extensions.connection) -> None:
        self.town, self.phone, self.friend = town, phone, friend
        self.context = town.hiroba.context
        self.id = phone.account_id
        self._owner = owner

    def rows(self, query: str) -> list[tuple]:
        with self._owner.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def named_in(self) -> set[str]:
        """Every column that refers to accounts and holds her id."""
        columns = self.rows(
            "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
            "WHERE c.contype = 'f' AND c.confrelid = 'accounts'::regclass"
        )
        columns += [("events", "account_id"), ("messages", "author_id")]
        found = [
            (t, c) for t, c in columns if self.rows(f"SELECT EXISTS (SELECT FROM {t} WHERE {c} = {self.id})")[0][0]
        ]
        return {f"{table}.{column}" for table, column in found}

    def mentions(self, word: str) -> set[str]:
        """The tables that hold this word anywhere."""
        tables = [name for (name,) in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        held = "SELECT EXISTS (SELECT FROM {} t WHERE strpos(lower(CAST(to_jsonb(t) AS text)), '{}') > 0)"
        return {name for name in tables if self.rows(held.format(name, word))[0][0]}

    async def delete(self) -> serving.Answer:
        client = self.town.hiroba.client("/me")
        await client.post("/session", {"login": "emma", "password": serving.PASSWORD})
        return await client.delete("", {"password": serving.PASSWORD})


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (3, 2), "green").save(file, "PNG")
    return b"data:image/png;base64," + base64.b64encode(file.getvalue())


@pytest.fixture
async def emma(town: Town, dsn: str) -> AsyncIterator[Emma]:
    friend = await town.join("haru", firstName="Haru", lastName="Takahashi")
    phone = await town.coordinator("emma")
    names = {"firstName": "Wilhelmine", "lastName": "Zwetschge", "description": "quetschmann", "location": "Zwickau"}
    await phone.post(f"/users/{phone.account_id}", names)
    context = town.hiroba.context
    await operators.promote_operator(context, audit.COMMAND_LINE, "emma")
    with contextlib.closing(psycopg2.connect(dsn)) as owner:
        owner.autocommit = True
        with owner.cursor() as cursor:
            # As `create-account` with an e-mail does it, but that the coordinator of tests has none.
            cursor.execute("UPDATE accounts SET email = %s WHERE id = %s", (EMAIL, phone.account_id))
        yield Emma(town, phone, friend, owner)


async def furnish(emma: Emma) -> dict[str, str | int]:
    """Gives her everything that there is to have; answers what others can ask for."""
    phone, hiroba = emma.phone, emma.town.hiroba
    avatar = (await phone.post(f"/users/{emma.id}/avatar", picture())).raw.decode()
    ad = {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": 5}
    ad_id = (await phone.post("/ads", ad, headers={"Idempotency-Key": "one"})).body["id"]
    photo = (await phone.post(f"/ads/{ad_id}/photo", picture())).raw.decode()
    await phone.post(f"/users/{emma.id}/mobile-device", {"pushNotificationToken": "a phone"})
    about_ad = (await emma.friend.post(f"/message-threads/for-ad/{ad_id}")).body["id"]
    thread_id = (await phone.post(f"/message-threads/user/{emma.friend.account_id}")).body["id"]
    await phone.post(f"/message-threads/{thread_id}/messages", {"text": "Good bye"})
    whoami = hiroba.client("/whoami")
    await whoami.post("/signin", {"email": EMAIL, "password": serving.PASSWORD})
    await whoami.post("/instagram/register", {"username": "emma"})
    image = {"id": "1", "instagram_url": "https://i.example/1", "raw_image_url": "https://i.example/1.jpg",
             "orig_width": 1, "orig_height": 1}  # fmt: skip
    added = await whoami.post("/instagram/update", {"username": "emma", "addition": [image]})
    assert emma.rows("SELECT count(*) FROM gallery_images") == [(1,)], added.raw
    await codes.request_reset(emma.context, audit.COMMAND_LINE, EMAIL)
    await phone.post(f"{hiroba.url}/live/ticket")
    return {"avatar": avatar, "photo": photo, "ad": ad_id, "thread": thread_id, "about_ad": about_ad}


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


async def test_against_payments_of_hers_and_to_her(emma: Emma) -> None:
    phone, friend = emma.phone, emma.friend
    account = await operators.find(emma.context, "emma")
    haru = await operators.find(emma.context, "haru")
    await ledger.mint(emma.context, audit.COMMAND_LINE, haru, units=10_000, description="minted")
    out = {"beneficiaryId": haru.id, "amount": 1.25, "description": "Bread"}
    back = {"beneficiaryId": emma.id, "amount": 0.5, "description": "Change"}
    requests = [one.post("/transactions", body) for one, body in ((phone, out), (friend, back)) for _ in range(10)]
    drafts = [_drafted(emma, account) for _ in range(4)]
    answers = await raced(emma, *requests, *drafts)
    assert {answer.status for answer in answers} <= {200, 400, 401}
    assert emma.rows(f"SELECT count(*) FROM orders WHERE account_id = {emma.id} AND state = 'DRAFT'") == [(0,)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while emma.rows("SELECT EXISTS (SELECT FROM postings WHERE state = 'pending')")[0][0]:
            await asyncio.sleep(0.01)
    assert await ledger.verify(emma.context) is None
    paid = [answer for answer in answers if answer.status == 200]
    assert emma.rows("SELECT count(*) FROM postings WHERE kind = 'payment'") == [(len(paid),)]


async def _drafted(emma: Emma, account: account_rows.Account) -> None:
    with contextlib.suppress(refusals.NotSignedIn):
        await orders.draft(emma.context, account, units=1_000_000)


async def test_two_at_once_delete_once(emma: Emma) -> None:
    clients = [emma.town.hiroba.client("/me") for _ in range(4)]
    for client in clients:
        await client.post("/session", {"login": "emma", "password": serving.PASSWORD})
    answers = await asyncio.gather(*(client.delete("", {"password": serving.PASSWORD}) for client in clients))
    assert sorted(answer.status for answer in answers) == [204, 401, 401, 401]
    assert emma.rows("SELECT count(*) FROM audit WHERE act = 'account deleted'") == [(1,)]


async def test_a_letter_that_waits_is_not_sent(emma: Emma) -> None:
    emma.rows("SELECT pg_advisory_lock(1)")
    async with emma.context.database.transaction():
        await codes.request_reset(emma.context, audit.COMMAND_LINE, EMAIL)
        await acts.delete(emma.context, audit.COMMAND_LINE, emma.id)
    assert emma.rows("SELECT count(*) FROM letters") == [(0,)]
    assert await emma.town.hiroba.letters(EMAIL) == []


async def raced(emma: Emma, *requests) -> list[serving.Answer]:
    """The requests and the deletion at once; whatever of them comes first."""
    visit = audit.COMMAND_LINE
    answers = await asyncio.gather(
        *requests[: len(requests) // 2], acts.delete(emma.context, visit, emma.id), *requests[len(requests) // 2 :]
    )
    return [answer for answer in answers if isinstance(answer, serving.Answer)]


@pytest.mark.parametrize("_round", range(3))
async def test_against_everything_that_she_does_at_that_moment(emma: Emma, _round: int) -> None:
    phone, hiroba = emma.phone, emma.town.hiroba
    things = await furnish(emma)
    ad = {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": 5}
    credentials = {"username": "emma", "password": serving.PASSWORD}
    posts = [
        ("/ads", ad), (f"/users/{emma.id}/avatar", picture()), (f"/ads/{things['ad']}/photo", picture()),
        (f"/users/{emma.id}/mobile-device", {"pushNotificationToken": "another"}),
        (f"/users/{emma.id}", {"firstName": "Wilhelmine"}),
        ("/message-threads/group", {"memberIds": [emma.friend.account_id]}),
        (f"/message-threads/{things['thread']}/messages", {"text": "Wait"}), (f"{hiroba.url}/live/ticket", None),
    ]  # fmt: skip
    requests = [phone.post(path, body) for path, body in posts for _ in range(2)]
    requests.append(phone.post("/ads", ad, headers={"Idempotency-Key": "two"}))
    requests += [hiroba.client("/community").post("/login", credentials) for _ in range(4)]
    requests += [hiroba.client("/whoami").post("/send_pwreset_email", {"email": EMAIL})]
    answers = await raced(emma, *requests)
    assert {answer.status for answer in answers} <= {200, 401, 403}
    assert emma.named_in() <= {*STAYS, "messages.author_id"}
    for word in ("wilhelmine", "another", EMAIL):
        assert emma.mentions(word) <= {"mailbox", "letters"}, word


async def test_nobody_gives_a_role_to_who_is_gone(emma: Emma) -> None:
    await asyncio.gather(
        acts.delete(emma.context, audit.COMMAND_LINE, emma.id),
        *(_promoted(emma, promote) for promote in (operators.promote_operator, operators.promote_coordinator) * 2),
    )
    assert emma.rows(f"SELECT is_operator, is_coordinator FROM accounts WHERE id = {emma.id}") == [(False, False)]


async def _promoted(emma: Emma, promote) -> None:
    with contextlib.suppress(refusals.NotEntitled):
        await promote(emma.context, audit.COMMAND_LINE, "emma")


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
