"""What the contract adds to `apis/ists16.md`: missing and odd values, money, lists, previews, keys."""

import urllib.parse
from typing import Any

import pytest

from handlers.core import accounts, audit, operators
from tests import serving
from tests.surfaces.shop import teams

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARAMETERS = {
    "/login": ["username", "password"],
    "/validate-session": ["token"],
    "/update-password": ["old_password", "new_password", "token"],
    "/get-balance": ["token"],
    "/buy": ["token", "item_id"],
    "/expire-session": ["token"],
    "/update-session": ["old_token", "new_token"],
    "/transactions": ["token"],
    "/transfer": ["token", "recipient", "amount"],
}
GUARDED = {path: names for path, names in PARAMETERS.items() if path != "/login"}
INVALID_SESSION = (403, {"error": "Invalid session"})


def said(answer: serving.Answer) -> tuple[int, Any]:
    """Status and body."""
    return answer.status, answer.body


@pytest.mark.parametrize("path", PARAMETERS)
async def test_what_is_missing_is_named_in_the_documents_order_before_the_session_is_looked_at(
    shop: teams.Shop, path: str
) -> None:
    client = shop.hiroba.client("/shop")
    given: dict[str, Any] = {}
    for name in PARAMETERS[path]:
        expected = (400, {"error": f"Missing {name}"})
        assert said(await client.post(path, given)) == expected
        assert said(await client.post(path, urllib.parse.urlencode(given).encode(), headers={**FORM})) == expected
        given[name] = 1 if name in ("item_id", "recipient", "amount") else "nobody's token"
    assert said(await client.post(path)) == (400, {"error": f"Missing {PARAMETERS[path][0]}"})


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("token", [None, 5, 1.5, True, [], ["x"], {"$ne": 1}, "", "short", "x" * 129, "nobody's token"])
async def test_a_token_that_stands_for_nobody_is_no_session(team1: teams.Team, path: str, token: Any) -> None:
    first = "old_token" if path == "/update-session" else "token"
    body = {name: 1 if name in ("item_id", "recipient", "amount") else "whatever it is" for name in GUARDED[path]}
    assert said(await team1.client.post(path, {**body, first: token})) == INVALID_SESSION


@pytest.mark.parametrize("path", [*PARAMETERS, "/items"])
async def test_only_post(shop: teams.Shop, path: str) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        answer = await shop.hiroba.client("/shop").ask(method, path)
        assert answer.status == 405
        assert "POST" in answer.headers["Allow"]
        assert method == "HEAD" or list(answer.body) == ["error"]


async def test_errors_are_the_shops_own(shop: teams.Shop, team1: teams.Team) -> None:
    assert said(await team1.client.post("/nothing", {})) == (404, {"error": "There is no such endpoint"})
    for body in (b"{", b"[]", b"null", b'{"token":"a\\u0000b, long enough"}', b'{"token":"\\ud800 and more"}', b"\xff"):
        for path in [*PARAMETERS, "/items"]:
            answer = await team1.client.post(path, body)
            assert (answer.status, list(answer.body)) == (400, ["error"]), (path, body)
    large = b'{"token":"' + b"x" * 1024 * 1024 + b'"}'
    for path in [*PARAMETERS, "/items"]:
        answer = await team1.client.post(path, large)
        assert (answer.status, list(answer.body)) == (413, ["error"])


async def test_forms_are_read_everywhere(shop: teams.Shop, team1: teams.Team, team2: teams.Team) -> None:
    async def ask(path: str, **fields: Any) -> serving.Answer:
        return await team1.client.post(path, urllib.parse.urlencode(fields).encode(), headers={**FORM})

    token = "100% mine & yours+"
    login = {"username": "team1", "password": serving.PASSWORD, "token": token}
    assert said(await ask("/login", **login)) == (200, {"success": str(team1.id)})
    assert (await ask("/login", **{**login, "token": ""})).status == 400
    assert said(await ask("/validate-session", token=token)) == (200, {"success": str(team1.id)})
    assert (await ask("/buy", token=token, item_id=shop.items["Cap"])).status == 200
    assert (await ask("/transfer", token=token, recipient=team2.id, amount=100)).status == 200
    assert (await ask("/transfer", token=token, recipient=team2.id, amount="1.5")).status == 400
    assert said(await ask("/get-balance", token=token)) == (200, {"balance": 800})
    assert len((await ask("/transactions?limit=2", token=token)).body["transactions"]) == 2
    assert len((await ask("/items")).body["items"]) == 5
    passwords = {"old_password": serving.PASSWORD, "new_password": "somenewpassword"}
    assert (await ask("/update-password", **passwords, token=token)).status == 200
    assert (await ask("/update-session", old_token=token, new_token="another one")).status == 200
    assert (await ask("/expire-session", token="another one")).status == 200


