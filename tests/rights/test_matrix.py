"""Every route of every API, tried by everybody: who is in its row is let in, and nobody else.

A route without a row fails, and so does a row without a route. What is refused changes nothing.
"""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator

import aiohttp
import psycopg2
import pytest
from aiohttp import web, web_urldispatcher

from handlers.core import upkeep
from handlers.live import surface as live_surface
from handlers.rest import identity, surface
from server import app
from tests import serving
from tests.rights import allowances, auth_service, community, own, proofs, shop, whoami
from tests.rights.cast import SIGNED_IN, UNKNOWN, Cast, Who, gathered
from tests.rights.rows import Row, Table, is_done, is_true
from tests.surfaces import besieged

HOLE = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
LIVE = live_surface.made(None, None)  # type: ignore[arg-type]
SURFACES = {api.prefix: api for api in (*app.SURFACES, *app.OWN, LIVE)}
TABLES: dict[str, Table] = {
    "/community": community.TABLE,
    "/whoami": whoami.TABLE,
    "/auth-service": auth_service.TABLE,
    "/shop": shop.TABLE,
    "/allowances": allowances.TABLE,
    "/me": own.ME,
    "/operator/api": own.OPERATOR,
    "/live": own.LIVE,
}
# Where the body calls the token of who asks otherwise.
TOKENS = {"POST /update-session": "old_token"}
YES: dict[str, Callable[[serving.Answer], bool]] = {"/whoami": is_true}


class Trial:
    """One server on which every row of one table is tried."""

    def __init__(self, hiroba: serving.Serving, owner: psycopg2.extensions.connection) -> None:
        self.hiroba = hiroba
        self.owner = owner
        self.client = hiroba.client()
        self.besieged: besieged.Besieged | None = None
        self.password_hash = ""
        self.lookers: Cast | None = None

    async def run(self, api: surface.Surface, name: str, row: Row) -> list[str]:
        """What is wrong with a row. The refused come first: whatever they did would show."""
        cast = await self.cast(name)
        watch = self.besieged = self.besieged or besieged.Besieged(self.hiroba, cast.people[Who.MEMBER], {}, {})
        wrong, yes = [], YES.get(api.prefix, is_done)
        refused = [who for who in Who if who not in row.may]
        shown = {who: await proofs.proof(cast, who, api, self.owner) for who in Who}
        before = await watch.settled()
        for who in refused:
            answer = await self.ask(cast, api, name, row, who, shown[who])
            if yes(answer):
                wrong.append(f"{name} lets in {who.value}: {answer.status}")
            elif answer.status not in (row.nobody if who in UNKNOWN else row.refused):
                wrong.append(f"{name} refuses {who.value} with {answer.status} {answer.raw[:200]!r}")
        after = await watch.settled()
        if after != before:
            wrong.append(f"{name} was refused, and changed {sorted(set(after.items()) ^ set(before.items()))}")
        # The member comes last: it may be the end of what the others try.
        for who in sorted(row.may, key=lambda one: one is Who.MEMBER):
            answer = await self.ask(cast, api, name, row, who, shown[who])
            if not yes(answer):
                wrong.append(f"{name} refuses {who.value}: {answer.status} {answer.raw[:200]!r}")
        return wrong

    async def cast(self, name: str) -> Cast:
        """New people, whatever becomes of them; where everybody but looks, those who looked before."""
        looks = name.startswith("GET ")
        if looks and self.lookers is not None:
            return self.lookers
        self.password_hash = self.password_hash or await self.hiroba.context.hasher.hash(serving.PASSWORD)
        with_invoice = name == "POST /order/complete"
        cast = await gathered(self.hiroba, self.owner, self.password_hash, with_invoice=with_invoice)
        self.lookers = cast if looks else self.lookers
        return cast

    async def ask(
        self, cast: Cast, api: surface.Surface, name: str, row: Row, who: Who, shown: proofs.Proof
    ) -> serving.Answer:
        """One request of a row."""
        method, _, path = name.partition(" ")
        before, parts = "", []
        for part in path.split("/"):
            parts.append(str(cast.things.get(before, "a")) if HOLE.fullmatch(part) else part)
            before = part
        body = row.sent(cast, who)
        if shown.fields:
            # What the row itself sends under that name is what the request is about.
            body = {**{TOKENS.get(name, one): value for one, value in shown.fields.items()}, **body}
        self.client.http.cookie_jar.clear()
        target = api.prefix + "/".join(parts) + row.query.replace("MEMBER", cast.name("member"))
        return await self.client.ask(method, target, body, headers=dict(shown.headers))


