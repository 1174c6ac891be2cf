"""Tokens that clients choose: which are taken, whose they are, how long they live, and how many may be tried."""

from typing import Any

import psycopg2
import pytest

from handlers.core import audit, operators, sessions
from storage import accounts as account_rows
from tests import clocks, serving
from tests.surfaces.shop import teams
from tests.surfaces.shop.test_rules import INVALID_SESSION, said

INVALID_TOKEN = (400, {"error": "Invalid token"})
BAD = [None, 5, True, [], {}, "", "seven c", "x" * 129, ["a token of my own"]]
GOOD = ["eight ch", "x" * 128, "ひろばひろばひろ", "🎟" * 8, "' OR 1=1;--", "  spaces  ", "null and void"]


@pytest.mark.parametrize("token", BAD, ids=repr)
async def test_a_bad_new_token_is_no_token(team1: teams.Team, token: Any) -> None:
    assert said(await team1.login(token=token)) == INVALID_TOKEN
    answer = await team1.client.post("/update-session", {"old_token": team1.token, "new_token": token})
    assert said(answer) == INVALID_TOKEN
    assert (await team1.post("/validate-session")).status == 200


@pytest.mark.parametrize("token", GOOD)
async def test_any_text_of_8_to_128_characters_is_a_token(team1: teams.Team, token: str) -> None:
    for path, body in (
        ("/login", {"username": "team1", "password": serving.PASSWORD, "token": token}),
        ("/update-session", {"old_token": token, "new_token": token}),
        ("/validate-session", {"token": token}),
    ):
        assert (await team1.client.post(path, body)).status == 200, path
    assert (await team1.post("/validate-session")).status == 403


async def test_a_token_in_use_by_another_account_is_refused(team1: teams.Team, team2: teams.Team) -> None:
    assert said(await team2.login(token=team1.token)) == INVALID_TOKEN
    answer = await team2.client.post("/update-session", {"old_token": team2.token, "new_token": team1.token})
    assert said(answer) == INVALID_TOKEN
    # Neither lost theirs by it.
    for team in (team1, team2):
        assert (await team.post("/validate-session")).body == {"success": str(team.id)}
    await team1.post("/expire-session")
    assert (await team2.login(token=team1.token)).status == 200


async def test_a_new_login_replaces_the_former_token(shop: teams.Shop, team1: teams.Team) -> None:
    whoami = shop.hiroba.client("/whoami")
    await whoami.post("/signin", {"email": "team1", "password": serving.PASSWORD})
    assert (await team1.login(token="another token")).status == 200
    assert said(await team1.post("/get-balance")) == INVALID_SESSION
    assert (await team1.post("/get-balance", {"token": "another token"})).status == 200
    made = await team1.client.post("/login", {"username": "team1", "password": serving.PASSWORD})
    assert said(await team1.post("/get-balance", {"token": "another token"})) == INVALID_SESSION
    assert (await team1.post("/get-balance", {"token": made.body["token"]})).status == 200
    # Only the shop's.
    assert (await whoami.get("/signin")).body["status"] is True
    # A failed one replaces nothing.
    assert (await team1.login(password="wrong")).status == 403
    assert (await team1.post("/get-balance", {"token": made.body["token"]})).status == 200


