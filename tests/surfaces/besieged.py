"""A server under attack: its doors with all their routes, who is inside, and what must not change."""

import importlib
import itertools
import pkgutil
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import psycopg2

import handlers.pages
from handlers.core import audit, chosen_tokens, claims, items, ledger, operators, orders, refusals, sessions
from handlers.live import surface as live_surface
from handlers.pages import surface as pages
from handlers.rest import surface
from server import app
from storage import accounts as account_rows
from tests import databases, people, raw, serving
from tests.surfaces import attacks

PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
# Failed sign-ins are counted and noted: that is no change by whoever was refused. Where an event stands in the log and
# when a letter is tried again are the workers' to write.
UNWATCHED = {"attempts", "known_addresses"}
WORKERS_COLUMNS = ["position", "last_seen_at"]
# What John's client chose for the shop.
CHOSEN_TOKEN = "a token of John's own"


class Door(NamedTuple):
    """An API, or the pages."""

    name: str
    prefix: str
    routes: Sequence[surface.Route]
    # Whose sessions open it, and where they are shown; None: neither.
    api: str
    cookie: str | None
    forms: bool
    is_own_form: Callable[[serving.Answer], bool]


def _of(api: surface.Surface) -> Door:
    said = api.words.answer(refusals.Malformed("x"))
    # Where who is not signed in is told so in a form of its own, that is one of the API's too.
    unknown = api.words.answer(refusals.NotSignedIn())
    forms = [set(msgspec.json.decode(one.body)) for one in (said, unknown)]

    def is_own_form(answer: serving.Answer) -> bool:
        body = answer.body if answer.headers.get("Content-Type") == said.headers["Content-Type"] else None
        return isinstance(body, dict) and any(names <= set(body) for names in forms)

    # Live has no session of its own: any API's will do.
    name, cookie = (api.name, api.cookie) if api.name != "live" else ("community", "JSESSIONID")
    return Door(api.name, api.prefix, api.routes, name, cookie, api.forms, is_own_form)


def _page_routes() -> list[surface.Route]:
    names = [module.name for module in pkgutil.iter_modules(handlers.pages.__path__, "handlers.pages.")]
    return [route for name in names for route in getattr(importlib.import_module(name), "routes", ())]


def _is_page(answer: serving.Answer) -> bool:
    kind = answer.headers.get("Content-Type", "")
    return (kind.startswith("text/html") and b"<h1>" in answer.raw) or "json" in kind


PAGES = Door("pages", "", _page_routes(), pages.NAME, pages.COOKIE, True, _is_page)
# Of live, what its routes declare: nobody asks this one.
LIVE = live_surface.made(None, None)  # type: ignore[arg-type]
# Both are opened by the sessions of the pages: what tells them apart is where they are.
OWN = [_of(api)._replace(name=api.prefix.strip("/")) for api in app.OWN]
DOORS = [*map(_of, app.SURFACES), *OWN, _of(LIVE), PAGES]


