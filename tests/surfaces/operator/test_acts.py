"""`/operator/api`: the command line's acts over HTTP, in the audit with the operator as their actor."""

import asyncio
import contextlib
from typing import Any

import psycopg2
import pytest

from handlers.core import audit, ledger, operators, orders
from tests import serving
from tests.surfaces.towns import Phone, Town

PATIENCE_SECONDS = 2


@pytest.fixture
async def operator(town: Town) -> serving.Client:
    """A browser of an operator's."""
    await town.outsider("operator")
    await operators.promote_operator(town.hiroba.context, audit.COMMAND_LINE, "operator")
    client = town.hiroba.client("/operator/api")
    answer = await client.post(f"{town.hiroba.url}/me/session", {"login": "operator", "password": serving.PASSWORD})
    assert answer.body["isOperator"] is True
    return client


async def noted(town: Town, act: str) -> list[tuple[str, str | None, int | None]]:
    """Who did this to whom, and by which door."""
    context = town.hiroba.context
    account = await operators.find(context, "operator")
    entries = await audit.entries(context.database, account_id=account.id, most=1000)
    own = [entry for entry in entries if entry.act == act and entry.actor_id == account.id]
    return [(entry.actor, entry.api, entry.account_id) for entry in own]


async def done(client: serving.Client, path: str, body: dict[str, Any], *, status: int = 200) -> Any:
    answer = await client.post(path, body)
    assert answer.status == status, answer.raw
    return answer.body


async def test_account_create(town: Town, operator: serving.Client) -> None:
    body = {
        "username": "emma", "password": serving.PASSWORD, "email": "emma@hiroba.example", "firstName": "Emma",
        "lastName": "Sato", "communityId": town.kaga,
    }  # fmt: skip
    made = await done(operator, "/account/create", body, status=201)
    assert (made["username"], made["fullName"], made["confirmed"]) == ("emma", "Emma Sato", True)
    assert await noted(town, "registered") == [("operator", "hiroba", made["id"])]
    assert await town.hiroba.letters("emma@hiroba.example") == []
    keyed = {"headers": {"Idempotency-Key": "once"}}
    emil = {"username": "emil", "password": serving.PASSWORD}
    twice = [await operator.post("/account/create", emil, **keyed) for _ in range(2)]
    assert [answer.status for answer in twice] == [201, 201]
    assert twice[0].raw == twice[1].raw
    again = await operator.post("/account/create", body)
    assert (again.status, again.body["title"]) == (409, "Conflict")
    weak = await operator.post("/account/create", {**body, "username": "emil", "email": None, "password": "short"})
    assert weak.status == 400
    unknown = await operator.post("/account/create", {"username": "e", "password": serving.PASSWORD, "communityId": 99})
    assert unknown.status == 400


async def test_account_promote(town: Town, operator: serving.Client, john: Phone) -> None:
    promoted = await done(operator, "/account/promote", {"username": "john", "role": "coordinator"})
    assert (promoted["isCoordinator"], promoted["isOperator"]) == (True, False)
    promoted = await done(operator, "/account/promote", {"username": "john", "role": "operator"})
    assert (promoted["isCoordinator"], promoted["isOperator"]) == (True, True)
    assert await noted(town, "coordinator promoted") == [("operator", "hiroba", john.account_id)]
    assert await noted(town, "operator promoted") == [("operator", "hiroba", john.account_id)]
    assert (await operator.post("/account/promote", {"username": "john", "role": "king"})).status == 400
    nowhere = await operator.post("/account/promote", {"username": "operator", "role": "coordinator"})
    assert (nowhere.status, nowhere.body["detail"]) == (400, "the account belongs to no community")


async def test_account_disable_and_enable(town: Town, operator: serving.Client, john: Phone) -> None:
    socket = await john.client.http.ws_connect(f"{town.hiroba.url}/live")
    await socket.receive_json(timeout=PATIENCE_SECONDS)
    disabled = await done(operator, "/account/disable", {"username": "John"})
    assert disabled["disabledAt"] is not None
    await socket.receive(timeout=PATIENCE_SECONDS)
    assert socket.close_code == 4401
    assert (await john.get("/user")).status == 401
    assert (await john.post("/login", {"username": "john", "password": serving.PASSWORD})).status == 401
    enabled = await done(operator, "/account/enable", {"username": "john"})
    assert enabled["disabledAt"] is None
    assert (await john.post("/login", {"username": "john", "password": serving.PASSWORD})).status == 200
    for act in ("account disabled", "account enabled"):
        assert await noted(town, act) == [("operator", "hiroba", john.account_id)]


