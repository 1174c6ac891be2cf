"""`?preview=true`: the same checks and the same words, and nothing done."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from handlers.core import ads, audit, sessions
from handlers.rest import ask as ask_
from handlers.rest import clients, details, identity, surface
from tests import people, serving

AD = {"type": "GIVE", "title": "Rice", "description": "A sack", "points": 12, "location": None}


class Made(msgspec.Struct):
    """What the routes of this test answer."""

    id: int | None
    title: str


routes = surface.Routes()


@routes.post("/ads", "", accepts=dict, answers=Made, previews=True)
async def post_ads(ask: ask_.Ask) -> Made:
    """Publishes; what follows a commit is told to whoever listens."""
    ask.context.database.after_commit(ask.settings.append)
    ad = await ads.publish(ask.context, ask.account, **{**AD, **ask.body})
    return Made(None if ask.is_preview else ad.id, ad.title)


@routes.post("/firm", "", accepts=dict, answers=Made)
async def post_firm(ask: ask_.Ask) -> Made:
    """The same, which nobody can preview."""
    return await post_ads(ask)


class Told(list[int]):
    """How often a commit was followed."""

    def append(self, _: int = 0) -> None:  # type: ignore[override]
        """Once more."""
        super().append(1)


class Client:
    """Somebody who is signed in."""

    def __init__(self, url: str, hiroba: serving.Serving, haru: Any, told: Told) -> None:
        self.url = url
        self.hiroba = hiroba
        self.haru = haru
        self.told = told

    async def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> serving.Answer:
        """POST, with headers whose "-" is "_"."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with aiohttp.request("POST", self.url + path, json=body or {}, headers=given) as answer:
            return serving.Answer(answer.status, answer.headers, await answer.read())

    async def titles(self) -> list[str]:
        """What is on the board."""
        found = await ads.board(self.hiroba.context, self.haru, text=None, own=False, after=None, before=None, most=100)
        return [ad.title for ad in found]


@pytest.fixture
async def haru(hiroba: serving.Serving) -> AsyncIterator[Client]:
    """A member, at an API of the test's own that knows nobody else."""
    town = await people.Town(hiroba.context).found()
    account = await town.member("haru")
    told = Told()

    async def identify(_: web.Request) -> identity.Found:
        return found

    credentials = await sessions.check(hiroba.context, audit.COMMAND_LINE, login="haru", password=people.PASSWORD)
    opened = await sessions.open_for(hiroba.context, audit.Visit(api="test", address=""), credentials)
    found = await hiroba.parts.lookups.find(opened.token, api="test")
    api = surface.Surface(
        name="test", prefix="", document="", routes=routes, words=details.WORDS, identify_with=lambda _: identify
    )
    around = surface.Surroundings(hiroba.context, hiroba.parts.lookups, clients.Proxies(()))
    runner = web.AppRunner(surface.build(api, around, told))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    yield Client(f"http://{host}:{port}", hiroba, account, told)
    await runner.cleanup()


async def test_nothing_is_done_and_nobody_is_told(haru: Client) -> None:
    answer = await haru.post("/ads?preview=true")
    assert (answer.status, answer.body) == (200, {"id": None, "title": "Rice"})
    assert answer.headers["Preview"] == "true"
    assert await haru.titles() == []
    assert haru.told == []


@pytest.mark.parametrize("query", ["", "?preview=false", "?preview", "?other=true"])
async def test_without_it_it_is_done(haru: Client, query: str) -> None:
    answer = await haru.post(f"/ads{query}")
    if query == "?preview":
        assert answer.status == 400
        return
    assert (answer.status, answer.body["title"]) == (200, "Rice")
    assert "Preview" not in answer.headers
    assert await haru.titles() == ["Rice"]
    assert haru.told == [1]


@pytest.mark.parametrize("query", ["True", "1", "", "yes", "tru%00e", "%ff", "true&preview=false", "true&preview=true"])
async def test_what_is_neither_true_nor_false_is_refused(haru: Client, query: str) -> None:
    assert (await haru.post(f"/ads?preview={query}")).status == 400
    assert await haru.titles() == []


async def test_where_there_is_no_preview_the_word_means_nothing(haru: Client) -> None:
    answer = await haru.post("/firm?preview=true")
    assert (answer.status, await haru.titles()) == (200, ["Rice"])
    assert "Preview" not in answer.headers


async def test_it_refuses_what_the_act_refuses(haru: Client) -> None:
    preview = await haru.post("/ads?preview=true", {"title": " "})
    firm = await haru.post("/ads", {"title": " "})
    assert (preview.status, preview.raw) == (firm.status, firm.raw)
    assert preview.status == 400
    assert "Preview" not in preview.headers


async def test_a_preview_is_never_remembered(haru: Client) -> None:
    """Under one key: looked at twice, done, done again, looked at again."""
    for title in ("Rice", "Wheat"):
        answer = await haru.post("/ads?preview=true", {"title": title}, Idempotency_Key="one")
        assert answer.body == {"id": None, "title": title}
    made = await haru.post("/ads", {"title": "Wheat"}, Idempotency_Key="one")
    assert (await haru.post("/ads", {"title": "Wheat"}, Idempotency_Key="one")).raw == made.raw
    later = await haru.post("/ads?preview=true", {"title": "Rye"}, Idempotency_Key="one")
    assert later.body == {"id": None, "title": "Rye"}
    assert await haru.titles() == ["Wheat"]
    assert (await haru.post("/ads?preview=true", {}, Idempotency_Key="")).status == 400


async def test_its_connection_comes_back(haru: Client) -> None:
    for _ in range(30):
        await haru.post("/ads?preview=true")
        await haru.post("/ads?preview=true", {"title": " "})
    stats = haru.hiroba.context.database.stats
    assert (stats.busy, stats.waiting) == (0, 0)
