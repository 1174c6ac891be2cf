"""Orders, the moment they change: told to their owner's sockets and to nobody else's, and again to who was away."""

from typing import Any

import aiohttp

from tests import serving
from tests.surfaces.allowances import traders

PATIENCE_SECONDS = 5


async def connected(trader: traders.Trader, query: str = "") -> aiohttp.ClientWebSocketResponse:
    """A socket of the trader's, by the id token."""
    headers = {"Authorization": f"Bearer {trader.tokens['IdToken']}"}
    return await trader.client.http.ws_connect(f"{trader.client.url}/live{query}", headers=headers)


async def heard(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next frame of a kind."""
    while (frame := await socket.receive_json(timeout=PATIENCE_SECONDS))["type"] != kind:
        pass
    return frame


async def test_every_change_of_an_order_is_told_to_its_owner(trader: traders.Trader, hiroba: serving.Serving) -> None:
    other = await traders.signed_in(hiroba, "operator", email="operator@hiroba.example")
    socket, elsewhere = await connected(trader), await connected(other)
    cursor = (await heard(socket, "hello"))["cursor"]
    order_id = await trader.placed(12.5)
    await trader.complete(order_id)
    shown = {"id": order_id, "value": 12.5, "time": "2026-03-14T12:00:00.000Z"}
    expected = [{**shown, "status": status} for status in ("DRAFT", "PROCESSING", "COMPLETED")]
    assert [(await heard(socket, "order"))["order"] for _ in expected] == expected
    # What was missed is told again, of an order that is no more as well.
    gone = await trader.draft(1)
    await trader.move("cancel", gone)
    await trader.ask("DELETE", "/buy", {"transaction_id": gone})
    back = await connected(trader, f"?since={cursor}")
    statuses = [(await heard(back, "order"))["order"]["status"] for _ in range(6)]
    assert statuses == ["DRAFT", "PROCESSING", "COMPLETED", "DRAFT", "CANCELLED", "DELETED"]
    own = await other.draft(3)
    assert (await heard(elsewhere, "order"))["order"]["id"] == own


async def test_a_logout_closes_the_sockets_of_the_token(trader: traders.Trader) -> None:
    socket = await connected(trader)
    await heard(socket, "hello")
    await trader.ask("POST", "/logout")
    closed = await socket.receive(timeout=PATIENCE_SECONDS)
    assert (closed.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, 4401)
