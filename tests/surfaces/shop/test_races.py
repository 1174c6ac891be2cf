"""Many at once: what there is can be spent once, a token is one account's, an account has one token."""

import asyncio
from collections import Counter

import psycopg2

from handlers.core import ledger
from tests import serving
from tests.surfaces.shop import teams


async def at_once(*asked) -> Counter:
    """How many answers had which status."""
    return Counter(answer.status for answer in await asyncio.gather(*asked))


async def is_sound(shop: teams.Shop) -> bool:
    """Whether the books are in order."""
    return await ledger.verify(shop.hiroba.context) is None


async def test_fifty_buy_with_money_for_three(shop: teams.Shop) -> None:
    team = await shop.signed_in("team1", credits=30)
    item = {"item_id": shop.items["Sticker"]}
    assert await at_once(*(team.post("/buy", item) for _ in range(50))) == {200: 3, 403: 47}
    assert await team.balance() == 0
    assert len((await team.post("/transactions")).body["transactions"]) == 4
    assert await is_sound(shop)


async def test_fifty_transfers_with_money_for_seven(shop: teams.Shop, team2: teams.Team) -> None:
    team = await shop.signed_in("team1", credits=52)
    body = {"recipient": team2.id, "amount": 7}
    assert await at_once(*(team.post("/transfer", body) for _ in range(50))) == {200: 7, 403: 43}
    assert (await team.balance(), await team2.balance()) == (3, 1049)
    assert await is_sound(shop)


async def test_fifty_of_both_kinds_at_once(shop: teams.Shop, team2: teams.Team) -> None:
    team = await shop.signed_in("team1", credits=45)
    buys = [team.post("/buy", {"item_id": shop.items["Sticker"]}) for _ in range(25)]
    transfers = [team.post("/transfer", {"recipient": team2.id, "amount": 10}) for _ in range(25)]
    assert await at_once(*buys, *transfers) == {200: 4, 403: 46}
    assert await team.balance() == 5
    assert await is_sound(shop)


async def test_there_and_back_in_a_circle(shop: teams.Shop) -> None:
    circle = [await shop.signed_in(f"team{number}", credits=5) for number in range(5)]
    pairs = [(one, circle[(place + step) % 5]) for place, one in enumerate(circle) for step in (1, 2, 3, 4)]
    asked = [one.post("/transfer", {"recipient": other.id, "amount": 3}) for one, other in pairs * 3]
    assert set(await at_once(*asked)) <= {200, 403}
    balances = [await team.balance() for team in circle]
    assert sum(balances) == 25
    assert min(balances) >= 0
    assert await is_sound(shop)


async def test_one_key_fifty_times_is_paid_once(shop: teams.Shop, team1: teams.Team, team2: teams.Team) -> None:
    body = {"recipient": team2.id, "amount": 7}
    key = {"Idempotency-Key": "one"}
    statuses = await at_once(*(team1.post("/transfer", body, headers={**key}) for _ in range(50)))
    assert statuses[200] >= 1
    assert statuses[200] + statuses[409] == 50
    assert await team1.balance() == 993


async def test_many_who_want_one_token(serve: serving.Serve) -> None:
    shop = await teams.opened(await serve(limits={"enabled": "false"}))
    found = [await shop.team(f"team{number}") for number in range(12)]
    assert await at_once(*(team.login(token="the same for all") for team in found)) == {200: 1, 400: 11}
    assert len(tokens(shop)) == 1


async def test_two_who_take_each_others_token(serve: serving.Serve) -> None:
    shop = await teams.opened(await serve(limits={"enabled": "false"}))
    team1, team2 = await shop.signed_in("team1"), await shop.signed_in("team2")
    for _ in range(10):
        statuses = await at_once(team1.login(token=team2.token), team2.login(token=team1.token))
        assert statuses == {400: 2}
        update = {"old_token": team1.token, "new_token": team2.token}
        back = {"old_token": team2.token, "new_token": team1.token}
        both = await at_once(team1.client.post("/update-session", update), team2.client.post("/update-session", back))
        assert both == {400: 2}
    assert await team1.balance() == 0


async def test_an_account_has_one_token_however_many_sign_in(serve: serving.Serve) -> None:
    shop = await teams.opened(await serve(passwords={"queue_max": 100}))
    team = await shop.team("team1")
    chosen = [f"token number {number}" for number in range(15)]
    assert await at_once(*(team.login(token=token) for token in chosen)) == {200: 15}
    assert len(tokens(shop)) == 1
    assert await at_once(*(team.post("/validate-session", {"token": token}) for token in chosen)) == {200: 1, 403: 14}


async def test_tokens_tried_at_once_learn_no_more_than_tried_one_by_one(serve: serving.Serve) -> None:
    shop = await teams.opened(await serve(limits={"sign_in_failures_address_max": 20}))
    team = await shop.signed_in("team1")
    made_up = [team.post("/validate-session", {"token": f"made up {number}"}) for number in range(80)]
    *_, right = answers = await asyncio.gather(*made_up, team.post("/validate-session"))
    assert Counter(answer.status for answer in answers) == {403: 20, 429: 61}
    assert right.status == 429


async def test_of_those_who_change_one_token_one_does(team1: teams.Team, shop: teams.Shop) -> None:
    changes = [{"old_token": team1.token, "new_token": f"token number {number}"} for number in range(20)]
    assert await at_once(*(team1.client.post("/update-session", one) for one in changes)) == {200: 1, 403: 19}
    valid = await at_once(*(team1.post("/validate-session", {"token": one["new_token"]}) for one in changes))
    assert valid == {200: 1, 403: 19}
    assert len(tokens(shop)) == 1


async def test_of_those_who_change_one_password_one_does(serve: serving.Serve) -> None:
    shop = await teams.opened(await serve(passwords={"queue_max": 100}, limits={"enabled": "false"}))
    team = await shop.signed_in("team1")
    body = {"old_password": serving.PASSWORD}
    asked = [team.post("/update-password", {**body, "new_password": f"password number {n}"}) for n in range(10)]
    assert await at_once(*asked) == {200: 1, 403: 9}
    logins = [team.login(password=f"password number {n}") for n in range(10)]
    assert await at_once(*logins) == {200: 1, 403: 9}


def tokens(shop: teams.Shop) -> list[tuple]:
    """The shop's sessions."""
    connection = psycopg2.connect(shop.hiroba.config.database.url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM sessions WHERE api = 'shop'")
        found = cursor.fetchall()
    connection.close()
    return found
