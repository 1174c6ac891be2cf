"""Tickets, and what was missed over plain HTTP."""

from typing import Any

import aiohttp
import pytest

from handlers.core import audit, operators
from tests import clocks, serving
from tests.surfaces.towns import Phone, Town

PATIENCE_SECONDS = 5


async def ticket(phone: Phone) -> str:
    answer = await phone.post(f"{phone.client.url}/live/ticket")
    assert answer.status == 200
    assert set(answer.body) == {"ticket"}
    return answer.body["ticket"]


async def connect(hiroba: serving.Serving, shown: str, **more) -> int:
    """Who a stranger is who shows a ticket."""
    stranger = hiroba.client()
    socket = await stranger.http.ws_connect(f"{hiroba.url}/live?ticket={shown}", **more)
    hello = await socket.receive_json(timeout=PATIENCE_SECONDS)
    return hello["user"]["id"]


async def test_a_ticket_connects_once(town: Town, john: Phone) -> None:
    shown = await ticket(john)
    assert await connect(town.hiroba, shown) == john.account_id
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect(town.hiroba, shown)
    assert refused.value.status == 401


async def test_a_ticket_is_good_for_thirty_seconds(town: Town, john: Phone, clock: clocks.MovableClock) -> None:
    shown = await ticket(john)
    clock.advance(seconds=30)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await connect(town.hiroba, shown)


async def test_a_ticket_dies_with_its_session(town: Town, john: Phone) -> None:
    first, second = await ticket(john), await ticket(john)
    await operators.disable(town.hiroba.context, audit.COMMAND_LINE, "john")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await connect(town.hiroba, first)
    await operators.enable(town.hiroba.context, audit.COMMAND_LINE, "john")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await connect(town.hiroba, second)


async def test_the_first_that_is_present_decides(town: Town, john: Phone) -> None:
    for bad in ({"params": {"ticket": "unknown"}}, {"headers": {"Authorization": "Bearer unknown"}}):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await john.client.http.ws_connect(f"{town.hiroba.url}/live", **bad)
        assert refused.value.status == 401


async def test_without_a_session_it_is_a_problem(hiroba: serving.Serving) -> None:
    stranger = hiroba.client("/live")
    for method, path, status in (("POST", "/ticket", 401), ("GET", "/events", 401), ("GET", "/nothing", 404)):
        answer = await stranger.ask(method, path)
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.body["status"] == status
        assert set(answer.body) == {"type", "title", "status", "detail"}


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://localhost:3000"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_pages_of_other_sites_may_not_ask(town: Town, john: Phone, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/live/ticket"), ("GET", "/live/events")):
        answer = await john.ask(method, f"{town.hiroba.url}{path}", headers=headers)
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_what_was_missed_is_what_the_websocket_tells(town: Town, john: Phone) -> None:
    url = f"{town.hiroba.url}/live/events"
    start = (await john.get(url)).body
    assert (start["events"], start["resync"]) == ([], False)
    haru = await town.join("haru")
    thread_id = (await haru.post(f"/message-threads/user/{john.account_id}")).body["id"]
    for text in ("Hello", "Are you there?"):
        await haru.post(f"/message-threads/{thread_id}/messages", {"text": text})
    socket = await john.client.http.ws_connect(f"{town.hiroba.url}/live", params={"since": start["cursor"]})
    assert (await socket.receive_json(timeout=PATIENCE_SECONDS))["resumed"] is True
    told: list[Any] = []
    while len(told) < 3:
        frame = await socket.receive_json(timeout=PATIENCE_SECONDS)
        # What is told at the moment that it happens is noticed, too; how much that is here depends on the moment.
        if frame["type"] != "notification":
            told.append(frame)
    missed = (await john.get(url, params={"since": start["cursor"]})).body
    assert missed["events"] == told
    assert [frame["type"] for frame in told] == ["thread", "message", "message"]
    assert missed["resync"] is False
    assert (await john.get(url, params={"since": missed["cursor"]})).body["events"] == []
    # Page by page it is the same.
    paged, cursor = [], start["cursor"]
    while page := (await john.get(url, params={"since": cursor, "limit": 1})).body["events"]:
        paged += page
        cursor = page[-1]["cursor"]
    assert paged == told


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_the_websocket_has_no_other_method(town: Town, john: Phone, method: str) -> None:
    answer = await john.ask(method, f"{town.hiroba.url}/live")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_unknown_cursor_asks_to_load_anew(town: Town, john: Phone) -> None:
    url = f"{town.hiroba.url}/live/events"
    present = (await john.get(url)).body["cursor"]
    for unknown in ("garbage", "0" * 32 + "-1", present + "9", ""):
        answer = await john.get(url, params={"since": unknown})
        assert answer.body == {"events": [], "cursor": present, "resync": True}, unknown
    assert (await john.get(url, params={"limit": 201})).status == 400


async def test_whoever_acts_and_then_asks_finds_their_act(town: Town, john: Phone) -> None:
    """At once, whatever acts: nobody has to wait until the log is in order."""
    url = f"{town.hiroba.url}/live/events"
    haru = await town.join("haru")
    thread_id = (await haru.post(f"/message-threads/user/{john.account_id}")).body["id"]
    for number in range(20):
        cursor = (await haru.get(url)).body["cursor"]
        await haru.post(f"/message-threads/{thread_id}/messages", {"text": f"Message {number}"})
        (frame,) = (await haru.get(url, params={"since": cursor})).body["events"]
        assert frame["message"]["text"] == f"Message {number}"
        cursor = (await john.get(url)).body["cursor"]
        title = {"memberIds": [haru.account_id], "title": f"Group {number}"}
        await john.post("/message-threads/group", title)
        (frame,) = (await john.get(url, params={"since": cursor})).body["events"]
        assert frame["thread"]["title"] == f"Group {number}"
