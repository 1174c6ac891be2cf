"""How pictures are served: to be kept for ever, at every door, and nothing else."""

from tests import images, serving
from tests.surfaces.community.uploads import avatar, here, shown
from tests.surfaces.towns import Phone, Town


async def test_it_is_served_to_be_kept_forever_and_nothing_else(town: Town, john: Phone) -> None:
    url = await avatar(john, images.plain("PNG"), "image/png")
    found = await shown(town, url)
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Content-Type"] == "image/png"
    assert int(found.headers["Content-Length"]) == len(found.raw)
    assert "Set-Cookie" not in found.headers
    head = await town.hiroba.client().ask("HEAD", here(town, url))
    assert (head.status, head.raw, head.headers["Content-Length"]) == (200, b"", found.headers["Content-Length"])
    again = await shown(town, url, headers={"If-None-Match": found.headers["ETag"]})
    assert (again.status, again.raw) == (304, b"")
    assert again.headers["Cache-Control"] == found.headers["Cache-Control"]
    part = await shown(town, url, headers={"Range": "bytes=1-3"})
    assert (part.status, part.raw) == (206, b"PNG")
    anybody = town.hiroba.client()
    for unknown in ("x", "A" * 32, "..%2f..%2fserver.key", "%00"):
        answer = await anybody.get(f"/media/{unknown}")
        assert answer.status == 404, unknown
        assert "Cache-Control" not in answer.headers or "immutable" not in answer.headers["Cache-Control"]
    assert (await anybody.post(here(town, url))).status == 405


async def test_it_is_served_at_every_apis_host_in_its_own_words(dsn: str, clock) -> None:
    settings = serving.config(dsn, community={"hosts": "a.example"}, whoami={"hosts": "b.example"})
    async with serving.served(settings, clock) as hiroba:
        phone = hiroba.client("/community")
        await hiroba.client("/whoami").post(
            "/register", {"username": "someone", "password": serving.PASSWORD, "email": "someone@hiroba.example"}
        )
        someone = (await phone.post("/login", {"username": "someone", "password": serving.PASSWORD})).body
        answer = await phone.post(f"/users/{someone['id']}/avatar", images.data_url(images.plain()))
        path = answer.raw.decode().removeprefix(settings.server.public_url)
        anybody = hiroba.client()
        for host in ("a.example", "b.example", "elsewhere.example"):
            assert (await anybody.get(path, headers={"Host": host})).headers["Content-Type"] == "image/jpeg"
        missing = f"/media/{'A' * 32}"
        assert (await anybody.get(missing, headers={"Host": "a.example"})).body["key"] == "error.notFound"
        assert (await anybody.get(missing, headers={"Host": "b.example"})).body["status"] is False


async def test_the_address_follows_the_public_url(dsn: str, clock) -> None:
    async with serving.served(serving.config(dsn), clock) as hiroba:
        await hiroba.client("/whoami").post(
            "/register", {"username": "someone", "password": serving.PASSWORD, "email": "someone@hiroba.example"}
        )
        phone = hiroba.client("/community")
        login = {"username": "someone", "password": serving.PASSWORD}
        someone = (await phone.post("/login", login)).body
        url = (await phone.post(f"/users/{someone['id']}/avatar", images.data_url(images.plain()))).raw.decode()
    moved = serving.config(dsn, server={"public_url": "https://town.example/hiroba"})
    async with serving.served(moved, clock) as hiroba:
        seen = (await hiroba.client("/community").post("/login", login)).body["avatarUrl"]
        assert seen == f"https://town.example/hiroba/media/{url.rpartition('/')[2]}"
