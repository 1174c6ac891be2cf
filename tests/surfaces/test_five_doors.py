"""One account through all five APIs, from its registration to its end; the ledger proves itself at the end."""

import asyncio

from handlers.core import audit, ledger, operators, orders
from handlers.core import items as items_
from tests import serving
from tests.surfaces.towns import Town

EMAIL = "hana@town.example"
PASSWORD = "A-long-password!1"
TOKEN = "a token of her own choice"
DEED = {"email": EMAIL, "password": PASSWORD}


async def until_settled(phone: serving.Client, count: int) -> None:
    async with asyncio.timeout(10):
        while [one["completed"] for one in (await phone.get("/transactions")).body] != [True] * count:
            pass


async def test_one_account_through_all_five(town: Town) -> None:
    hiroba, context = town.hiroba, town.hiroba.context
    whoami, community = hiroba.client("/whoami"), hiroba.client("/community")
    shop, allowances, directory = hiroba.client("/shop"), hiroba.client("/allowances"), hiroba.client("/auth-service")

    # Registers in whoami, and confirms by the link of the mail.
    answer = await whoami.post("/register", {"username": "hana", "password": PASSWORD, "email": EMAIL})
    assert answer.body == {"status": True}
    assert (await whoami.ask("GET", await hiroba.link(EMAIL))).status == 302
    answer = await whoami.post("/signin", DEED)
    assert answer.body["user"]["confirmed"] is True

    # Joins a community with the same password, is given tokens, and pays.
    answer = await community.post(
        "/create-account",
        {"username": "hana", "password": PASSWORD, "firstName": "Hana", "lastName": "Mori", "communityId": town.kaga},
    )
    assert answer.status == 200, answer.raw
    account_id = answer.body["id"]
    haru = await town.join("haru", firstName="Haru", lastName="Takahashi")
    account = await operators.find(context, "hana")
    await ledger.mint(context, audit.COMMAND_LINE, account, units=10_000, description="minted")
    paid = await community.post(
        "/transactions", {"description": "soya", "amount": 20.5, "beneficiaryId": haru.account_id}
    )
    assert paid.status == 200
    await until_settled(community, 1)
    assert (await community.get("/balance")).body == 79.5

    # Buys in the shop.
    await ledger.issue_credits(context, audit.COMMAND_LINE, account_id, units=100, description="prize")
    item_id = await items_.put_up(context, audit.COMMAND_LINE, name="Soda", price=69)
    answer = await shop.post("/login", {"username": EMAIL, "password": PASSWORD, "token": TOKEN})
    assert answer.body == {"success": str(account_id)}
    assert (await shop.post("/buy", {"token": TOKEN, "item_id": item_id})).status == 200
    assert (await shop.post("/get-balance", {"token": TOKEN})).body == {"balance": 31}

    # Orders allowances; an operator marks the invoice paid.
    answer = await allowances.post("/login", {"username": "hana", "password": PASSWORD})
    bearer = {"headers": {"Authorization": answer.body["body"]["IdToken"]}}
    answer = await allowances.put("/buy", {"value": 2.5}, **bearer)
    order_id = answer.body["transaction_id"]
    assert (await allowances.post("/buy/place", {"transaction_id": order_id}, **bearer)).status == 200
    (invoice, *_) = await hiroba.letters(EMAIL)
    assert invoice.attachments
    await orders.complete(context, audit.COMMAND_LINE, order_id)
    profile = (await allowances.get("/user", **bearer)).body["body"]
    assert (profile["name"], profile["email"], profile["balance"]) == ("Hana Mori", EMAIL, 2.5)

    # Is found in the directory by an operator, who registered there.
    deed = {"email": "operator@hiroba.example", "password": PASSWORD}
    person = {"fullName": "Jane Doe", "gender": "F", "city": "Los Angeles", "state": "CA", "zipCode": "90001"}
    assert (await directory.post("/signUp", {**deed, **person, "isAdmin": True})).status == 201
    await operators.promote_operator(context, audit.COMMAND_LINE, deed["email"])
    assert (await directory.post("/login", deed)).status == 200
    found = (await directory.get("/getUsers?page=1&limit=10")).body["users"]
    assert [one["fullName"] for one in found if one.get("email") == EMAIL] == ["Hana Mori"]

    # Takes all her data with her, and leaves.
    own = hiroba.client()
    answer = await own.post("/me/session", {"login": "hana", "password": PASSWORD})
    assert answer.status in (200, 201, 204), answer.raw
    archive = await own.get("/me/export")
    assert archive.status == 200
    for theirs in (b"hana", b"soya", b"Soda", b"Hana"):
        assert theirs in archive.raw
    assert (await own.delete("/me", {"password": PASSWORD})).status in (200, 204)

    # Every door is closed, the others see a pseudonym, and the books are as they were.
    assert (await whoami.get("/signin")).body["status"] is False
    assert (await community.get("/user")).status == 401
    assert (await shop.post("/get-balance", {"token": TOKEN})).status == 403
    assert (await allowances.get("/user", **bearer)).status == 401
    assert (await own.get("/me")).status == 401
    (seen,) = (await haru.get("/transactions")).body
    assert (seen["remitter"]["fullName"], seen["amount"]) == ("Deleted member", 20.5)
    assert (await haru.get("/balance")).body == 20.5
    assert await ledger.verify(context) is None
    assert await ledger.available(context, account_id, "allowance") == 2_500_000
    assert (await whoami.post("/register", {"username": "hana", "password": PASSWORD, "email": EMAIL})).body == {
        "status": True
    }
