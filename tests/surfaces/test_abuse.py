"""What people try who mean harm: to be somebody else, to guess, to be first twice, to put words into others' pages."""

import asyncio
import base64
import html
import io
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from tests import raw, serving
from tests.pages import reading
from tests.surfaces import attacks
from tests.surfaces.besieged import DOORS, Besieged, Door

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
OTHER_PATHS = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/media/x", "/live", "/live/x", "/static/x/y", "/x")
CONDITIONS = (b"Range", b"If-Range", b"If-None-Match", b"If-Match", b"If-Modified-Since", b"Accept-Encoding")
BY_NAME = {door.name: door for door in DOORS}
COMMUNITY, WHOAMI, PAGES, DIRECTORY = (BY_NAME[name] for name in ("community", "whoami", "pages", "auth_service"))


@pytest.fixture
async def town(serve: serving.Serve, calm: list) -> AsyncIterator[Besieged]:
    """As it comes, limits and all, with room for many passwords at once."""
    besieged = await Besieged.prepared(await serve(passwords={"queue_max": 200}))
    yield besieged
    besieged.close()


def newcomer(town: Besieged, **given: Any) -> dict[str, Any]:
    """For community's create-account."""
    names = {"firstName": "J", "lastName": "D", "password": serving.PASSWORD}
    return {"username": "somebody", **names, "communityId": town.known["communityId"], **given}


@pytest.mark.parametrize("path", OTHER_PATHS)
async def test_paths_of_no_api(town: Besieged, path: str) -> None:
    for method in attacks.METHODS:
        assert (await town.line.ask(method, path, body=b"{")).status < 500
    cookies = [b"Cookie: " + one.replace(b"%s", b"hiroba") + b"\r\n" for one in attacks.COOKIES]
    for headers in (*attacks.HEADERS, *cookies):
        assert (await town.line.ask("GET", path, headers)).status < 500
    for query in attacks.QUERIES:
        assert (await town.line.ask("GET", f"{path}?{query}")).status < 500


async def test_a_picture_that_is_asked_for_oddly(town: Besieged) -> None:
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, "PNG")
    body = b"data:image/png;base64," + base64.b64encode(file.getvalue())
    path = f"/community/users/{town.john.id}/avatar"
    url = (await town.line.ask("POST", path, await town.proof(COMMUNITY), body)).raw.decode()
    path = "/media/" + url.rpartition("/")[2]
    assert (await town.line.ask("GET", path)).status == 200
    for name, value in itertools.product(CONDITIONS, (b"\xff", b"", b"*", b'"', b'W/"x', b"bytes=-1", b"bytes=9-1,5-")):
        assert (await town.line.ask("GET", path, b"%s: %s\r\n" % (name, value))).status < 500, (name, value)
    for odd in ("/media/%2e%2e%2f" + path[7:], path + "%00", path + "/", "/media/..", "/media/" + "x" * 4000):
        assert (await town.line.ask("GET", odd)).status == 404, odd


async def test_one_name_at_all_doors_at_once_makes_one_account(town: Besieged) -> None:
    hiroba = town.hiroba
    email = "twin@hiroba.example"
    registrations = [
        *({"username": "twin", "email": email.upper(), "password": f"password{number}"} for number in range(5)),
        *(newcomer(town, username="TWIN", email=email) for _ in range(5)),
    ]
    requests = [
        hiroba.client("/community").post("/create-account", body)
        if "communityId" in body
        else hiroba.client("/whoami").post("/register", body)
        for body in registrations
    ]
    resident = {"fullName": "Twin", "gender": "M", "city": "Kaga", "state": "HI", "zipCode": "96701"}
    requests += [
        hiroba.client("/auth-service").post("/signUp", {**resident, "email": email, "password": "Pass-words"})
        for _ in range(5)
    ]
    fields = {"username": "Twin", "email": email, "password": "password"}
    requests += [reading.Browser(hiroba.client()).send("/signup", **fields) for _ in range(5)]
    answers = await asyncio.gather(*requests)
    assert {answer.status for answer in answers} <= {200, 201, 303, 400, 422, 468}
    made = "FROM accounts a LEFT JOIN codes c ON c.account_id = a.id WHERE lower(a.email) = 'twin@hiroba.example'"
    assert town.rows(f"SELECT count(DISTINCT a.id), count(*) {made}") == [(1, 1)]


