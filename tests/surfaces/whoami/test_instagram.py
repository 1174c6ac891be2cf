"""Linked pictures: the examples of `apis/whoami.md`, named after their headings, and what the contract adds."""

import asyncio
import re
import urllib.parse
from typing import Any

import msgspec
import pytest

from handlers.core import accounts, audit
from storage import accounts as account_rows
from storage import gallery
from tests import clocks, serving

EMAIL = "someone@email.com"
SOMEONE = {"email": EMAIL, "password": serving.PASSWORD}
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
ID = "1839568314821633189_8042456766"
RAW_URL = (
    "https://scontent.cdninstagram.com/vp/a218bc14fedb259d5e22b8bd58e5b47d/5BF6828E/t51.2885-15/sh0.08/e35/s640x640/"
    "37930134_844689042390902_1407567392577421312_n.jpg"
)
ALREADY_ADDED = {"status": False, "message": "Image already added", "image_id": ID}
NO_SUCH_IMAGE = {"status": False, "message": "There is no image of the user with the image_id", "image_id": ID}
FORM = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}


def image(image_id: str = ID, **change: Any) -> dict[str, Any]:
    return {
        "id": image_id,
        "instagram_url": "https://www.instagram.com/p/BmHdaLJAeSl/",
        "raw_image_url": RAW_URL,
        "orig_width": 640,
        "orig_height": 479,
        **change,
    }


def deleted(image_id: str = ID) -> dict[str, Any]:
    return {"status": True, "deleted_image": {"image_id": image_id, "raw_image_url": RAW_URL}}


@pytest.fixture
async def browser(hiroba: serving.Serving) -> serving.Client:
    """A browser whose person is signed in."""
    browser = hiroba.client("/whoami")
    await browser.post("/register", {"username": "someone", **SOMEONE})
    await browser.post("/signin", SOMEONE)
    return browser


async def linked(hiroba: serving.Serving) -> list[str]:
    someone = await account_rows.find_by_login(hiroba.context.database, "someone")
    return [one.image_id for one in await gallery.list_images(hiroba.context.database, someone.id)]


def refused(answer: serving.Answer, message: str) -> None:
    assert (answer.status, answer.body) == (200, {"status": False, "message": message})


async def test_registers_users_instagram_account_post(browser: serving.Client, clock: clocks.MovableClock) -> None:
    clock.advance(seconds=0.000001)
    answer = await browser.post("/instagram/register", {"username": "someone"})
    assert answer.status == 200
    body = answer.body
    assert STAMP.fullmatch(body["authorized_time"])
    assert body == {
        "status": True,
        "authorized_time": "2026-03-14 12:00:00.000001",
        "message": "Successfully registered Instagram account for the user",
    }
    refused(await browser.post("/instagram/register", {"username": "someone"}), "The user already authorized Instagram")


async def test_data_addition_or_deletion_post(browser: serving.Client, hiroba: serving.Serving) -> None:
    answer = await browser.post(
        "/instagram/update",
        {"addition": [image(), image("2_1"), image()], "deletion": [ID, "2_1", ID]},
    )
    assert answer.status == 200
    assert answer.body == {
        "additions": [{"status": True, "image_id": ID}, {"status": True, "image_id": "2_1"}, ALREADY_ADDED],
        "deletions": [deleted(), deleted("2_1"), NO_SUCH_IMAGE],
    }
    assert await linked(hiroba) == []


async def test_each_item_has_its_verdict_in_order(browser: serving.Client, hiroba: serving.Serving) -> None:
    update = "/instagram/update"
    assert (await browser.post(update, {"addition": [image()]})).body == {
        "additions": [{"status": True, "image_id": ID}]
    }
    assert (await browser.post(update, {"addition": [image(), image()]})).body == {
        "additions": [ALREADY_ADDED, ALREADY_ADDED]
    }
    assert (await browser.post(update, {"deletion": ["none", ID, ID]})).body == {
        "deletions": [{**NO_SUCH_IMAGE, "image_id": "none"}, deleted(), NO_SUCH_IMAGE]
    }
    # Additions first, then deletions: it is there already, and then gone.
    await browser.post(update, {"addition": [image()]})
    assert (await browser.post(update, {"deletion": [ID], "addition": [image()]})).body == {
        "additions": [ALREADY_ADDED],
        "deletions": [deleted()],
    }
    assert (await browser.post(update, {"addition": [], "deletion": None})).body == {"additions": []}
    assert (await browser.post(update, {"addition": [], "deletion": []})).body == {"additions": [], "deletions": []}


