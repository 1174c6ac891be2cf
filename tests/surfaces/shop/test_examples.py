"""Every endpoint of `apis/ists16.md`, named after its heading and checked field by field."""

from email.utils import format_datetime

from tests import clocks, serving
from tests.surfaces.shop import teams

TOKEN = "a token of my own"


async def test_post_login(shop: teams.Shop) -> None:
    team = await shop.team("team1")
    credentials = {"username": "team1", "password": serving.PASSWORD, "token": TOKEN}
    answer = await team.client.post("/login", credentials)
    assert (answer.status, answer.body) == (200, {"success": str(team.id)})
    assert answer.headers["Content-Type"].startswith("application/json")
    assert "Set-Cookie" not in answer.headers
    wrong = await team.client.post("/login", {**credentials, "password": "not this one"})
    assert (wrong.status, wrong.body) == (403, {"error": "Invalid username or password"})


async def test_post_login_without_a_token_makes_one(shop: teams.Shop) -> None:
    team = await shop.team("team1")
    answer = await team.client.post("/login", {"username": "team1@hiroba.example", "password": serving.PASSWORD})
    assert answer.status == 200
    team.token = answer.body["token"]
    assert answer.body == {"success": str(team.id), "token": team.token, "team_id": team.id}
    assert (await team.post("/validate-session")).body == {"success": str(team.id)}


async def test_post_validate_session(team1: teams.Team) -> None:
    answer = await team1.post("/validate-session")
    assert (answer.status, answer.body) == (200, {"success": str(team1.id)})
    stranger = await team1.client.post("/validate-session", {"token": "somebody else's"})
    assert (stranger.status, stranger.body) == (403, {"error": "Invalid session"})


async def test_post_update_password(team1: teams.Team) -> None:
    body = {"old_password": serving.PASSWORD, "new_password": "somenewpassword", "token": team1.token}
    answer = await team1.client.post("/update-password", body)
    assert answer.status == 200
    assert list(answer.body) == ["success"]
    assert isinstance(answer.body["success"], str)
    assert (await team1.login()).status == 403
    assert (await team1.login(password="somenewpassword")).status == 200


async def test_post_get_balance(team1: teams.Team) -> None:
    answer = await team1.post("/get-balance")
    assert (answer.status, answer.body) == (200, {"balance": 1000})


async def test_post_buy(shop: teams.Shop, team1: teams.Team) -> None:
    answer = await team1.post("/buy", {"item_id": shop.items["Mug"]})
    assert answer.status == 200
    assert list(answer.body) == ["transaction_id"]
    assert isinstance(answer.body["transaction_id"], int)
    assert await team1.balance() == 931


async def test_post_expire_session(team1: teams.Team) -> None:
    answer = await team1.post("/expire-session")
    assert answer.status == 200
    assert isinstance(answer.body["success"], str)
    for path in ("/validate-session", "/expire-session"):
        again = await team1.post(path)
        assert (again.status, again.body) == (403, {"error": "Invalid session"})


async def test_post_update_session(team1: teams.Team) -> None:
    answer = await team1.client.post("/update-session", {"old_token": team1.token, "new_token": TOKEN})
    assert answer.status == 200
    assert isinstance(answer.body["success"], str)
    assert (await team1.post("/validate-session")).status == 403
    assert (await team1.post("/validate-session", {"token": TOKEN})).body == {"success": str(team1.id)}


async def test_post_transactions(
    shop: teams.Shop, team1: teams.Team, team2: teams.Team, clock: clocks.MovableClock
) -> None:
    bought = (await team1.post("/buy", {"item_id": shop.items["Sticker"]})).body["transaction_id"]
    clock.advance(minutes=1)
    given = (await team1.post("/transfer", {"recipient": team2.id, "amount": 100})).body["transaction_id"]
    answer = await team1.post("/transactions")
    assert answer.status == 200
    newest, purchase, credit = answer.body["transactions"]
    assert newest == {
        "uuid": given, "time": format_datetime(clock.now(), usegmt=True), "src": team1.id, "dst": team2.id,
        "desc": "Transfer", "amount": 100,
    }  # fmt: skip
    assert newest["time"] == "Sat, 14 Mar 2026 12:01:00 GMT"
    assert purchase | {"time": ""} == {
        "uuid": bought, "time": "", "src": team1.id, "dst": 0, "desc": "Bought Sticker", "amount": 10,
    }  # fmt: skip
    assert credit | {"time": "", "uuid": 0} == {
        "uuid": 0, "time": "", "src": 0, "dst": team1.id, "desc": "Credited", "amount": 1000,
    }  # fmt: skip
    assert (await team2.post("/transactions?limit=1")).body["transactions"] == [newest]


async def test_post_items(shop: teams.Shop) -> None:
    items = [{"uuid": shop.items[name], "name": name, "price": price} for name, price in teams.PRICES.items()]
    client = shop.hiroba.client("/shop")
    for body in (None, b"", {}, {"token": "whatever"}, {"token": None}, {"token": 5}):
        answer = await client.post("/items", body)
        assert (answer.status, answer.body) == (200, {"items": items}), body


async def test_post_transfer(team1: teams.Team, team2: teams.Team) -> None:
    answer = await team1.post("/transfer", {"recipient": team2.id, "amount": 250})
    assert answer.status == 200
    assert list(answer.body) == ["transaction_id"]
    assert isinstance(answer.body["transaction_id"], int)
    assert (await team1.balance(), await team2.balance()) == (750, 1250)
