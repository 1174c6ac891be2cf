"""What the contract adds to `apis/sixc.md` about orders and users: refusals, moves, amounts, pages, previews."""

from typing import Any

import msgspec
import psycopg2
import pytest

from handlers.core import accounts, audit, operators
from tests import clocks, serving
from tests.surfaces.allowances import traders


def said(answer: serving.Answer) -> tuple[int, str]:
    """The status and sentence of a refusal, whose form is checked on the way."""
    assert set(answer.body) == {"statusCode", "body"}, answer.raw
    assert answer.body["statusCode"] == answer.status
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.status, answer.body["body"]


# --- values -----------------------------------------------------------------------------------------------------------

WRONG_VALUES = [
    b"0", b"-1", b"0.0000001", b"1e-7", b"1e400", b"NaN", b'"NaN"', b"Infinity", b"9007199254.740993", b'""', b"true",
    b"[]", b"{}", b"null", b'"1,5"', b'"1_0"', b"1e30",
]  # fmt: skip


@pytest.mark.parametrize("value", WRONG_VALUES)
async def test_what_is_no_number_of_allowances_is_refused_and_changes_nothing(
    trader: traders.Trader, value: bytes
) -> None:
    order_id = await trader.draft(1)
    assert said(await trader.ask("PUT", "/buy", b'{"value":%s}' % value))[0] == 400
    body = b'{"transaction_id":%d,"value":%s}' % (order_id, value)
    assert said(await trader.ask("PATCH", "/buy", body))[0] == 400
    assert [order[1] for order in await trader.orders()] == [1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"0.000001", "0.000001"), (b'"12.50"', "12.5"), (b"1e2", "100"), (b"9007199254.740992", "9007199254.740992"),
        (b"0.1", "0.1"), (b"123456789.123456", "123456789.123456"),
    ],
)  # fmt: skip
async def test_amounts_go_in_and_come_out_digit_by_digit(trader: traders.Trader, value: bytes, shown: str) -> None:
    answer = await trader.ask("PUT", "/buy", b'{"value":%s}' % value)
    assert f"[{answer.body['transaction_id']},{shown}," in await trader.get("/buy")


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("PUT", "/buy", {}, "value"),
        ("PUT", "/buy", {"value": None}, "value"),
        ("PATCH", "/buy", {"value": 1}, "transaction_id"),
        ("PATCH", "/buy", {"transaction_id": 1}, "value"),
        ("DELETE", "/buy", {}, "transaction_id"),
        ("POST", "/buy/cancel", {"transaction_id": None}, "transaction_id"),
        ("POST", "/buy/place", {}, "transaction_id"),
    ],
)
async def test_what_is_missing_is_named(
    trader: traders.Trader, method: str, path: str, body: dict[str, Any], named: str
) -> None:
    assert said(await trader.ask(method, path, body)) == (400, f"Missing: {named}")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"transaction_id":"x"}', b'{"transaction_id":1.5}', b'"x"'])
async def test_what_cannot_be_read_is_refused(trader: traders.Trader, body: bytes) -> None:
    assert said(await trader.ask("POST", "/buy/place", body))[0] == 400


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("POST", "/buy", 405)])
async def test_unknown_paths_and_methods_speak_its_form(
    trader: traders.Trader, method: str, path: str, status: int
) -> None:
    assert said(await trader.ask(method, path))[0] == status


# --- moves ------------------------------------------------------------------------------------------------------------

ACTS = {
    "patch": ("PATCH", "/buy"),
    "cancel": ("POST", "/buy/cancel"),
    "place": ("POST", "/buy/place"),
    "delete": ("DELETE", "/buy"),
}
ALLOWED = {("DRAFT", "patch"), ("DRAFT", "cancel"), ("DRAFT", "place"), ("CANCELLED", "delete")}


async def an_order(trader: traders.Trader, state: str) -> int:
    order_id = await trader.draft(1)
    if state == "CANCELLED":
        await trader.move("cancel", order_id)
    elif state != "DRAFT":
        await trader.move("place", order_id)
    if state == "COMPLETED":
        await trader.complete(order_id)
    return order_id


