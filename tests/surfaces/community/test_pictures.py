"""Pictures of users and ads, named after the headings of `apis/commons-os.md`, and what the contract adds to them."""

import asyncio
import gzip
import urllib.parse
from pathlib import Path

import pytest
from PIL import Image

from handlers.rest import bodies
from tests import images, serving
from tests.surfaces.community.test_rules import key
from tests.surfaces.community.uploads import FORM, avatar, shown, upload
from tests.surfaces.towns import Phone, Town

AD = {"type": "GIVE", "title": "House cleaning", "description": "Vacuum cleaning", "amount": 10}


async def test_post_users_id_avatar(town: Town, john: Phone) -> None:
    answer = await upload(john, f"/users/{john.account_id}/avatar", images.data_url(images.plain()))
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    url = answer.raw.decode()
    found = await shown(town, url)
    assert (found.status, found.headers["Content-Type"]) == (200, "image/jpeg")
    assert images.near(images.read(found.raw).getpixel((5, 5)), images.RED)
    assert (await john.get("/user")).body["avatarUrl"] == url


async def test_post_ads_id_photo(town: Town, john: Phone) -> None:
    ad = (await john.post("/ads", AD)).body
    answer = await upload(john, f"/ads/{ad['id']}/photo", images.data_url(images.plain()))
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    first = answer.raw.decode()
    assert (await john.get(f"/ads/{ad['id']}")).body == {**ad, "photoUrl": first}
    # "If advertisement already has photo, new one replaces old one."
    second = (await upload(john, f"/ads/{ad['id']}/photo", images.data_url(images.plain("PNG")))).raw.decode()
    assert (await shown(town, first)).status == 404
    assert (await shown(town, second)).headers["Content-Type"] == "image/png"


async def test_they_are_in_every_view(town: Town, john: Phone) -> None:
    haru = await town.join("haru", firstName="Haru", lastName="Takahashi")
    coordinator = await town.coordinator()
    url = await avatar(john, images.plain())
    ad = (await john.post("/ads", AD)).body
    assert ad["createdBy"]["avatarUrl"] == url
    photo = (await upload(john, f"/ads/{ad['id']}/photo", images.data_url(images.plain()))).raw.decode()

    login = await town.hiroba.client("/community").post("/login", {"username": "john", "password": serving.PASSWORD})
    assert login.body["avatarUrl"] == url
    for phone in (haru, coordinator):
        assert (await phone.get(f"/users/{john.account_id}")).body["avatarUrl"] == url
    assert (await haru.get("/users?q=doe")).body[0]["avatarUrl"] == url
    for path in ("/ads", "/ads?filter=house"):
        (seen,) = (await haru.get(path)).body
        assert (seen["photoUrl"], seen["createdBy"]["avatarUrl"]) == (photo, url)
    thread = (await haru.post(f"/message-threads/for-ad/{ad['id']}")).body
    assert (thread["ad"]["photoUrl"], thread["ad"]["createdBy"]["avatarUrl"]) == (photo, url)
    assert (thread["counterParty"]["avatarUrl"], thread["parties"][0]["avatarUrl"]) == (url, url)
    assert "avatarUrl" not in thread["creator"]
    revised = await john.post(f"/users/{john.account_id}", {"location": "Kaga"})
    assert revised.body["avatarUrl"] == url