async def test_a_link_followed_and_used_by_many_at_once_sets_one_password(town: Besieged) -> None:
    hiroba = town.hiroba
    browsers = [hiroba.client("/whoami") for _ in range(12)]
    await browsers[0].post("/register", {"username": "someone", "email": "a@b.example", "password": serving.PASSWORD})
    await browsers[0].post("/send_pwreset_email", {"email": "a@b.example"})
    link = await hiroba.link("a@b.example")
    await asyncio.gather(*(browser.get(link) for browser in browsers))
    answers = await asyncio.gather(
        *(one.put("/reset_pw", {"new_password": f"new password {n}"}) for n, one in enumerate(browsers))
    )
    assert sorted(answer.body["status"] for answer in answers) == [False] * 11 + [True]
    winner = [answer.body["status"] for answer in answers].index(True)
    for number, is_right in ((winner, True), (winner - 1, False)):
        credentials = {"email": "someone", "password": f"new password {number}"}
        assert (await hiroba.client("/whoami").post("/signin", credentials)).body["status"] is is_right
    assert town.rows("SELECT count(*) FROM grants") == [(0,)]


async def test_guesses_at_all_doors_at_once_are_ten(town: Besieged) -> None:
    hiroba = town.hiroba

    async def guess(number: int) -> int:
        password = f"wrong password {number}"
        if number % 4 == 0:
            return (await hiroba.client("/community").post("/login", {"username": "john", "password": password})).status
        if number % 4 == 1:
            return (await hiroba.client("/whoami").delete("/users", {"email": "JOHN", "password": password})).status
        if number % 4 == 2:
            return (await hiroba.client("/auth-service").post("/login", {"email": "John", "password": password})).status
        return (await reading.Browser(hiroba.client()).send("/signin", login="john", password=password)).status

    statuses = await asyncio.gather(*(guess(number) for number in range(60)))
    assert len([status for status in statuses if status != 429]) == 10
    right = await hiroba.client("/community").post("/login", {"username": "john", "password": serving.PASSWORD})
    assert right.status == 429


async def test_one_address_of_mail_in_other_letters_is_the_same_address(town: Besieged) -> None:
    browser = town.hiroba.client("/whoami")
    email = "iii@hiroba.example"
    await browser.post("/register", {"username": "someone", "email": email, "password": serving.PASSWORD})
    # PostgreSQL takes "İ" for "i", Python does not: each of these would be an address of its own.
    for login in ("iii@hiroba.example", "İii@hiroba.example", "iİi@hiroba.example", "iiİ@hİroba.example", "SOMEONE"):
        await browser.post("/send_pwreset_email", {"email": login})
    letters = await town.hiroba.letters(email)
    assert [letter.subject for letter in letters].count("Set a new password") == 3


@pytest.mark.parametrize(
    ("door", "sign_in", "shown", "status", "text"),
    [
        (COMMUNITY, "/community/login", "/community/user", 401, b"Please sign in"),
        (WHOAMI, "/whoami/signin", "/whoami/signin", 200, b"Not signed in"),
        (PAGES, "/signin", "/signin", 200, b"<h1>Sign in</h1>"),
        (DIRECTORY, "/auth-service/login", "/auth-service/getUsers?page=1&limit=1", 401, b"Please log in first."),
    ],
    ids=["community", "whoami", "pages", "auth_service"],
)
async def test_a_session_that_somebody_chose_is_nobodys(
    town: Besieged, door: Door, sign_in: str, shown: str, status: int, text: bytes
) -> None:
    body = b'{"username":"john","email":"john","login":"john","password":"%s"}' % serving.PASSWORD.encode()
    known = await town.proof(door)
    for cookie in (f"Cookie: {door.cookie}=chosen-by-somebody\r\n".encode(), known):
        answer = await town.line.ask("POST", sign_in, cookie, body)
        assert answer.status in (200, 303)
        token = answer.headers["Set-Cookie"].split("=", 1)[1].partition(";")[0]
        assert token.encode() not in cookie
    # The one that was there before is over.
    answer = await town.line.ask("GET", shown, known)
    assert (answer.status, text in answer.raw) == (status, True)