@pytest.mark.parametrize("state", ["DRAFT", "PROCESSING", "COMPLETED", "CANCELLED"])
@pytest.mark.parametrize("act", ACTS)
async def test_each_act_in_each_state(trader: traders.Trader, state: str, act: str) -> None:
    order_id = await an_order(trader, state)
    answer = await trader.ask(*ACTS[act], {"transaction_id": order_id, "value": 2})
    if (state, act) in ALLOWED:
        assert answer.status == 200
    else:
        assert said(answer) == (409, f"Transaction Status: {state}")
        assert await trader.states() == [state]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("order_id", [0, -1, 999_999, 2**63 - 1])
async def test_an_unknown_order_is_not_found(trader: traders.Trader, act: str, order_id: int) -> None:
    assert said(await trader.ask(*ACTS[act], {"transaction_id": order_id, "value": 2})) == (404, "Not found")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ["DRAFT", "COMPLETED", "CANCELLED"])
async def test_anothers_order_looks_like_an_unknown_one(
    trader: traders.Trader, hiroba: serving.Serving, act: str, state: str
) -> None:
    order_id = await an_order(trader, state)
    other = await traders.signed_in(hiroba, "operator", email="operator@hiroba.example")
    await operators.promote_operator(hiroba.context, audit.COMMAND_LINE, "operator")
    unknown = await other.ask(*ACTS[act], {"transaction_id": order_id + 1, "value": 2})
    answer = await other.ask(*ACTS[act], {"transaction_id": order_id, "value": 2})
    assert (answer.status, answer.raw) == (unknown.status, unknown.raw) == (404, unknown.raw)
    assert await other.orders() == []
    assert [order[1] for order in await trader.orders()] == [1]
    assert await trader.states() == [state]


async def test_without_an_email_nothing_is_placed(hiroba: serving.Serving) -> None:
    trader = await traders.signed_in(hiroba, email=None)
    order_id = await trader.draft()
    assert said(await trader.move("place", order_id))[0] == 409
    assert await trader.states() == ["DRAFT"]


async def test_ids_come_as_text_too(trader: traders.Trader) -> None:
    order_id = await trader.draft()
    assert (await trader.ask("POST", "/buy/cancel", {"transaction_id": str(order_id)})).status == 200


# --- lists ------------------------------------------------------------------------------------------------------------


async def test_lists_go_on_where_they_ended(trader: traders.Trader, clock: clocks.MovableClock) -> None:
    ids = []
    for _ in range(5):
        ids.append(await trader.draft())
        clock.advance(minutes=1)

    async def listed(query: str) -> list[int]:
        return [order[0] for order in await trader.orders(query)]

    assert await listed("?limit=2") == ids[:2]
    assert await listed(f"?limit=2&after={ids[1]}") == ids[2:4]
    assert await listed(f"?limit=2&before={ids[4]}") == ids[2:4]
    assert await listed(f"?after={ids[4]}") == []
    assert await listed(f"?after={ids[0]}&before={ids[3]}") == ids[1:3]
    assert said(await trader.ask("GET", "/buy?limit=201"))[0] == 400


async def test_times_are_when_it_was_drafted(trader: traders.Trader, clock: clocks.MovableClock) -> None:
    order_id = await trader.draft()
    clock.advance(minutes=59)
    await trader.move("place", order_id)
    ((_, _, time, _),) = await trader.orders()
    assert time == "2026-03-14T12:00:00.000Z"


# --- users ------------------------------------------------------------------------------------------------------------


async def test_what_is_not_given_stays(trader: traders.Trader) -> None:
    await trader.ask("PATCH", "/user", {"organization": "Kaga Rice", "emissions": "0.5"})
    await trader.ask("PATCH", "/user", {"name": "Hana"})
    await trader.ask("PATCH", "/user", {"name": None, "organization": None, "emissions": None})
    told = await trader.get("/user")
    assert (told["name"], told["organization"], told["emissions"]) == ("Hana", "Kaga Rice", 0.5)
    await trader.ask("PATCH", "/user", {"organization": " ", "emissions": 0})
    told = await trader.get("/user")
    assert (told["organization"], told["emissions"]) == (None, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"name": "   "}, {"name": "x" * 201}, {"name": 5}, {"organization": "x" * 201},
        {"emissions": -1}, {"emissions": 0.0000001}, {"emissions": "much"}, {"emissions": 1e30},
        {"name": "Hana", "emissions": -1},
    ],
)  # fmt: skip
async def test_what_a_trader_cannot_be_is_refused_and_changes_nothing(
    trader: traders.Trader, change: dict[str, Any]
) -> None:
    before = await trader.get("/user")
    assert said(await trader.ask("PATCH", "/user", change))[0] == 400
    assert await trader.get("/user") == before