async def test_json_is_read_whatever_the_content_type_says(team1: teams.Team) -> None:
    for kind in ("text/plain", FORM["Content-Type"], "application/octet-stream"):
        answer = await team1.post("/get-balance", headers={"Content-Type": kind})
        assert said(answer) == (200, {"balance": 1000}), kind


# --- money ------------------------------------------------------------------------------------------------------------

AMOUNTS = [
    (b"7", 7), (b'"7"', 7), (b"7.0", 7), (b"7e0", 7), (b"1e2", 100), (b'"1e2"', 100), (b"0.7e1", 7),
    (b"true", None), (b"null", None), (b"[7]", None), (b"{}", None), (b'""', None), (b'" 7"', None), (b'"7,0"', None),
    (b"0", None), (b"-7", None), (b"7.5", None), (b'"7.5"', None), (b"1e-1", None), (b'"NaN"', None),
    (b'"Infinity"', None), (b'"1_0"', None), (b'"\xef\xbc\x97"', None), (b"1e400", None), (b"9" * 60, None),
    (b"9007199254740993", None), (b"-0", None), (b"+7", None), (b'"0x7"', None),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "taken"), AMOUNTS, ids=lambda value: repr(value)[:24])
async def test_amounts_are_positive_whole_numbers(
    team1: teams.Team, team2: teams.Team, amount: bytes, taken: int | None
) -> None:
    body = b'{"token":"%s","recipient":%d,"amount":%s}' % (team1.token.encode(), team2.id, amount)
    answer = await team1.client.post("/transfer", body)
    if taken is None:
        assert (answer.status, list(answer.body)) == (400, ["error"])
    else:
        assert answer.status == 200
    assert await team1.balance() == 1000 - (taken or 0)


async def test_an_amount_that_is_none_is_called_so(team1: teams.Team, team2: teams.Team) -> None:
    for amount in (0, -1, 1.5, True, "much", None):
        answer = await team1.post("/transfer", {"recipient": team2.id, "amount": amount})
        assert said(answer) == (400, {"error": "Invalid amount"})


async def test_who_and_what_is_not_there(shop: teams.Shop, team1: teams.Team, team2: teams.Team) -> None:
    for unknown in (0, -1, 10**6, 2**63 - 1, "1000000"):
        assert said(await team1.post("/buy", {"item_id": unknown})) == (404, {"error": "Item not found"})
        transfer = await team1.post("/transfer", {"recipient": unknown, "amount": 1})
        assert said(transfer) == (404, {"error": "Team not found"})
    for odd in (2**63, -(2**63) - 1, "x", 1.5, True, [], {}):
        for path, body in (("/buy", {"item_id": odd}), ("/transfer", {"recipient": odd, "amount": 1})):
            answer = await team1.post(path, body)
            assert (answer.status, list(answer.body)) == (400, ["error"]), (path, odd)
    assert (await team1.post("/transfer", {"recipient": team1.id, "amount": 1})).status == 400
    assert (await team1.post("/transfer", {"recipient": str(team2.id), "amount": 1})).status == 200
    assert (await team1.post("/buy", {"item_id": str(shop.items["Sticker"])})).status == 200
    assert await team1.balance() == 989


async def test_nobody_spends_more_than_they_have(shop: teams.Shop, team2: teams.Team) -> None:
    poor = await shop.signed_in("poor")
    for _ in range(2):
        assert await poor.balance() == 0
        insufficient = (403, {"error": "Insufficient funds"})
        assert said(await poor.post("/buy", {"item_id": shop.items["Sticker"]})) == insufficient
        assert said(await poor.post("/transfer", {"recipient": team2.id, "amount": 1})) == insufficient
    await team2.post("/transfer", {"recipient": poor.id, "amount": 15})
    assert (await poor.post("/buy", {"item_id": shop.items["Sticker"]})).status == 200
    assert said(await poor.post("/transfer", {"recipient": team2.id, "amount": 6})) == insufficient
    assert (await poor.post("/transfer", {"recipient": team2.id, "amount": 5})).status == 200
    assert (await poor.balance(), await team2.balance()) == (0, 990)


async def test_whoever_left_is_not_paid_any_more(shop: teams.Shop, team1: teams.Team, team2: teams.Team) -> None:
    await operators.disable(shop.hiroba.context, audit.COMMAND_LINE, "team2")
    assert said(await team2.post("/get-balance")) == INVALID_SESSION
    assert (await team2.login()).status == 403
    await accounts.delete(shop.hiroba.context, audit.COMMAND_LINE, team2.id)
    answer = await team1.post("/transfer", {"recipient": team2.id, "amount": 1})
    assert said(answer) == (404, {"error": "Team not found"})
    # Who leaves while signed in is nobody from then on.
    await accounts.delete(shop.hiroba.context, audit.COMMAND_LINE, team1.id)
    assert said(await team1.post("/get-balance")) == INVALID_SESSION


# --- lists ------------------------------------------------------------------------------------------------------------