class Besieged:
    """The server, with John inside, whose session every attack can use, and Haru, whose things are not John's."""

    def __init__(self, hiroba: serving.Serving, john: account_rows.Account, ids: dict[str, int], known: dict) -> None:
        self.hiroba = hiroba
        self.john = john
        self.line = raw.Line(hiroba.url)
        # Values of fields, by their names, that lead on to where there is more to attack.
        self.known = known
        self._ids = ids
        self._connection = psycopg2.connect(hiroba.config.database.url)
        self._connection.autocommit = True
        self._query = ""
        self._numbers = itertools.count(1)

    @classmethod
    async def prepared(cls, hiroba: serving.Serving) -> "Besieged":
        """With a town that has something of everything."""
        town = await people.Town(hiroba.context).found()
        john, haru = await town.member("john"), await town.member("haru")
        await operators.promote_operator(hiroba.context, audit.COMMAND_LINE, "john")
        ad = await town.ad(haru)
        thread = await town.group(john, [haru])
        ids = {"users": john.id, "user": haru.id, "ads": ad.id, "for-ad": ad.id, "message-threads": thread.id}
        mayu = await town.member("mayu")
        ids |= {"updateUser": mayu.id, "deleteUser": mayu.id}
        item_id = await items.put_up(hiroba.context, audit.COMMAND_LINE, name="Sticker", price=1)
        await ledger.issue_credits(hiroba.context, audit.COMMAND_LINE, john.id, units=10_000, description="Credited")
        bought = {"token": CHOSEN_TOKEN, "old_token": CHOSEN_TOKEN, "item_id": item_id, "recipient": haru.id}
        known = {"communityId": town.kaga, "memberIds": [haru.id], "beneficiaryId": haru.id, "threadId": thread.id}
        order_id = await orders.draft(hiroba.context, john, units=1_000_000)
        living = {"password": "Somebody-1", "state": "CA", "zipCode": "90001"}
        return cls(hiroba, john, ids, known | bought | living | {"transaction_id": order_id})

    def close(self) -> None:
        """Hangs up."""
        self.line.hang_up()
        self._connection.close()

    async def proof(self, door: Door, by: account_rows.Account | None = None) -> bytes:
        """Headers of a new session of John's or another's. An API without a cookie is attacked by strangers alone."""
        visit, whose = audit.Visit(api=door.api, address=""), account_rows.Credentials((by or self.john).id, None)
        if door.name == "shop":
            # Shown in the body: `known` has it.
            await chosen_tokens.open_for(self.hiroba.context, visit, whose, CHOSEN_TOKEN)
        if door.cookie is None and door.name != "allowances":
            return b""
        opened = await sessions.open_for(self.hiroba.context, visit, whose)
        if door.name == "allowances":
            id_token = claims.issue(self.hiroba.context, opened.token, opened.account.id).id_token
            return f"Authorization: {id_token}\r\n".encode()
        return f"Cookie: {door.cookie}={opened.token}\r\n".encode()

    def path(self, door: Door, route: surface.Route, **given: str) -> str:
        """The route's path with things that exist, but for what is given."""
        before = ""
        parts = []
        for part in route.path.split("/"):
            hole = PLACEHOLDER.fullmatch(part)
            if hole is None:
                before = part
            else:
                part = given.get(hole[1]) or str(self._ids.get(before, 1) if hole[2] else "a")
            parts.append(part)
        return door.prefix + "/".join(parts)

    def body(self, route: surface.Route) -> dict[str, Any]:
        """What the route accepts, with plausible values; who is named in it is new. Empty: it accepts no object."""
        kind = msgspec.inspect.type_info(route.accepts)
        if not isinstance(kind, msgspec.inspect.StructType):
            return {}
        somebody = f"somebody{next(self._numbers)}"
        known = {**self.known, "username": somebody, "email": f"{somebody}@hiroba.example"}
        return {one.encode_name: known.get(one.encode_name, attacks.plausible(one.type)) for one in kind.fields}

    def rows(self, query: str) -> list[tuple]:
        """What the database holds, whoever may see it."""
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def state(self) -> dict[str, str]:
        """A digest of every table."""
        if not self._query:
            without = f"CAST('{{{','.join(WORKERS_COLUMNS)}}}' AS text[])"
            self._query = " UNION ALL ".join(
                f"SELECT '{table}', md5(string_agg(line, '' ORDER BY line)) "
                f"FROM (SELECT CAST(to_jsonb(t) - {without} AS text) AS line FROM public.{table} t "
                f"{'WHERE act <> $$sign-in failed$$' if table == 'audit' else ''}) one"
                for table, _ in self.rows(databases.TABLES)
                if table not in UNWATCHED
            )
        return dict(self.rows(self._query))

    async def settled(self) -> dict[str, str]:
        """As `state`, once all letters are delivered."""
        await self.hiroba.letters("nobody@hiroba.example")
        return self.state()