async def test_the_live_connection_shows_them_too(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    url = await avatar(john, images.plain())
    async with haru.client.http.ws_connect(f"{town.hiroba.url}/live") as ws:
        assert (await ws.receive_json())["type"] == "hello"
        await john.post("/message-threads/group", {"memberIds": [haru.account_id], "title": "x"})
        frame = await asyncio.wait_for(ws.receive_json(), 5)
        assert frame["thread"]["creator"]["avatarUrl"] == url


async def test_only_ones_own(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    yuina = await town.join("yuina", community_id=town.shibuya)
    ad = (await john.post("/ads", AD)).body
    body = images.data_url(images.plain())
    # Also who sends no picture at all is told nothing but that.
    for sent in (body, b"x"):
        for phone in (haru, yuina):
            assert key(await upload(phone, f"/users/{john.account_id}/avatar", sent)) == (403, "error.forbidden")
            assert key(await upload(phone, f"/ads/{ad['id']}/photo", sent)) == (403, "error.forbidden")
        for path in ("/users/999999/avatar", "/ads/999999/photo", "/ads/99999999999999999999/photo"):
            assert key(await upload(john, path, sent)) == (403, "error.forbidden")
    nobody = town.hiroba.client("/community")
    assert key(await nobody.post(f"/users/{john.account_id}/avatar", body, **FORM)) == (401, "error.unauthorized")
    assert "avatarUrl" not in (await john.get("/user")).body
    assert "photoUrl" not in (await john.get(f"/ads/{ad['id']}")).body


REFUSED = {
    "nothing": b"",
    "json": b'{"image": "x"}',
    "no data url": images.plain(),
    "text": images.data_url(b"Hello", "text/plain"),
    "a picture as text": images.data_url(images.plain(), "text/plain"),
    "svg": images.data_url(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
    "text as a picture": images.data_url(b"Hello"),
    "bmp as jpeg": images.data_url(images.saved(images.halves(), "BMP")),
    "cut off": images.data_url(images.plain(size=(300, 200))[:-100]),
    "no base64": b"data:image/jpeg;base64,!!!!",
    "a bomb": images.data_url(images.saved(Image.new("1", (15_000, 15_000)), "PNG"), "image/png"),
    "over 8 MB": images.data_url(images.plain().ljust(9_000_000, b"\0")),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_no_picture_is_400_and_changes_nothing(town: Town, john: Phone, body: bytes) -> None:
    url = await avatar(john, images.plain())
    assert key(await upload(john, f"/users/{john.account_id}/avatar", body)) == (400, "error.badRequest")
    assert (await john.get("/user")).body["avatarUrl"] == url
    assert (await shown(town, url)).status == 200


async def test_the_body_is_read_byte_by_byte_whatever_its_type_says(town: Town, john: Phone) -> None:
    body = images.data_url(images.saved(Image.effect_noise((200, 150), 80), "JPEG"))
    assert b"+" in body
    wanted = None
    for kind in (
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "image/jpeg",
        "x",
    ):
        for sent in (body, b"\n " + body + b"\r\n", urllib.parse.quote(body).encode()):
            answer = await john.post(f"/users/{john.account_id}/avatar", sent, headers={"Content-Type": kind})
            assert answer.status == 200, kind
            found = (await shown(town, answer.raw.decode())).raw
            wanted = wanted or found
            assert found == wanted


async def test_the_content_says_what_it_is(town: Town, john: Phone) -> None:
    # Clients call every picture a JPEG.
    url = await avatar(john, images.plain("PNG"), "image/jpeg")
    assert (await shown(town, url)).headers["Content-Type"] == "image/png"


async def test_bodies_up_to_12_mebibytes_and_for_pictures_only(town: Town, john: Phone) -> None:
    path = f"/users/{john.account_id}/avatar"
    # White space around it is allowed, and makes a large body of a small picture.
    body = images.data_url(images.plain())
    assert (await upload(john, path, body.ljust(12 * 1024 * 1024))).status == 200
    assert key(await upload(john, path, body.ljust(12 * 1024 * 1024 + 1))) == (413, "error.tooLarge")
    assert key(await upload(john, "/ads", body.ljust(1024 * 1024 + 1))) == (413, "error.tooLarge")
    packed = {"headers": {"Content-Type": "text/plain", "Content-Encoding": "gzip"}}
    assert (await john.post(path, gzip.compress(body), **packed)).status == 200
    assert (await john.post(path, gzip.compress(body.ljust(13 * 1024 * 1024)), **packed)).status == 413
    assert (await john.post(path, body, **packed)).status == 400


async def test_a_body_that_does_not_come_is_not_waited_for(
    town: Town, john: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS_MAX", 0.2)

    async def slowly():
        yield b"data:image/jpeg;base64,"
        await asyncio.sleep(2)

    answer = await john.client.http.post(
        f"{town.hiroba.url}/community/users/{john.account_id}/avatar", data=slowly(), timeout=None
    )
    assert (answer.status, (await answer.json())["key"]) == (400, "error.badRequest")


async def test_beyond_the_queue_it_is_429(serve: serving.Serve) -> None:
    hiroba = await serve(media={"threads": "1", "queue_max": "2"})
    with hiroba.context.studio.receiving(), hiroba.context.studio.receiving():
        phone = hiroba.client("/community")
        made = await hiroba.client("/whoami").post(
            "/register", {"username": "someone", "password": serving.PASSWORD, "email": "someone@hiroba.example"}
        )
        assert made.body["status"] is True
        someone = await phone.post("/login", {"username": "someone", "password": serving.PASSWORD})
        path = f"/users/{someone.body['id']}/avatar"
        refused = await phone.post(path, images.data_url(images.plain()))
        assert key(refused) == (429, "error.tooManyRequests")
        assert int(refused.headers["Retry-After"]) > 0
    assert (await phone.post(path, images.data_url(images.plain()))).status == 200


async def test_pictures_of_who_leaves_are_gone(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    url = await avatar(john, images.plain())
    ad = (await john.post("/ads", AD)).body
    photo = (await upload(john, f"/ads/{ad['id']}/photo", images.data_url(images.plain("PNG")))).raw.decode()
    await town.hiroba.client("/whoami").delete("/users", {"email": "john", "password": serving.PASSWORD})
    for gone in (url, photo):
        assert (await shown(town, gone)).status == 404
    assert (await haru.get(f"/users/{john.account_id}")).body == {
        "id": john.account_id,
        "fullName": "Deleted member",
    }


async def test_two_at_once_leave_one(town: Town, john: Phone) -> None:
    ad = (await john.post("/ads", AD)).body
    for path, field in ((f"/users/{john.account_id}/avatar", "avatarUrl"), (f"/ads/{ad['id']}/photo", "photoUrl")):
        bodies = [images.data_url(images.plain("PNG", (step * 30, 0, 0))) for step in range(6)]
        answers = await asyncio.gather(*(upload(john, path, body) for body in bodies))
        assert {answer.status for answer in answers} == {200}
        seen = (await john.get("/user" if field == "avatarUrl" else f"/ads/{ad['id']}")).body[field]
        urls = [answer.raw.decode() for answer in answers]
        assert [url for url in urls if (await shown(town, url)).status == 200] == [seen]


async def test_under_one_key_it_is_one_picture(town: Town, john: Phone) -> None:
    path = f"/users/{john.account_id}/avatar"
    keyed = {"headers": {"Idempotency-Key": "one"}}
    body = images.data_url(images.plain())
    first = await john.post(path, body, **keyed)
    again = await john.post(path, body, **keyed)
    assert (first.status, first.raw) == (again.status, again.raw) == (200, first.raw)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert (await shown(town, first.raw.decode())).status == 200
    assert (await john.post(path, images.data_url(images.plain("PNG")), **keyed)).status == 422


async def test_nothing_of_it_is_kept_but_what_is_shown(serve: serving.Serve, tmp_path: Path) -> None:
    hiroba = await serve(media={"directory": str(tmp_path)})
    await hiroba.client("/whoami").post(
        "/register", {"username": "someone", "password": serving.PASSWORD, "email": "someone@hiroba.example"}
    )
    phone = hiroba.client("/community")
    someone = (await phone.post("/login", {"username": "someone", "password": serving.PASSWORD})).body
    file = images.saved(images.halves(), "JPEG", exif=images.telling_exif(6), comment=b"SecretComment")
    await phone.post(f"/users/{someone['id']}/avatar", images.data_url(file))
    (kept,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert b"Secret" not in kept.read_bytes()
    assert images.read(kept.read_bytes()).size == (40, 80)