async def test_lists_are_paged_by_the_query_string(shop: teams.Shop, team1: teams.Team) -> None:
    for _ in range(4):
        await team1.post("/buy", {"item_id": shop.items["Sticker"]})
    newest = [one["uuid"] for one in (await team1.post("/transactions")).body["transactions"]]
    assert newest == sorted(newest, reverse=True)
    for query, expected in (
        ("limit=2", newest[:2]),
        (f"limit=2&before={newest[1]}", newest[2:4]),
        (f"limit=2&after={newest[1]}", newest[2:4]),
        (f"after={newest[-1]}", []),
    ):
        found = (await team1.post(f"/transactions?{query}")).body["transactions"]
        assert [one["uuid"] for one in found] == expected, query
    ids = list(shop.items.values())
    for query, expected in (
        ("limit=2", ids[:2]),
        (f"limit=2&after={ids[1]}", ids[2:4]),
        (f"limit=2&before={ids[3]}", ids[1:3]),
        (f"before={ids[0]}", []),
    ):
        found = (await team1.post(f"/items?{query}")).body["items"]
        assert [one["uuid"] for one in found] == expected, query
    for path in ("/transactions", "/items"):
        for query in ("limit=0", "limit=201", "limit=x", "before=-1", "after=%00"):
            answer = await team1.post(f"{path}?{query}")
            assert (answer.status, list(answer.body)) == (400, ["error"]), query


# --- previews and keys ------------------------------------------------------------------------------------------------


async def test_a_preview_moves_nothing(shop: teams.Shop, team1: teams.Team, team2: teams.Team) -> None:
    transfer = {"recipient": team2.id, "amount": 1000}
    for path, body in (("/buy", {"item_id": shop.items["Mug"]}), ("/transfer", transfer)):
        for _ in range(2):
            answer = await team1.post(f"{path}?preview=true", body, headers={"Idempotency-Key": "one"})
            assert said(answer) == (200, {"transaction_id": None})
            assert answer.headers["Preview"] == "true"
    refused = await team1.post("/transfer?preview=true", {**transfer, "amount": 1001})
    assert said(refused) == (403, {"error": "Insufficient funds"})
    assert (await team1.balance(), await team2.balance()) == (1000, 1000)
    assert (await team1.post("/buy?preview=maybe", {"item_id": shop.items["Mug"]})).status == 400
    assert (await team1.post("/transfer?preview=false", transfer)).body["transaction_id"] > 0
    assert await team1.balance() == 0


async def test_the_same_request_under_a_key_is_paid_once(team1: teams.Team, team2: teams.Team) -> None:
    key = {"headers": {"Idempotency-Key": "one"}}
    body = {"recipient": team2.id, "amount": 100}
    first = await team1.post("/transfer", body, **key)
    again = await team1.post("/transfer", body, **key)
    assert (again.status, again.raw) == (first.status, first.raw) == (200, first.raw)
    assert (await team1.post("/transfer", {**body, "amount": 1}, **key)).status == 422
    # Keys are each account's own.
    assert (await team2.post("/transfer", {"recipient": team1.id, "amount": 1}, **key)).status == 200
    for wrong in ("", "k" * 256):
        assert (await team1.post("/transfer", body, headers={"Idempotency-Key": wrong})).status == 400
    # After another sign-in it is still the same request of the same account.
    former, team1.token = team1.token, "another token"
    await team1.login()
    assert (await team1.post("/transfer", body, **key)).raw == first.raw
    assert said(await team1.post("/transfer", {**body, "token": former}, **key)) == INVALID_SESSION
    assert await team1.balance() == 901


async def test_calls_about_credentials_ignore_a_key(team1: teams.Team) -> None:
    key = {"headers": {"Idempotency-Key": "one"}}
    for _ in range(2):
        body = {"username": "team1", "password": serving.PASSWORD}
        assert (await team1.client.post("/login", body, **key)).status == 200
    await team1.login()
    for old, new in ((team1.token, "token number 2"), ("token number 2", team1.token)):
        answer = await team1.client.post("/update-session", {"old_token": old, "new_token": new}, **key)
        assert answer.status == 200
    assert (await team1.post("/expire-session", **key)).status == 200
    assert said(await team1.post("/expire-session", **key)) == INVALID_SESSION


# --- where it is ------------------------------------------------------------------------------------------------------


async def test_at_its_own_host_its_paths_are_as_the_document_writes_them(serve: serving.Serve) -> None:
    shop = await teams.opened(await serve(shop={"hosts": "shop.example"}))
    team = await shop.signed_in("team1", credits=10)
    client, host = shop.hiroba.client(), {"Host": "shop.example:8080"}
    answer = await client.post("/get-balance", {"token": team.token}, headers={**host})
    assert said(answer) == (200, {"balance": 10})
    assert said(await client.post("/community/login", {}, headers={**host})) == (
        404,
        {"error": "There is no such endpoint"},
    )