@pytest.mark.parametrize("token", ["//evil.example", "%2f%2fevil", "%5cevil", "%0d%0aLocation:%20//evil", "@evil"])
async def test_links_lead_nowhere_else(town: Besieged, token: str) -> None:
    for path in ("confirm", "password_reset_confirm"):
        answer = await town.line.ask("GET", f"/whoami/{path}/{token}", b"X-Forwarded-Host: evil.example\r\n")
        assert answer.status in (302, 404)
        assert answer.headers.get("Location", town.hiroba.config.server.public_url + "/signin").endswith(":8080/signin")
        assert "evil" not in repr(answer.headers)


async def test_nobody_makes_themselves_more_than_a_member(town: Besieged) -> None:
    more: dict[str, Any] = dict.fromkeys(("admin", "isAdmin", "is_admin", "isOperator", "is_operator"), True)
    more |= {"id": 1, "balance": 1000, "points": 5, "confirmed_at": "2020-01-01", "is_coordinator": True}
    phone = town.hiroba.client("/community")
    made = await phone.post("/create-account", {**newcomer(town), **more})
    assert (made.status, made.body["admin"], made.body["balance"]) == (200, False, 0)
    await phone.post(f"/users/{made.body['id']}", {"location": "x", **more})
    body = {"username": "other", "email": "o@b.example", "password": serving.PASSWORD}
    await town.hiroba.client("/whoami").post("/register", {**body, **more})
    flags = "is_operator, is_coordinator, confirmed_at IS NULL, deleted_at IS NULL"
    query = f"SELECT DISTINCT {flags} FROM accounts WHERE username IN ('somebody', 'other')"
    assert town.rows(query) == [(False, False, True, True)]


@pytest.mark.parametrize("name", ["jo\u200bhn", "\u202enhoj", "john\u00ad", "jo\x85hn", "jo\ufeffhn", " john"])
async def test_nobody_takes_a_name_that_looks_like_anothers(town: Besieged, name: str) -> None:
    phone = town.hiroba.client("/community")
    assert (await phone.post("/create-account", newcomer(town, username=name))).status == 400
    registered = {"username": name, "email": "j@b.example", "password": serving.PASSWORD}
    assert (await town.hiroba.client("/whoami").post("/register", registered)).body["status"] is False


async def test_markup_stays_text(town: Besieged) -> None:
    hiroba = town.hiroba
    phone = hiroba.client("/community")
    names = {"username": MARKUP[:60], "firstName": MARKUP, "lastName": "Bcc: c@d.example\r\n" + MARKUP}
    assert (await phone.post("/create-account", newcomer(town, **names, email="a@b.example"))).status == 200
    browser = reading.Browser(hiroba.client())
    page = await browser.submit("/signin", login=MARKUP, password="wrong")
    assert page.value("login") == MARKUP
    pages = [page, await browser.submit("/signup", username=MARKUP, email=MARKUP, password="x")]
    pages.append(await browser.submit("/signin", login="a@b.example", password=serving.PASSWORD))
    assert MARKUP in html.unescape(pages[-1].source)
    (letter,) = await hiroba.letters("a@b.example")
    pages.append(await browser.open(f"/mailbox/{letter.id}"))
    pages.append(await browser.open("/mailbox?to=" + "%3Cscript%3E"))
    for page in pages:
        assert "<script" not in page.source
        assert "<img src=x" not in page.source
    assert "<script" not in letter.html
    assert town.rows("SELECT recipient FROM mailbox") == [("a@b.example",)]


async def test_a_body_that_is_quoted_is_quoted_in_part(town: Besieged) -> None:
    body = b'{"type":"%s","title":"x","description":"x","amount":1}' % (b"A" * 900_000)
    answer = await town.line.ask("POST", "/community/ads", await town.proof(COMMUNITY), body)
    assert (answer.status, len(answer.raw) < 400) == (400, True)


async def test_an_address_that_no_proxy_can_have_seen(serve: serving.Serve, calm: list) -> None:
    line = raw.Line((await serve(server={"trusted_proxies": "127.0.0.1"})).url)
    for headers in attacks.HEADERS:
        answer = await line.ask("POST", "/whoami/signin", headers, b'{"email":"nobody","password":"wrong"}')
        assert answer.status in (200, 400, 429), headers
    line.hang_up()
