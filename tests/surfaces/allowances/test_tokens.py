"""Tokens: which opens what, for how long, and what they die of. Source: contract, 7."""

import base64
import itertools
from typing import Any

import jwt
import msgspec
import pytest

from handlers.core import accounts, audit, operators, sessions
from tests import clocks, serving
from tests.surfaces.allowances import traders

LOGIN = {"username": "trader", "password": serving.PASSWORD}
DAY_SECONDS = 86_400


async def status(trader: traders.Trader, shown: str | None) -> int:
    """Of a look at oneself, with this in the header."""
    headers = {} if shown is None else {"Authorization": shown}
    answer = await trader.client.get("/user", headers=headers)
    if answer.status != 200:
        assert (answer.status, answer.body) == (401, {"message": "Unauthorized"})
    return answer.status


async def refreshed(trader: traders.Trader) -> serving.Answer:
    return await trader.client.post("/login/refresh", {"refresh_token": trader.tokens["RefreshToken"]})


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer {}", "BEARER  {} "])
async def test_the_id_token_is_shown_bare_or_behind_bearer(trader: traders.Trader, form: str) -> None:
    assert await status(trader, form.format(trader.tokens["IdToken"])) == 200


@pytest.mark.parametrize("name", ["AccessToken", "RefreshToken"])
async def test_no_other_token_opens_anything(trader: traders.Trader, name: str) -> None:
    assert await status(trader, trader.tokens[name]) == 401
    assert await status(trader, f"Bearer {trader.tokens[name]}") == 401


@pytest.mark.parametrize("shown", [None, "", "x", "Bearer", "Bearer ", "Basic eDp5", "a.b.c", "x" * 9000, "..", "ü"])
async def test_what_is_no_token_opens_nothing(trader: traders.Trader, shown: str | None) -> None:
    if shown == "x" * 9000:
        # Longer than the server reads a header.
        shown = "x" * 7000
    assert await status(trader, shown) == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_without_a_token_the_gateway_answers(trader: traders.Trader, method: str) -> None:
    answer = await trader.client.ask(method, "/buy", {})
    assert (answer.status, answer.body) == (401, {"message": "Unauthorized"})


def forged(token: str, key: bytes | None, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """The token with other claims, signed with another key, or not at all."""
    old = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**old, **claims}, key, algorithm=(header or {}).get("alg", "HS256"), headers=header)


async def test_what_others_signed_is_none(trader: traders.Trader, hiroba: serving.Serving) -> None:
    token = trader.tokens["IdToken"]
    keys = hiroba.context.keys
    own, other = (b"".join(keys.derive(f"tokens {one} {part}") for part in "12") for one in ("HS256", "HS512"))
    assert await status(trader, forged(token, own)) == 200
    assert await status(trader, forged(token, b"k" * 64)) == 401
    # Another algorithm, though the key is ours, or its own; none at all.
    assert await status(trader, forged(token, own, {"alg": "HS512"})) == 401
    assert await status(trader, forged(token, other, {"alg": "HS512"})) == 401
    assert await status(trader, forged(token, None, {"alg": "none"})) == 401
    head, body, signature = token.split(".")
    swapped = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for parts in ((swapped, body, ""), (swapped, body, signature), (head, body, ""), (head, body[:-2], signature)):
        assert await status(trader, ".".join(parts)) == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"token_use": "access"}, {"token_use": None}, {"sid": "x"}, {"sid": 5}, {"sid": None}, {"exp": 0},
        {"exp": "soon"}, {"exp": None}, {"sub": 5}, {"exp": 1e400},
    ],
)  # fmt: skip
async def test_claims_that_are_not_ours_are_none(
    trader: traders.Trader, hiroba: serving.Serving, claims: dict[str, Any]
) -> None:
    own = b"".join(hiroba.context.keys.derive(f"tokens HS256 {part}") for part in "12")
    assert await status(trader, forged(trader.tokens["IdToken"], own, **claims)) == 401