async def test_names_are_split_at_the_last_space(trader: traders.Trader, hiroba: serving.Serving) -> None:
    await trader.ask("PATCH", "/user", {"name": " Hana  Ikeda   Mori "})
    found = await operators.find(hiroba.context, "trader")
    assert (found.first_name, found.last_name) == ("Hana Ikeda", "Mori")
    await trader.ask("PATCH", "/user", {"name": "Hana"})
    found = await operators.find(hiroba.context, "trader")
    assert (found.first_name, found.last_name) == ("Hana", None)
    assert (await trader.get("/user"))["name"] == "Hana"


# --- previews, keys, leaving ------------------------------------------------------------------------------------------


async def test_a_preview_answers_and_does_nothing(trader: traders.Trader, hiroba: serving.Serving) -> None:
    answer = await trader.ask("PUT", "/buy?preview=true", {"value": 1})
    assert answer.headers["Preview"] == "true"
    assert answer.body == {"statusCode": 200, "body": "Transaction successfully created", "transaction_id": None}
    assert await trader.orders() == []
    order_id = await trader.draft(1)
    before = await trader.get("/buy")
    for act in ("patch", "cancel", "place"):
        method, path = ACTS[act]
        answer = await trader.ask(method, f"{path}?preview=true", {"transaction_id": order_id, "value": 2})
        assert (answer.status, answer.headers["Preview"]) == (200, "true")
        assert answer.body["transaction_id"] == order_id
        assert await trader.get("/buy") == before
    refused = await trader.ask("DELETE", "/buy?preview=true", {"transaction_id": order_id})
    assert said(refused) == (409, "Transaction Status: DRAFT")
    assert await hiroba.letters("trader@hiroba.example") == []
    # Nor was the number of an invoice used up.
    await trader.placed()
    assert (await hiroba.letters("trader@hiroba.example"))[0].subject == "Invoice 1"


async def test_under_one_key_an_order_is_placed_once_and_answered_twice(
    trader: traders.Trader, hiroba: serving.Serving
) -> None:
    order_id = await trader.draft()
    first = await trader.move("place", order_id, Idempotency_Key="one")
    again = await trader.move("place", order_id, Idempotency_Key="one")
    assert (again.status, again.raw) == (first.status, first.raw) == (200, first.raw)
    assert (await trader.move("place", order_id, Idempotency_Key="another")).status == 409
    assert said(await trader.move("cancel", order_id, Idempotency_Key="one"))[0] == 422
    assert len(await hiroba.letters("trader@hiroba.example")) == 1


async def test_who_leaves_leaves_no_draft_and_what_was_placed_stays(
    trader: traders.Trader, hiroba: serving.Serving
) -> None:
    states = ("DRAFT", "PROCESSING", "COMPLETED", "CANCELLED")
    ids = {state: await an_order(trader, state) for state in states}
    await accounts.delete(hiroba.context, audit.COMMAND_LINE, trader.id)
    left = await hiroba.context.database.all(
        lambda order_id, account_id, units, state, created_at: (order_id, state),
        "orders.list_by_account",
        account_id=trader.id, after=None, before=None, most=10,
    )  # fmt: skip
    assert dict(left) == {
        ids["DRAFT"]: "CANCELLED",
        ids["PROCESSING"]: "PROCESSING",
        ids["COMPLETED"]: "COMPLETED",
        ids["CANCELLED"]: "CANCELLED",
    }
    assert (await trader.ask("GET", "/buy")).status == 401
    # It was paid all the same.
    assert (await trader.complete(ids["PROCESSING"])).state == "COMPLETED"


async def test_a_list_too_long_says_that_it_is_cut_off(trader: traders.Trader, hiroba: serving.Serving) -> None:
    assert "X-Truncated" not in (await trader.ask("GET", "/buy")).headers
    with psycopg2.connect(hiroba.config.database.url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders (account_id, units, created_at, changed_at)"
            " SELECT %s, n, now(), now() FROM generate_series(1, 10001) n",
            (trader.id,),
        )
    answer = await trader.ask("GET", "/buy")
    assert answer.headers["X-Truncated"] == "true"
    assert len(msgspec.json.decode(answer.body["body"])) == 10_000