async def test_account_sessions_and_sign_out(town: Town, operator: serving.Client, john: Phone) -> None:
    shown = (await operator.get("/account/sessions?username=john")).body["sessions"]
    assert [(one["api"], one["address"]) for one in shown] == [("community", "127.0.0.1")]
    assert (await done(operator, "/account/sign-out", {"username": "john"})) == {"sessions": 1}
    assert (await john.get("/user")).status == 401
    assert (await operator.get("/account/sessions?username=john")).body == {"sessions": []}
    assert (await operator.get("/account/sessions")).status == 400
    assert await noted(town, "account signed out") == [("operator", "hiroba", john.account_id)]
    assert await noted(town, "sessions listed") == [("operator", "hiroba", john.account_id)] * 2


async def test_account_list(town: Town, operator: serving.Client, john: Phone) -> None:
    listed = (await operator.get("/account/list")).body["accounts"]
    assert [one["username"] for one in listed] == ["operator", "john"]
    assert [one["username"] for one in (await operator.get("/account/list?limit=1")).body["accounts"]] == ["operator"]
    after = await operator.get(f"/account/list?limit=1&after={listed[0]['id']}")
    assert [one["username"] for one in after.body["accounts"]] == ["john"]
    assert (await operator.get("/account/list?limit=0")).status == 400
    assert len(await noted(town, "accounts listed")) == 3


async def test_community_create_and_mint(town: Town, operator: serving.Client) -> None:
    made = await done(operator, "/community/create", {"name": " Nonoichi "}, status=201)
    assert made["name"] == "Nonoichi"
    assert (await operator.post("/community/create", {"name": "nonoichi"})).status == 400
    mint = {"id": made["id"], "amount": 12.5}
    assert (await operator.post("/community/mint", mint)).status == 404
    member = await town.join("emma", community_id=made["id"])
    await done(operator, "/account/promote", {"username": "emma", "role": "coordinator"})
    preview = await operator.post("/community/mint?preview=true", mint)
    assert (preview.status, preview.headers["Preview"]) == (200, "true")
    assert (await member.get("/user")).body["balance"] == 0
    headers = {"Idempotency-Key": "once"}
    for _ in range(2):
        answer = await operator.post("/community/mint", mint, headers=dict(headers))
        assert answer.body == {"accountId": member.account_id, "amount": 12.5}
    assert (await member.get("/user")).body["balance"] == 12.5
    assert (await operator.post("/community/mint", {**mint, "amount": 0.001})).status == 400
    assert len(await noted(town, "community founded")) == len(await noted(town, "tokens minted")) == 1


async def test_shop_credit_and_item_add(town: Town, operator: serving.Client, john: Phone) -> None:
    assert await done(operator, "/shop/credit", {"username": "john", "amount": "100"}) == {
        "accountId": john.account_id, "amount": 100,
    }  # fmt: skip
    preview = await operator.post("/shop/credit?preview=true", {"username": "john", "amount": 5})
    assert (preview.status, preview.headers["Preview"]) == (200, "true")
    assert await ledger.available(town.hiroba.context, john.account_id, "credit") == 100
    for amount, status in ((0, 400), (1.5, 400), ("plenty", 400), (1, 200)):
        assert (await operator.post("/shop/credit", {"username": "john", "amount": amount})).status == status, amount
    assert await noted(town, "credits issued") == [("operator", "hiroba", john.account_id)] * 2
    made = await done(operator, "/item/add", {"name": " Coffee ", "price": 3}, status=201)
    assert (made["name"], made["price"]) == ("Coffee", 3)
    items = (await town.hiroba.client("/shop").post("/items", {})).body["items"]
    assert items == [{"uuid": made["id"], "name": "Coffee", "price": 3}]
    assert (await operator.post("/item/add", {"name": "coffee", "price": 3})).status == 400
    assert len(await noted(town, "item put up")) == 1


async def test_order_complete(town: Town, operator: serving.Client) -> None:
    context = town.hiroba.context
    await town.join("emma", email="emma@hiroba.example")
    emma = await operators.find(context, "emma")
    order_id = await orders.draft(context, emma, units=1_500_000)
    early = await operator.post("/order/complete", {"id": order_id})
    assert (early.status, early.body["detail"]) == (409, "it is DRAFT")
    await orders.place(context, emma, order_id, language="en")
    preview = await operator.post("/order/complete?preview=true", {"id": order_id})
    assert (preview.body["state"], preview.headers["Preview"]) == ("COMPLETED", "true")
    assert await ledger.available(context, emma.id, "allowance") == 0
    assert await done(operator, "/order/complete", {"id": order_id}) == {
        "id": order_id, "accountId": emma.id, "state": "COMPLETED", "amount": 1.5,
    }  # fmt: skip
    assert (await operator.post("/order/complete", {"id": order_id})).status == 409
    assert (await operator.post("/order/complete", {"id": 10**6})).status == 404
    assert await ledger.available(context, emma.id, "allowance") == 1_500_000
    assert await noted(town, "order completed") == [("operator", "hiroba", emma.id)]