async def test_every_token_ends_at_its_time(trader: traders.Trader, clock: clocks.MovableClock) -> None:
    clock.advance(seconds=3599)
    assert await status(trader, trader.tokens["IdToken"]) == 200
    clock.advance(seconds=1)
    assert await status(trader, trader.tokens["IdToken"]) == 401
    clock.advance(days=29, seconds=82_799)
    assert (await refreshed(trader)).status == 200
    clock.advance(seconds=1)
    answer = await refreshed(trader)
    assert (answer.status, answer.body["statusCode"]) == (401, 401)


async def test_a_refresh_gives_new_tokens_of_the_same_session(
    trader: traders.Trader, clock: clocks.MovableClock
) -> None:
    clock.advance(days=2)
    answer = await refreshed(trader)
    assert (answer.status, answer.body["statusCode"], set(answer.body["body"])) == (
        200, 200, {"AccessToken", "IdToken"},
    )  # fmt: skip
    assert await status(trader, answer.body["body"]["IdToken"]) == 200
    # It goes on working: no new one was given in its place.
    assert (await refreshed(trader)).status == 200


async def test_a_session_outlives_idleness_as_long_as_its_refresh_token(
    serve: serving.Serve, clock: clocks.MovableClock
) -> None:
    hiroba = await serve(sessions={"idle_ttl_seconds": 60, "absolute_ttl_seconds": 120})
    trader = await traders.signed_in(hiroba)
    clock.advance(days=29)
    fresh = (await refreshed(trader)).body["body"]["IdToken"]
    clock.advance(seconds=3599)
    assert await status(trader, fresh) == 200
    listed = await sessions.listed(hiroba.context, trader.id)
    assert [one.api for one in listed] == ["allowances"]


@pytest.mark.parametrize("name", ["AccessToken", "IdToken"])
async def test_only_the_refresh_token_refreshes(trader: traders.Trader, name: str) -> None:
    answer = await trader.client.post("/login/refresh", {"refresh_token": trader.tokens[name]})
    assert (answer.status, answer.body["statusCode"]) == (401, 401)


@pytest.mark.parametrize(
    ("body", "expected"),
    [({}, 400), ({"refresh_token": None}, 400), ({"refresh_token": 5}, 400), ({"refresh_token": "x"}, 401), ([], 400)],
)
async def test_what_is_no_refresh(trader: traders.Trader, body: Any, expected: int) -> None:
    answer = await trader.client.post("/login/refresh", body)
    assert (answer.status, answer.body["statusCode"]) == (expected, expected)


async def dead(trader: traders.Trader) -> None:
    """All three are as good as none."""
    assert await status(trader, trader.tokens["IdToken"]) == 401
    assert (await refreshed(trader)).status == 401


async def test_all_die_at_logout_and_those_of_another_login_do_not(trader: traders.Trader) -> None:
    other = msgspec.structs.replace(trader, tokens=(await trader.client.post("/login", LOGIN)).body["body"])
    answer = await trader.ask("POST", "/logout")
    assert (answer.status, answer.body) == (200, {"statusCode": 200, "body": "User successfully logged out!"})
    await dead(trader)
    assert (await trader.ask("POST", "/logout")).status == 401
    assert await status(other, other.tokens["IdToken"]) == 200


async def test_all_die_with_the_account_s_other_sessions(trader: traders.Trader, hiroba: serving.Serving) -> None:
    await operators.disable(hiroba.context, audit.COMMAND_LINE, "trader")
    await dead(trader)
    await operators.enable(hiroba.context, audit.COMMAND_LINE, "trader")
    await dead(trader)


async def test_what_the_token_carries_opens_nothing_elsewhere(trader: traders.Trader, hiroba: serving.Serving) -> None:
    sid = jwt.decode(trader.tokens["IdToken"], options={"verify_signature": False})["sid"]
    assert await status(trader, sid) == 401
    answer = await hiroba.client("/community").get("/user", cookies={"JSESSIONID": sid})
    assert answer.status == 401


@pytest.mark.parametrize(
    "body",
    [
        {"username": "trader", "password": "wrong"},
        {"username": "nobody", "password": "wrong"},
        {"username": "nobody@hiroba.example", "password": "wrong"},
    ],
)
async def test_a_failed_sign_in_tells_nothing(trader: traders.Trader, body: dict[str, str]) -> None:
    answer = await trader.client.post("/login", body)
    assert (answer.status, answer.body) == (401, {"statusCode": 401, "body": "Incorrect username or password."})


