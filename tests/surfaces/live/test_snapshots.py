"""An old snapshot and the events since are a new snapshot: for every kind of event, told at once or after an absence.

Whoever adds a kind adds its row to the table, or the first test here says so.
"""

import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import psycopg2
import pytest

from handlers.core import audit, communities, orders
from handlers.live import telling
from mail import letters
from storage import queries
from tests import serving
from tests.surfaces.live.scenes import Scene, watching
from tests.surfaces.towns import Town

# Told to the server alone: it closes sockets.
UNTOLD = {"sessions_ended"}
INSERTED = re.compile(r"INSERT INTO events \(kind,[^)]*\)\s+(?:VALUES \(|SELECT )'(\w+)'")

Act = Callable[[Scene], Awaitable[Any]]


async def message(scene: Scene) -> None:
    for phone, text in ((scene.haruto, "Tonight."), (scene.haru, "At eight."), (scene.haruto, "Fine.")):
        await scene.say(phone, scene.group_id, text)
    await scene.say(scene.haru, scene.pair_id, "Bring bread.")


async def created(scene: Scene) -> None:
    pair = (await scene.riku.post(f"/message-threads/user/{scene.haru.account_id}")).body
    await scene.say(scene.riku, pair["id"], "Hello")
    # Private, and nobody has said anything: not shown yet.
    await scene.haruto.post(f"/message-threads/user/{scene.riku.account_id}")
    await scene.haruto.post("/message-threads/group", {"memberIds": [scene.riku.account_id], "title": "Two"})
    ad = {"type": "GIVE", "title": "Rice", "description": "A sack", "amount": 12.5, "location": "Kaga"}
    ad_id = (await scene.haruto.post("/ads", ad)).body["id"]
    about = (await scene.haru.post(f"/message-threads/for-ad/{ad_id}")).body
    await scene.say(scene.haru, about["id"], "Is it still there?")


async def changed(scene: Scene) -> None:
    await scene.revise(scene.haru, [scene.haruto], title="Chess")


async def joined(scene: Scene) -> None:
    await scene.revise(scene.haruto, [scene.haru, scene.riku])
    await scene.say(scene.riku, scene.group_id, "Thank you.")


async def left(scene: Scene) -> None:
    # What is shown last is then of somebody else.
    await scene.revise(scene.haruto, [])
    await scene.say(scene.haruto, scene.group_id, "Nobody here.")


async def back(scene: Scene) -> None:
    await scene.revise(scene.haruto, [scene.riku])
    await scene.say(scene.riku, scene.group_id, "Where is Haru?")
    await scene.revise(scene.haruto, [scene.haru])
    await scene.say(scene.haru, scene.group_id, "Back.")


async def read(scene: Scene) -> None:
    await scene.haruto.get(f"/message-threads/{scene.group_id}/messages")
    await scene.haru.get(f"/message-threads/{scene.group_id}/messages", params={"limit": "1"})
    await scene.haruto.get(f"/message-threads/{scene.pair_id}/messages")
    await scene.say(scene.haru, scene.pair_id, "Are you there?")


async def paid(scene: Scene) -> None:
    await scene.pay()


async def completed(scene: Scene) -> None:
    await scene.settle(is_posted=True)


async def failed(scene: Scene) -> None:
    await scene.settle(is_posted=False)


async def drafted(scene: Scene) -> None:
    haruto = await scene.account(scene.haruto)
    await orders.revise(scene.context, haruto, scene.order_id, units=1)
    await orders.draft(scene.context, haruto, units=7_000_000)


async def processed(scene: Scene) -> None:
    await orders.place(scene.context, await scene.account(scene.haruto), scene.order_id, language=letters.ENGLISH)
    await orders.complete(scene.context, audit.COMMAND_LINE, scene.order_id)


async def cancelled(scene: Scene) -> None:
    await orders.cancel(scene.context, await scene.account(scene.haruto), scene.order_id)


async def removed(scene: Scene) -> None:
    await cancelled(scene)
    await orders.remove(scene.context, await scene.account(scene.haruto), scene.order_id)


# What happens, by the kind of its events.
TABLE: Mapping[str, Sequence[Act]] = {
    "message": (message,),
    "created": (created,),
    "changed": (changed,),
    "joined": (joined,),
    "left": (left, back),
    "read": (read,),
    "transaction": (paid, completed, failed),
    "order": (drafted, processed, cancelled, removed),
}
ROWS = [(kind, act) for kind, acts in TABLE.items() for act in acts]


def test_every_kind_of_event_has_its_row() -> None:
    schema = queries.DIRECTORY.parent / "schema"
    texts = [path.read_text() for folder in (schema, queries.DIRECTORY) for path in folder.glob("*.sql")]
    written = {kind for text in texts for kind in INSERTED.findall(text)}
    assert len([text for text in texts if "INTO events" in text]) > 2
    assert sum(text.count("INSERT INTO events") for text in texts) == sum(len(INSERTED.findall(text)) for text in texts)
    assert written == set(TABLE) | UNTOLD
    assert set(telling.SAME) | telling.SHOWN | telling.PAID == set(TABLE)


@pytest.fixture
async def scene(serve: serving.Serve) -> Scene:
    """Payments are settled by the tests alone."""
    hiroba = await serve(community={"settlement_delay_seconds": 3600})
    kaga = await communities.found(hiroba.context, audit.COMMAND_LINE, "Kaga city")
    return await Scene.set(Town(hiroba, kaga, 0))


@pytest.mark.parametrize(("kind", "act"), ROWS, ids=[f"{kind}-{act.__name__}" for kind, act in ROWS])
async def test_an_old_snapshot_and_the_events_since_are_a_new_one(scene: Scene, dsn: str, kind: str, act: Act) -> None:
    watches = await watching(scene)
    before = scene.hiroba.parts.hub.cursor.position
    await act(scene)
    for watch in watches:
        await watch.end()
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT kind FROM events WHERE position > %s", (before,))
        assert kind in {row[0] for row in cursor.fetchall()}


async def test_so_are_all_of_them_one_after_the_other(scene: Scene) -> None:
    watches = await watching(scene)
    for act in (message, read, joined, changed, left, back, created, drafted, processed, completed, paid, message):
        await act(scene)
    for watch in watches:
        await watch.end()
