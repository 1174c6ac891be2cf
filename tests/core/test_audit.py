"""The audit: one row an act, in the act's own transaction, without a secret, and never changed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import psycopg2
import pytest

from handlers.core import (
    accounts,
    audit,
    codes,
    communities,
    context,
    devices,
    ledger,
    operators,
    refusals,
    resets,
    sessions,
)
from mail import outbox
from storage import accounts as account_rows
from storage import audit as rows
from storage import database as database_
from storage import sessions as session_rows
from tests import databases, people

ADDRESS = "203.0.113.7"
VISIT = audit.Visit(api="whoami", address=ADDRESS, user_agent="a phone")
NEW_PASSWORD = "another password"
EMAIL = "emma@hiroba.example"


class Scene:
    """Emma, of no community, with an e-mail, and an operator; what acts leave in the database, as its owner sees it."""

    def __init__(self, town: people.Town, owner: psycopg2.extensions.connection) -> None:
        self.town = town
        self.context: context.Context = town.context
        self.links: dict[str, str] = {}
        self.session: session_rows.Session | None = None
        self._owner = owner

    async def prepare(self) -> "Scene":
        self.operator = await self.town.member("operator", community_id=None)
        newcomer = accounts.Newcomer(username="emma", email=EMAIL, password=people.PASSWORD)
        self.emma = await accounts.register(self.context, VISIT, newcomer)
        await codes.request_reset(self.context, VISIT, EMAIL)
        for kind, secrets in self.ask("SELECT kind, secrets FROM letters"):
            opened = self.context.keys.open(outbox.PURPOSE, bytes(secrets))
            self.links[kind] = msgspec.json.decode(opened)["link"].rpartition("/")[2]
        self.haru = await self.town.member("haru")
        return self

    def ask(self, question: str) -> list[tuple]:
        with self._owner.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall()

    def everything(self) -> dict[str, list[tuple]]:
        """Every row of every table, but for what limits count: that stays counted whatever becomes of the act."""
        tables = [name for name, _ in self.ask(databases.TABLES) if name not in ("attempts", "known_addresses")]
        return {name: self.ask(f"SELECT CAST(t AS text) FROM {name} t ORDER BY 1") for name in tables}

    def entries(self) -> list[tuple]:
        return self.ask("SELECT act, actor, actor_id, account_id, api, address, details FROM audit ORDER BY id")


@pytest.fixture
async def scene(town: people.Town, dsn: str) -> AsyncIterator[Scene]:
    with contextlib.closing(psycopg2.connect(dsn)) as owner:
        owner.autocommit = True
        yield await Scene(town, owner).prepare()


async def register(scene: Scene, visit: audit.Visit) -> None:
    newcomer = accounts.Newcomer(username="noah", email="noah@hiroba.example", password=NEW_PASSWORD)
    await accounts.register(scene.context, visit, newcomer)


async def register_and_sign_in(scene: Scene, visit: audit.Visit) -> None:
    newcomer = accounts.Newcomer(username="noah", email=None, password=NEW_PASSWORD, community_id=scene.town.kaga)
    await accounts.register_and_sign_in(scene.context, visit, newcomer)


async def join(scene: Scene, visit: audit.Visit) -> None:
    newcomer = accounts.Newcomer(username="emma", email=None, password=people.PASSWORD, community_id=scene.town.kaga)
    await accounts.join(scene.context, visit, newcomer, login="emma")


async def sign_in(scene: Scene, visit: audit.Visit) -> None:
    await sessions.sign_in(scene.context, visit, login="emma", password=people.PASSWORD)


async def sign_in_wrong(scene: Scene, visit: audit.Visit, login: str = "emma") -> None:
    try:
        await sessions.sign_in(scene.context, visit, login=login, password=NEW_PASSWORD)
    except refusals.WrongCredentials:
        return
    pytest.fail("that was not the password")


async def sign_in_unknown(scene: Scene, visit: audit.Visit) -> None:
    await sign_in_wrong(scene, visit, login="nobody@hiroba.example")


async def set_password(scene: Scene, visit: audit.Visit) -> None:
    await accounts.set_password(scene.context, visit, scene.emma.id, NEW_PASSWORD, but_session_id=None)


async def request_reset(scene: Scene, visit: audit.Visit) -> None:
    await codes.request_reset(scene.context, visit, "emma")


async def follow_reset(scene: Scene, visit: audit.Visit) -> None:
    led, token = await codes.follow_reset(scene.context, visit, scene.links["password_reset"])
    assert led is codes.Led.THERE
    lookups = sessions.Lookups(scene.context.database, scene.context.clock, scene.context.settings)
    scene.session = await lookups.find(token or "", api="whoami")


async def reset(scene: Scene, visit: audit.Visit) -> None:
    await resets.reset(scene.context, visit, scene.session, NEW_PASSWORD, recent_sign_in_seconds=600)


async def confirm(scene: Scene, visit: audit.Visit) -> None:
    assert await codes.confirm(scene.context, visit, scene.links["confirmation"]) is codes.Led.THERE


async def delete(scene: Scene, visit: audit.Visit) -> None:
    await accounts.delete(scene.context, visit, scene.emma.id)


async def promote_operator(scene: Scene, visit: audit.Visit) -> None:
    await operators.promote_operator(scene.context, visit, "emma")


async def promote_coordinator(scene: Scene, visit: audit.Visit) -> None:
    await operators.promote_coordinator(scene.context, visit, "haru")


async def disable(scene: Scene, visit: audit.Visit) -> None:
    await operators.disable(scene.context, visit, "emma")


async def enable(scene: Scene, visit: audit.Visit) -> None:
    await operators.enable(scene.context, visit, "emma")


async def sign_out(scene: Scene, visit: audit.Visit) -> None:
    await operators.sign_out(scene.context, visit, "emma")


async def end_session(scene: Scene, visit: audit.Visit) -> None:
    ((session_id,),) = scene.ask(f"SELECT max(id) FROM sessions WHERE account_id = {scene.emma.id}")
    await devices.end_session(scene.context, visit, account_id=scene.emma.id, session_id=session_id)


async def found(scene: Scene, visit: audit.Visit) -> None:
    await communities.found(scene.context, visit, "Nonoichi")


async def mint(scene: Scene, visit: audit.Visit) -> None:
    coordinator = await ledger.mint_to_coordinator(
        scene.context, visit, scene.town.kaga, units=1250, description="minted"
    )
    assert coordinator.username == "haru"


# The act, what must have been done before, and the rows that it leaves: what was done, and to whom.
ACTS = [
    (register, [], [("registered", "noah")]),
    (register_and_sign_in, [], [("registered", "noah"), ("signed in", "noah")]),
    (join, [], [("joined a community", "emma"), ("signed in", "emma")]),
    (sign_in, [], [("signed in", "emma")]),
    (sign_in_wrong, [], [("sign-in failed", "emma")]),
    (sign_in_unknown, [], [("sign-in failed", None)]),
    (set_password, [], [("password set", "emma")]),
    (request_reset, [], [("password reset requested", "emma")]),
    (follow_reset, [], [("password reset link followed", "emma")]),
    (reset, [follow_reset], [("password set", "emma")]),
    (confirm, [], [("e-mail confirmed", "emma")]),
    (delete, [], [("account deleted", "emma")]),
    (promote_operator, [], [("operator promoted", "emma")]),
    (promote_coordinator, [], [("coordinator promoted", "haru")]),
    (disable, [], [("account disabled", "emma")]),
    (enable, [disable], [("account enabled", "emma")]),
    (sign_out, [], [("account signed out", "emma")]),
    (end_session, [sign_in], [("session ended", "emma")]),
    (found, [], [("community founded", None)]),
    (mint, [promote_coordinator], [("tokens minted", "haru")]),
]
# Done again they change nothing, so there is nothing to tell.
IDLE_AGAIN = (confirm, promote_operator, promote_coordinator, disable, enable)
NAMES = [act.__name__ for act, _, _ in ACTS]


@pytest.mark.parametrize(("act", "before", "expected"), ACTS, ids=NAMES)
async def test_each_act_leaves_its_row(scene: Scene, act, before, expected) -> None:
    visit = msgspec.structs.replace(VISIT, actor="operator", actor_id=scene.operator.id)
    for earlier in before:
        await earlier(scene, VISIT)
    ids = dict(scene.ask("SELECT username, id FROM accounts WHERE username IS NOT NULL")) | {None: None}
    known = len(scene.entries())
    await act(scene, visit)
    ids |= dict(scene.ask("SELECT username, id FROM accounts WHERE username IS NOT NULL"))
    left = scene.entries()[known:]
    assert [entry[:6] for entry in left] == [
        (what, "operator", scene.operator.id, ids[whom], "whoami", ADDRESS) for what, whom in expected
    ]
    if act in IDLE_AGAIN:
        await act(scene, visit)
        assert len(scene.entries()) == known + len(left)


@pytest.mark.parametrize(("act", "before", "expected"), ACTS, ids=NAMES)
async def test_an_act_that_cannot_be_noted_down_is_not_done(
    scene: Scene, act, before, expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    for earlier in before:
        await earlier(scene, VISIT)
    as_it_was = scene.everything()

    async def refuse(database: database_.Database, **entry: object) -> None:
        raise database_.Unavailable("the audit cannot be written")

    monkeypatch.setattr(rows, "insert", refuse)
    with pytest.raises(database_.Unavailable, match="the audit"):
        await act(scene, VISIT)
    assert scene.everything() == as_it_was


async def test_it_shows_no_secret_and_no_address_of_mail(scene: Scene) -> None:
    for act in (sign_in, sign_in_wrong, sign_in_unknown, request_reset, follow_reset, reset, confirm, register, delete):
        await act(scene, VISIT)
    text = " ".join(map(str, scene.entries()))
    for secret in (people.PASSWORD, NEW_PASSWORD, *scene.links.values(), "@hiroba.example", "emma", "noah"):
        assert secret not in text


async def test_an_operator_is_told_apart_from_the_command_line(scene: Scene) -> None:
    await promote_operator(scene, audit.COMMAND_LINE)
    assert scene.entries()[-1][:6] == ("operator promoted", "command line", None, scene.emma.id, None, None)
    assert [entry.act for entry in await audit.entries(scene.context.database, account_id=scene.emma.id, most=10)] == [
        "registered", "password reset requested", "operator promoted",
    ]  # fmt: skip


async def test_what_an_operator_looks_at_is_noted_and_what_a_terminal_looks_at_is_not(scene: Scene) -> None:
    """Whoever sits at the command line could read the tables."""
    operator = msgspec.structs.replace(VISIT, actor="operator", actor_id=scene.operator.id)
    for visit in (audit.COMMAND_LINE, operator):
        await operators.list_accounts(scene.context, visit, most=10)
        await operators.list_sessions(scene.context, visit, "emma")
        await operators.read_audit(scene.context, visit, username="emma", most=10)
    assert [(act, actor_id, account_id) for act, _, actor_id, account_id, *_ in scene.entries()[-4:]][1:] == [
        ("accounts listed", scene.operator.id, None),
        ("sessions listed", scene.operator.id, scene.emma.id),
        ("audit read", scene.operator.id, scene.emma.id),
    ]
    assert [entry[0] for entry in scene.entries()].count("accounts listed") == 1


async def test_of_many_who_are_promoted_at_once_one_is_coordinator(town: people.Town) -> None:
    """Each promotion is noted, and each sees the one before it."""
    members = await town.members(5)
    await asyncio.gather(*(operators.promote_coordinator(town.context, VISIT, one.username or "") for one in members))
    found = [await account_rows.find_by_id(town.context.database, one.id) for one in members]
    assert [one.is_coordinator for one in found if one].count(True) == 1


@pytest.mark.parametrize("statement", ["UPDATE audit SET act = 'nothing'", "DELETE FROM audit", "TRUNCATE audit"])
def test_only_the_owner_can_change_it(dsn: str, statement: str) -> None:
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.rollback()
        cursor.execute("SET ROLE hiroba_server")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)