@pytest.fixture
async def trial(serve: serving.Serve, dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    """Limits would answer in place of what is tried; upkeep would tidy the expired away."""
    monkeypatch.setattr(upkeep, "EVERY_SECONDS", 3600.0)
    with contextlib.closing(psycopg2.connect(dsn)) as owner:
        owner.autocommit = True
        made = Trial(await serve(limits={"enabled": "false"}, passwords={"queue_max": 200}), owner)
        yield made
        if made.besieged is not None:
            made.besieged.close()


def routes(api: surface.Surface) -> list[str]:
    """Its routes, as rows name them."""
    return [f"{route.method} {route.path}" for route in api.routes]


@pytest.mark.parametrize("prefix", SURFACES)
def test_every_route_has_its_row(prefix: str) -> None:
    assert sorted(TABLES[prefix]) == sorted(routes(SURFACES[prefix]))


@pytest.mark.parametrize("prefix", SURFACES)
async def test_who_may_what(trial: Trial, prefix: str) -> None:
    wrong = []
    for name, row in TABLES[prefix].items():
        wrong += await trial.run(SURFACES[prefix], name, row)
    assert wrong == []


async def test_who_may_connect(trial: Trial) -> None:
    """The websocket, with a cookie. Tickets and tokens stand for the same sessions: see tests/surfaces/live."""
    cast = await trial.cast("GET /live")
    for who in Who:
        shown = await proofs.proof(cast, who, SURFACES["/community"], trial.owner)
        connecting = trial.client.http.ws_connect(f"{trial.hiroba.url}/live", headers=shown.headers)
        if who not in SIGNED_IN:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await connecting
            assert refused.value.status == 401
            continue
        socket = await connecting
        account = cast.account(who)
        assert account is not None
        assert (await socket.receive_json(timeout=5))["user"]["id"] == account.id


# Outside of the tables, for everybody: what each is.
OPEN = {
    "/healthz": "whether the process lives",
    "/readyz": "whether it can work",
    "/metrics": "figures without names",
    "/openapi.json": "the description of the APIs",
    "/asyncapi.json": "the description of live",
    "/media/{name}": "pictures, for who knows their names",
    "another spelling/...": "auth-service's paths, whatever their case: routed as they are spelled",
    "/live": "the websocket: asks for a session itself, see above",
}


def resources(of: web.Application) -> Iterator[str]:
    """Every path of an application but those of its APIs."""
    for resource in of.router.resources():
        if not isinstance(resource, web_urldispatcher.PrefixedSubAppResource):
            yield resource.canonical
        elif resource.canonical not in SURFACES:
            yield resource.canonical + "/..."


async def test_nothing_else_is_routed(hiroba: serving.Serving) -> None:
    pages = {HOLE.sub(r"{\1}", route.path) for route in besieged.PAGES.routes}
    routed = set(resources(app.build_app(hiroba.config, hiroba.parts)))
    assert routed - pages == set(OPEN)


def test_no_page_shows_what_is_somebodys() -> None:
    # What a page shows of whoever is signed in is theirs; a new password has its own rights, see tests/pages.
    assert {route.who for route in besieged.PAGES.routes} == {identity.Who.NOBODY, identity.Who.ANYBODY}