@pytest.mark.parametrize("body", [{}, {"username": "trader"}, {"username": None, "password": "x"}])
async def test_a_sign_in_needs_both(trader: traders.Trader, body: dict[str, Any]) -> None:
    answer = await trader.client.post("/login", body)
    assert (answer.status, answer.body["body"]) == (400, "Missing: username, password")


async def test_an_e_mail_signs_in_too(trader: traders.Trader) -> None:
    assert (await trader.client.post("/login", {**LOGIN, "username": "TRADER@hiroba.example"})).status == 200


async def test_ten_failures_refuse_the_address(trader: traders.Trader) -> None:
    for _ in range(10):
        assert (await trader.client.post("/login", {**LOGIN, "password": "wrong"})).status == 401
    answer = await trader.client.post("/login", LOGIN)
    assert (answer.status, answer.body["statusCode"]) == (429, 429)
    assert int(answer.headers["Retry-After"]) > 0


async def test_encoded_login_wraps_the_replies_and_no_refusal(serve: serving.Serve) -> None:
    hiroba = await serve(allowances={"encoded_login": "true"})
    client = hiroba.client("/allowances")
    await register(hiroba)
    reply = (await client.post("/login", LOGIN)).body
    assert isinstance(reply, str)
    told = msgspec.json.decode(reply)
    assert (told["statusCode"], set(told["body"])) == (200, {"AccessToken", "IdToken", "RefreshToken"})
    reply = (await client.post("/login/refresh", {"refresh_token": told["body"]["RefreshToken"]})).body
    fresh = msgspec.json.decode(reply)["body"]
    assert set(fresh) == {"AccessToken", "IdToken"}
    # Nothing else is wrapped.
    headers = {"Authorization": fresh["IdToken"]}
    assert (await client.get("/user", headers=headers)).body["statusCode"] == 200
    for path, body in (("/login", {**LOGIN, "password": "wrong"}), ("/login/refresh", {"refresh_token": "x"})):
        answer = await client.post(path, body)
        assert (answer.status, answer.body["statusCode"]) == (401, 401)


async def register(hiroba: serving.Serving) -> None:
    newcomer = accounts.Newcomer(username="trader", email="trader@hiroba.example", password=serving.PASSWORD)
    await accounts.register(hiroba.context, audit.COMMAND_LINE, newcomer, is_confirmed=True)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_the_configured_algorithm_signs_and_no_other_is_taken(serve: serving.Serve, algorithm: str) -> None:
    hiroba = await serve(allowances={"token_algorithm": algorithm})
    trader = await traders.signed_in(hiroba)
    assert jwt.get_unverified_header(trader.tokens["IdToken"])["alg"] == algorithm
    assert await status(trader, trader.tokens["IdToken"]) == 200


async def test_its_times_are_configured(serve: serving.Serve, clock: clocks.MovableClock) -> None:
    hiroba = await serve(allowances={"token_ttl_seconds": 10, "refresh_ttl_seconds": 100})
    trader = await traders.signed_in(hiroba)
    for seconds, opens, refreshes in ((9, 200, 200), (1, 401, 200), (89, 401, 200), (1, 401, 401)):
        clock.advance(seconds=seconds)
        assert await status(trader, trader.tokens["IdToken"]) == opens
        assert (await refreshed(trader)).status == refreshes


async def test_a_session_that_expired_is_tidied_away_with_its_tokens(
    trader: traders.Trader, hiroba: serving.Serving, clock: clocks.MovableClock
) -> None:
    clock.advance(seconds=30 * DAY_SECONDS + 3600)
    assert await sessions.listed(hiroba.context, trader.id) == []
    await dead(trader)


async def test_tokens_of_two_logins_differ(trader: traders.Trader) -> None:
    replies = [(await trader.client.post("/login", LOGIN)).body["body"] for _ in range(2)]
    tokens = list(itertools.chain.from_iterable(reply.values() for reply in replies))
    assert len(set(tokens)) == 6