async def test_of_an_id_that_comes_twice_the_first_is_linked(browser: serving.Client) -> None:
    first, second = image(raw_image_url="https://a.example/first"), image(raw_image_url="https://a.example/second")
    await browser.post("/instagram/update", {"addition": [first, second]})
    answer = await browser.post("/instagram/update", {"deletion": [ID]})
    assert answer.body["deletions"][0]["deleted_image"]["raw_image_url"] == "https://a.example/first"


async def test_arrays_may_be_strings_that_hold_them(browser: serving.Client) -> None:
    def text(value: object) -> str:
        return msgspec.json.encode(value).decode()

    answer = await browser.post("/instagram/update", {"addition": text([image()]), "deletion": text([ID, ID])})
    wanted = {"additions": [{"status": True, "image_id": ID}], "deletions": [deleted(), NO_SUCH_IMAGE]}
    assert answer.body == wanted
    form = {"username": "someone", "addition": text([image(orig_width="640")]), "deletion": text([ID, ID])}
    answer = await browser.post("/instagram/update", urllib.parse.urlencode(form).encode(), **FORM)
    assert answer.body == wanted
    form = {"addition": text([image()]), "deletion": ""}
    answer = await browser.post("/instagram/update", urllib.parse.urlencode(form).encode(), **FORM)
    assert answer.body == {"additions": [{"status": True, "image_id": ID}]}
    answer = await browser.post("/instagram/register", b"username=someone", **FORM)
    assert answer.body["status"] is True


async def test_a_username_must_be_the_sessions(browser: serving.Client, hiroba: serving.Serving) -> None:
    other = {"username": "other", "email": "other@email.com", "password": serving.PASSWORD}
    await hiroba.client("/whoami").post("/register", other)
    for stranger in ("other", "nobody", "", "other@email.com"):
        refused(await browser.post("/instagram/register", {"username": stranger}), "Invalid session")
        body = {"username": stranger, "addition": [image()]}
        refused(await browser.post("/instagram/update", body), "Invalid session")
    assert await linked(hiroba) == []
    for own in ("someone", "SomeOne", EMAIL):
        answer = await browser.post("/instagram/update", {"username": own, "addition": []})
        assert answer.body == {"additions": []}
    assert (await browser.post("/instagram/register", {"username": "SOMEONE"})).body["status"] is True


async def test_without_a_session(hiroba: serving.Serving) -> None:
    nobody = hiroba.client("/whoami")
    refused(await nobody.post("/instagram/register", {"username": "someone"}), "Invalid session")
    refused(await nobody.post("/instagram/update", {"addition": [image()]}), "Invalid session")
    refused(await nobody.post("/instagram/update", b"{"), "Invalid session")


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("register", {}, "Request is missing either username"),
        ("register", {"username": None}, "Request is missing either username"),
        ("update", {}, "Request is missing either addition or deletion"),
        ("update", {"addition": None, "username": "someone"}, "Request is missing either addition or deletion"),
        *(
            (
                "update",
                {"addition": [image("1_1"), {key: value for key, value in image().items() if key != name}]},
                "Request is missing either id, instagram_url, raw_image_url, orig_width or orig_height",
            )
            for name in image()
        ),
    ],
)
async def test_what_is_missing_is_named_and_nothing_changes(
    browser: serving.Client, hiroba: serving.Serving, path: str, body: dict, message: str
) -> None:
    refused(await browser.post(f"/instagram/{path}", body), message)
    assert await linked(hiroba) == []


