"""Every endpoint of `apis/sixc.md`, named after its heading and checked field by field."""

import re

import msgspec

from tests import serving
from tests.surfaces.allowances import traders

JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_resource_login_method_post(trader: traders.Trader) -> None:
    answer = await trader.client.post("/login", {"username": "trader", "password": serving.PASSWORD})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert list(answer.body) == ["statusCode", "body"]
    assert answer.body["statusCode"] == 200
    assert list(answer.body["body"]) == ["AccessToken", "IdToken", "RefreshToken"]
    assert all(JWT.fullmatch(token) for token in answer.body["body"].values())
    assert len(set(answer.body["body"].values())) == 3


async def test_resource_user_method_get(trader: traders.Trader) -> None:
    answer = await trader.ask("GET", "/user")
    assert answer.status == 200
    assert answer.body == {
        "statusCode": 200,
        "body": {
            "name": "Hiroba Trader",
            "email": "trader@hiroba.example",
            "organization": None,
            "balance": 0,
            "emissions": None,
        },
    }


async def test_resource_user_method_patch(trader: traders.Trader) -> None:
    change = {"name": "Hana Ikeda Mori", "organization": "Kaga Rice", "emissions": 12.000001}
    answer = await trader.ask("PATCH", "/user", change)
    assert (answer.status, answer.body) == (200, {"statusCode": 200, "body": "User successfully updated!"})
    raw = (await trader.ask("GET", "/user")).raw
    assert b'"emissions":12.000001' in raw
    told = msgspec.json.decode(raw)["body"]
    assert {name: told[name] for name in change} == change


async def test_resource_buy_method_put(trader: traders.Trader) -> None:
    answer = await trader.ask("PUT", "/buy", {"value": 12.5})
    order_id = answer.body["transaction_id"]
    assert isinstance(order_id, int)
    assert (answer.status, answer.body) == (
        200,
        {"statusCode": 200, "body": "Transaction successfully created", "transaction_id": order_id},
    )
    assert [(order[0], order[1], order[3]) for order in await trader.orders()] == [(order_id, 12.5, "DRAFT")]


async def test_resource_buy_method_get(trader: traders.Trader) -> None:
    assert (await trader.ask("GET", "/buy")).body == {"statusCode": 200, "body": "[]"}
    ids = [await trader.draft(value) for value in (1, 0.5, 100)]
    answer = await trader.ask("GET", "/buy")
    assert answer.status == 200
    assert list(answer.body) == ["statusCode", "body"]
    # A string that holds a list, the newest last.
    listed = msgspec.json.decode(answer.body["body"])
    assert [order[0] for order in listed] == ids == sorted(ids)
    assert [order[1] for order in listed] == [1, 0.5, 100]
    assert all(ISO.fullmatch(order[2]) for order in listed)
    assert [order[3] for order in listed] == ["DRAFT"] * 3
    assert {len(order) for order in listed} == {4}


async def test_resource_buy_method_patch(trader: traders.Trader) -> None:
    order_id = await trader.draft(1)
    answer = await trader.ask("PATCH", "/buy", {"transaction_id": order_id, "value": 0.000001})
    assert (answer.status, answer.body) == (
        200,
        {"statusCode": 200, "body": "Transaction successfully updated!", "transaction_id": order_id},
    )
    assert "0.000001" in await trader.get("/buy")


async def test_resource_buy_method_delete(trader: traders.Trader) -> None:
    order_id = await trader.draft()
    await trader.move("cancel", order_id)
    answer = await trader.ask("DELETE", "/buy", {"transaction_id": order_id})
    assert (answer.status, answer.body) == (
        200,
        {"statusCode": 200, "body": "Transaction successfully deleted!", "transaction_id": order_id},
    )
    assert await trader.orders() == []


async def test_resource_buy_cancel_method_post(trader: traders.Trader) -> None:
    order_id = await trader.draft()
    answer = await trader.move("cancel", order_id)
    assert (answer.status, answer.body) == (
        200,
        {"statusCode": 200, "body": "Transaction Status: CANCELLED!", "transaction_id": order_id},
    )
    assert await trader.states() == ["CANCELLED"]


async def test_resource_buy_place_method_post(trader: traders.Trader, hiroba: serving.Serving) -> None:
    order_id = await trader.draft(12.5)
    answer = await trader.move("place", order_id)
    assert (answer.status, answer.body) == (
        200,
        {"statusCode": 200, "body": "Transaction Status: PROCESSING!", "transaction_id": order_id},
    )
    assert await trader.states() == ["PROCESSING"]
    (letter,) = await hiroba.letters("trader@hiroba.example")
    assert letter.subject == "Invoice 1"
    assert "Amount due: 312.50 USD" in letter.text
    await trader.complete(order_id)
    assert await trader.states() == ["COMPLETED"]
    assert (await trader.get("/user"))["balance"] == 12.5
