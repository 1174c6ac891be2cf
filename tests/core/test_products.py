"""Products to subscribe to: offered once, shown in the order in which they were, page by page."""

import pytest

from handlers.core import context, products, refusals
from tests import serving


async def test_they_are_offered_once_and_on_platforms_that_there_are(core: context.Context) -> None:
    made = await products.offer(core, platform="ios", product_type="video")
    with pytest.raises(refusals.Invalid):
        await products.offer(core, platform="android", product_type="video", product_id=made)
    with pytest.raises(refusals.Invalid):
        await products.offer(core, platform="windows", product_type="video")


async def test_pages_go_on_from_an_entry(hiroba: serving.Serving) -> None:
    made = [await products.offer(hiroba.context, platform="ios", product_type=f"type {n}") for n in range(4)]
    await products.offer(hiroba.context, platform="android", product_type="video")
    anybody = hiroba.client("/auth-service")

    async def shown(query: str) -> list[int]:
        answer = await anybody.get(f"/getSubscriptionProducts?platform=ios&{query}")
        assert answer.status == 200, answer.raw
        return [made.index(product["id"]) for product in answer.body]

    assert await shown("") == [0, 1, 2, 3]
    assert await shown("limit=2") == [0, 1]
    assert await shown(f"after={made[0]}&limit=2") == [1, 2]
    assert await shown(f"before={made[3]}&limit=2") == [1, 2]
    assert await shown(f"after={made[0].upper()}&before={made[3]}") == [1, 2]
    unknown = "00000000-0000-0000-0000-000000000000"
    assert (await shown(f"after={unknown}"), await shown(f"before={unknown}")) == ([], [])
    for query in ("limit=0", "limit=201", "after=7", "before=", "platform=%00"):
        answer = await anybody.get(f"/getSubscriptionProduct?{query}")
        assert (answer.status, list(answer.body)) == (400, ["errors"]), query