async def test_waitlist_approve(town: Town, operator: serving.Client) -> None:
    email = "emma@hiroba.example"
    assert await done(operator, "/waitlist/approve", {"email": email}) == {
        "email": email, "asked": False, "confirmed": False,
    }  # fmt: skip
    await town.hiroba.client("/allowances").post("/waitlist", {"email": email})
    assert (await done(operator, "/waitlist/approve", {"email": email}))["asked"] is True
    assert (await operator.post("/waitlist/approve", {"email": "nowhere"})).status == 400
    assert len(await noted(town, "waitlist approved")) == 2


async def test_ledger_verify_and_statement(town: Town, operator: serving.Client, dsn: str) -> None:
    phone = await town.coordinator("emma")
    haru = await town.join("haru")
    payment = {"beneficiaryId": haru.account_id, "amount": 20.5, "description": "Bread"}
    await phone.post("/transactions", payment)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await phone.get("/transactions")).body[0]["completed"]:
            await asyncio.sleep(0.01)
    statement = (await operator.get("/ledger/statement?username=emma")).body["entries"]
    assert [(one["amount"], one["balance"], one["reason"]) for one in statement] == [
        (11579.5, 11579.5, "mint"), (-20.5, 11559, "payment"),
    ]  # fmt: skip
    for query, expected in (
        ("limit=1", statement[:1]),
        (f"after={statement[0]['id']}", statement[1:]),
        (f"limit=1&before={statement[1]['id']}", statement[:1]),
        (f"after={statement[1]['id']}", []),
    ):
        assert (await operator.get(f"/ledger/statement?username=emma&{query}")).body["entries"] == expected, query
    assert (await operator.get("/ledger/statement?username=nobody")).status == 404
    assert (await operator.get("/ledger/statement")).status == 400
    assert (await operator.get("/ledger/verify")).body == {"sound": True, "fault": None}
    with contextlib.closing(psycopg2.connect(dsn)) as owner, owner.cursor() as cursor:
        owner.autocommit = True
        cursor.execute("UPDATE entries SET amount = amount + 1 WHERE posting_id = %s", (statement[0]["id"],))
    told = (await operator.get("/ledger/verify")).body
    assert told["sound"] is False
    assert set(told["fault"]) == {"noun", "rowId", "reason"}
    assert len(await noted(town, "ledger verified")) == 2
    assert await noted(town, "statement read") == [("operator", "hiroba", phone.account_id)] * 5


async def test_audit(town: Town, operator: serving.Client, john: Phone) -> None:
    await done(operator, "/account/disable", {"username": "john"})
    entries = (await operator.get("/audit?account=john")).body["entries"]
    # `create-account` signs in, too.
    assert [entry["act"] for entry in entries] == ["registered", "signed in", "account disabled"]
    assert entries[-1]["actor"] == "operator"
    everything = (await operator.get("/audit")).body["entries"]
    assert [entry["act"] for entry in everything][-2:] == ["account disabled", "audit read"]
    assert (await operator.get("/audit?since=2100-01-01")).body == {"entries": []}
    page = (await operator.get(f"/audit?limit=2&after={everything[0]['id']}")).body["entries"]
    assert page == everything[1:3]
    before = (await operator.get(f"/audit?limit=2&before={everything[3]['id']}")).body["entries"]
    assert before == everything[1:3]
    for query in ("since=yesterday", "since=", "limit=201"):
        assert (await operator.get(f"/audit?{query}")).status == 400, query
    assert (await operator.get("/audit?account=nobody")).status == 404


async def test_an_account_that_there_is_not(operator: serving.Client) -> None:
    for path in ("/account/disable", "/account/enable", "/account/sign-out", "/account/promote"):
        answer = await operator.post(path, {"username": "nobody", "role": "operator"})
        assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


async def test_for_operators_only(town: Town, john: Phone) -> None:
    client = town.hiroba.client("/operator/api")
    assert (await client.get("/audit")).status == 401
    await client.post(f"{town.hiroba.url}/me/session", {"login": "john", "password": serving.PASSWORD})
    answer = await client.get("/audit")
    assert (answer.status, answer.body["detail"]) == (403, "for operators only")
    assert (await client.get("/audit", headers={"Origin": "http://localhost:3000"})).status == 403
    assert (await client.get("/nothing")).status == 404
