"""Every answer tells browsers to make no more of it than it is, wherever in the server it comes from."""

import pytest

from handlers.core import media
from tests import images, people, raw, serving

PLAIN = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}
HTTPS_ONLY = "Strict-Transport-Security"
REGISTRATION = {"username": "haru", "email": "haru@hiroba.example", "password": serving.PASSWORD}
PREFLIGHT = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"}


def check(answer: serving.Answer, *, is_https: bool = False) -> None:
    for name, value in PLAIN.items():
        assert answer.headers.getall(name) == [value]
    (policy,) = answer.headers.getall("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers.getall("Referrer-Policy") in (["no-referrer"], ["same-origin"])
    assert (HTTPS_ONLY in answer.headers) is is_https


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/community/communities", 200),
        ("GET", "/community/user", 401),
        ("GET", "/community/nowhere", 404),
        ("PUT", "/community/user", 405),
        ("POST", "/community/login", 400),
        ("GET", "/whoami/signin", 200),
        ("GET", "/whoami/confirm/nonsense", 302),
        ("GET", "/", 200),
        ("GET", "/signin", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/signin", 422),
        ("GET", "/static/0/style.css", 200),
        ("GET", "/static/0/nothing", 404),
        ("GET", "/mailbox", 200),
        ("GET", "/mailbox/messages", 200),
        ("GET", "/mailbox/999", 404),
        ("GET", "/media/nothing", 404),
        ("GET", "/live", 401),
        ("GET", "/live/events", 401),
        ("POST", "/live/ticket", 401),
        ("GET", "/live/nowhere", 404),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("HEAD", "/community/communities", 200),
        ("OPTIONS", "/community/user", 200),
        ("OPTIONS", "/nowhere", 404),
        ("PURGE", "/community/user", 405),
    ],
)
async def test_every_answer(hiroba: serving.Serving, method: str, path: str, status: int) -> None:
    headers = PREFLIGHT if method == "OPTIONS" else {}
    answer = await hiroba.client().ask(method, path, headers=headers)
    assert answer.status == status
    check(answer)


async def test_a_websocket_from_elsewhere(hiroba: serving.Serving) -> None:
    answer = await hiroba.client().get("/live", headers={"Origin": "https://elsewhere.example"})
    assert answer.status == 403
    check(answer)


async def test_a_picture(hiroba: serving.Serving) -> None:
    town = await people.Town(hiroba.context).found()
    haru = await town.member("haru")
    picture = await media.prepare(hiroba.context, images.plain)
    url = await media.set_avatar(hiroba.context, haru, picture)
    answer = await hiroba.client().get(url.removeprefix(hiroba.config.server.public_url))
    assert answer.headers["Content-Type"].startswith("image/")
    check(answer)


async def test_a_letter_is_shown_in_a_frame_of_our_own_page(hiroba: serving.Serving) -> None:
    await hiroba.client("/whoami").post("/register", REGISTRATION)
    mail = (await hiroba.letters(REGISTRATION["email"]))[0]
    check(await hiroba.client().get(f"/mailbox/{mail.id}"))
    answer = await hiroba.client().get(f"/mailbox/{mail.id}/html")
    assert answer.headers.getall("X-Frame-Options") == ["SAMEORIGIN"]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("data", [b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n"])
async def test_what_is_no_http(hiroba: serving.Serving, data: bytes) -> None:
    answer = await raw.Line(hiroba.url).send(data)
    assert answer.status == 400
    check(answer)


@pytest.mark.parametrize("path", ["/", "/community/user", "/nowhere"])
async def test_where_the_server_is_reached_safely_it_says_so(serve: serving.Serve, path: str) -> None:
    hiroba = await serve(server={"public_url": "https://hiroba.example"})
    check(await hiroba.client().get(path), is_https=True)


@pytest.mark.parametrize("path", ["/user", "/nowhere", "/media/nothing", "/live"])
async def test_at_an_apis_own_host(serve: serving.Serve, path: str) -> None:
    hiroba = await serve(community={"hosts": "kaga.example"})
    check(await hiroba.client().get(path, headers={"Host": "kaga.example"}))