@pytest.mark.parametrize(
    "body",
    [
        {"addition": 5},
        {"addition": {}},
        {"addition": "no array"},
        {"addition": "{}"},
        {"addition": "[" * 100_000},
        {"addition": ["x"]},
        {"addition": '["x"]'},
        {"addition": [image(5)]},
        {"addition": [image("")]},
        {"addition": [image("x" * 256)]},
        {"addition": [image("a\0")]},
        {"addition": '[{"id": "a\\u0000"}]'},
        {"addition": '[{"id": "\\ud800"}]'},
        {"addition": [image(raw_image_url="x" * 4097)]},
        {"addition": [image(instagram_url="x" * 4097)]},
        {"addition": [image(orig_width=-1)]},
        {"addition": [image(orig_width=640.5)]},
        {"addition": [image(orig_width="wide")]},
        {"addition": [image(orig_height=10**6)]},
        {"addition": [image(orig_height=2**64)]},
        {"deletion": [5]},
        {"deletion": [None]},
        {"deletion": "[5]"},
        {"deletion": ["x"] * 2001},
        {"deletion": msgspec.json.encode(["x"] * 2001).decode()},
        {"deletion": ["x" * 256]},
        {"addition": [image()], "deletion": 1},
        {"addition": [image()], "username": 1},
        {"addition": [image()], "username": "x" * 255},
    ],
    ids=lambda body: str(body)[:60],
)
async def test_what_cannot_be_read_or_is_too_long_is_400(
    browser: serving.Client, hiroba: serving.Serving, body: dict
) -> None:
    answer = await browser.post("/instagram/update", body)
    assert (answer.status, answer.body["status"]) == (400, False)
    assert await linked(hiroba) == []


async def test_two_thousand_at_once(browser: serving.Client, hiroba: serving.Serving) -> None:
    short = [
        image(str(n), instagram_url="https://i.example/1", raw_image_url="https://i.example/2") for n in range(2000)
    ]
    answer = await browser.post("/instagram/update", {"addition": short})
    assert answer.body["additions"] == [{"status": True, "image_id": str(n)} for n in range(2000)]
    answer = await browser.post("/instagram/update", {"deletion": [one["id"] for one in reversed(short)]})
    assert [one["status"] for one in answer.body["deletions"]] == [True] * 2000


async def test_an_id_is_each_persons_own(browser: serving.Client, hiroba: serving.Serving) -> None:
    other = hiroba.client("/whoami")
    await other.post("/register", {"username": "other", "email": "other@email.com", "password": serving.PASSWORD})
    await other.post("/signin", {"email": "other", "password": serving.PASSWORD})
    await browser.post("/instagram/update", {"addition": [image()]})
    assert (await other.post("/instagram/update", {"deletion": [ID]})).body == {"deletions": [NO_SUCH_IMAGE]}
    answer = await other.post("/instagram/update", {"addition": [image()]})
    assert answer.body == {"additions": [{"status": True, "image_id": ID}]}
    await other.post("/instagram/update", {"deletion": [ID]})
    assert await linked(hiroba) == [ID]


async def test_at_once_each_is_done_once(browser: serving.Client) -> None:
    async def ask(path: str, body: dict) -> Any:
        return (await browser.post(f"/instagram/{path}", body)).body

    registered = await asyncio.gather(*(ask("register", {"username": "someone"}) for _ in range(6)))
    assert sorted(one["status"] for one in registered) == [False] * 5 + [True]
    ids = [str(number) for number in range(20)]
    orders = [ids, ids[::-1], ids[10:] + ids[:10]] * 2
    added = await asyncio.gather(*(ask("update", {"addition": [image(i) for i in order]}) for order in orders))
    assert sum(one["status"] for answer in added for one in answer["additions"]) == 20
    removed = await asyncio.gather(*(ask("update", {"deletion": order}) for order in orders))
    assert sum(one["status"] for answer in removed for one in answer["deletions"]) == 20


async def test_who_leaves_leaves_nothing(browser: serving.Client, hiroba: serving.Serving) -> None:
    await browser.post("/instagram/register", {"username": "someone"})
    await browser.post("/instagram/update", {"addition": [image()]})
    database = hiroba.context.database
    someone = await account_rows.find_by_login(database, "someone")
    await accounts.delete(hiroba.context, audit.COMMAND_LINE, someone.id)
    assert await gallery.list_images(database, someone.id) == []
    assert await gallery.insert(database, someone.id, now=hiroba.context.clock.now()), "it was not authorized any more"