async def test_only_a_hash_is_kept_and_no_other_door_takes_it(shop: teams.Shop, team1: teams.Team) -> None:
    connection = psycopg2.connect(shop.hiroba.config.database.url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT api, length(token_hash) FROM sessions")
        assert cursor.fetchall() == [("shop", 32)]
    connection.close()
    cookies = {name: urlsafe(team1.token) for name in ("JSESSIONID", "session", "hiroba")}
    assert (await shop.hiroba.client("/community").get("/user", cookies=cookies)).status == 401
    # Nor is another API's token one of the shop's: with whatever cookie, only the body counts.
    opened = await sessions.open_for(
        shop.hiroba.context, audit.Visit(api="community", address=""), account_rows.Credentials(team1.id, None)
    )
    answer = await team1.post("/get-balance", {"token": opened.token}, cookies={"JSESSIONID": opened.token})
    assert said(answer) == INVALID_SESSION
    # To choose it is nobody's business.
    assert (await team1.login(token=opened.token)).status == 200


def urlsafe(token: str) -> str:
    """A cookie's value."""
    return token.replace(" ", "-")


async def test_a_password_that_is_changed_ends_all_other_sessions_and_voids_links(
    shop: teams.Shop, team1: teams.Team
) -> None:
    hiroba = shop.hiroba
    whoami, browser = hiroba.client("/whoami"), hiroba.client("/whoami")
    await whoami.post("/signin", {"email": "team1", "password": serving.PASSWORD})
    await browser.post("/send_pwreset_email", {"email": "team1@hiroba.example"})
    link = await hiroba.link("team1@hiroba.example")
    await browser.get(link)
    new = {"old_password": serving.PASSWORD, "new_password": "somenewpassword"}
    for wrong, status in (
        ({**new, "old_password": "wrong password"}, 403),
        ({**new, "new_password": "short"}, 400),
        ({**new, "new_password": 12345678}, 400),
        ({**new, "token": "somebody else's"}, 403),
    ):
        answer = await team1.post("/update-password", wrong)
        assert (answer.status, list(answer.body)) == (status, ["error"]), wrong
    assert (await whoami.get("/signin")).body["status"] is True
    assert (await team1.post("/update-password", new)).status == 200
    assert (await whoami.get("/signin")).body["status"] is False
    assert (await browser.put("/reset_pw", {"new_password": "the link's own"})).body["status"] is False
    assert (await browser.get(link)).headers["Location"].endswith("/signin")
    # The session that did it goes on.
    assert await team1.balance() == 1000
    # And by another door it ends the shop's.
    await whoami.post("/signin", {"email": "team1", "password": "somenewpassword"})
    assert (await whoami.put("/reset_pw", {"new_password": "somepassword"})).body["status"] is True
    assert said(await team1.post("/get-balance")) == INVALID_SESSION


async def test_sessions_expire(serve: serving.Serve, clock: clocks.MovableClock) -> None:
    shop = await teams.opened(await serve(sessions={"idle_ttl_seconds": 600, "absolute_ttl_seconds": 3600}))
    team1, team2 = await shop.signed_in("team1"), await shop.signed_in("team2")
    clock.advance(seconds=601)
    assert said(await team1.post("/validate-session")) == INVALID_SESSION
    # What nobody uses any more is free, though nobody cleared it away.
    assert (await team2.login(token=team1.token)).status == 200
    team2.token = team1.token
    assert (await team2.post("/validate-session")).body == {"success": str(team2.id)}
    context = shop.hiroba.context
    for step in range(6):
        # Another token makes it live no longer.
        token = f"token number {step}"
        answer = await team2.client.post("/update-session", {"old_token": team2.token, "new_token": token})
        assert answer.status == 200
        team2.token = token
        await context.database.run("sessions.touch", session_ids=await ids(shop), now=clock.now(), idle_since=EVER)
        clock.advance(seconds=599)
    clock.advance(seconds=7)
    assert said(await team2.post("/validate-session")) == INVALID_SESSION


EVER = clocks.NOON.replace(year=2000)


async def ids(shop: teams.Shop) -> list[int]:
    """Of all sessions."""
    connection = psycopg2.connect(shop.hiroba.config.database.url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM sessions")
        found = [row[0] for row in cursor.fetchall()]
    connection.close()
    return found


async def test_disabled_accounts_have_no_session_and_get_none(shop: teams.Shop, team1: teams.Team) -> None:
    await operators.disable(shop.hiroba.context, audit.COMMAND_LINE, "team1")
    assert said(await team1.post("/get-balance")) == INVALID_SESSION
    assert said(await team1.login()) == (403, {"error": "Invalid username or password"})
    await operators.enable(shop.hiroba.context, audit.COMMAND_LINE, "team1")
    assert said(await team1.post("/get-balance")) == INVALID_SESSION
    assert (await team1.login()).status == 200


# --- limits -----------------------------------------------------------------------------------------------------------


async def test_ten_failures_refuse_the_right_password_too(team1: teams.Team, clock: clocks.MovableClock) -> None:
    wrong = {"old_password": "wrong password", "new_password": "somenewpassword"}
    for attempt in range(10):
        if attempt % 2:
            assert (await team1.login(password="wrong")).status == 403
        else:
            assert (await team1.post("/update-password", wrong)).status == 403
    for refused in (
        await team1.login(),
        await team1.post("/update-password", {**wrong, "old_password": serving.PASSWORD}),
    ):
        assert (refused.status, list(refused.body)) == (429, ["error"])
        assert int(refused.headers["Retry-After"]) > 0
    # Who is signed in stays it: these were failures of one account, and not so many of the address.
    assert await team1.balance() == 1000
    clock.advance(seconds=int(refused.headers["Retry-After"]))
    assert (await team1.login()).status == 200


async def test_tokens_that_are_made_up_count_as_failures_of_the_address(
    serve: serving.Serve, clock: clocks.MovableClock
) -> None:
    shop = await teams.opened(await serve(limits={"sign_in_failures_address_max": 5}))
    team1, team2 = await shop.signed_in("team1"), await shop.signed_in("team2")
    assert said(await team1.post("/get-balance", {"token": "made up by me"})) == INVALID_SESSION
    assert said(await team1.post("/get-balance", {"token": None})) == INVALID_SESSION
    update = {"old_token": "made up by me", "new_token": "another token"}
    assert said(await team1.client.post("/update-session", update)) == INVALID_SESSION
    # To learn that somebody uses it is a guess, too.
    assert said(await team1.login(token=team2.token)) == INVALID_TOKEN
    answer = await team1.client.post("/update-session", {"old_token": team1.token, "new_token": team2.token})
    assert said(answer) == INVALID_TOKEN
    whoami = shop.hiroba.client("/whoami")
    for refused in (
        await team1.post("/get-balance", {"token": "made up by me"}),
        await team1.post("/get-balance"),
        await team1.login(),
        await team1.login(token=team2.token),
        await whoami.post("/signin", {"email": "team1", "password": serving.PASSWORD}),
    ):
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) > 0
    # What needs no token is not refused.
    assert (await team1.client.post("/items")).status == 200
    clock.advance(seconds=901)
    assert await team1.balance() == 0


async def test_limits_can_be_switched_off(serve: serving.Serve) -> None:
    shop = await teams.opened(await serve(limits={"enabled": "false", "sign_in_failures_address_max": 2}))
    team1 = await shop.signed_in("team1")
    for _ in range(4):
        assert said(await team1.post("/get-balance", {"token": "made up by me"})) == INVALID_SESSION
    assert await team1.balance() == 0
