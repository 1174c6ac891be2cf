"""What holds for every page: its headers, who may send its forms, how it says no."""

import asyncio
import re

import pytest

from handlers.core import refusals
from handlers.pages import assets, layout, words
from handlers.rest import origins
from tests import serving
from tests.pages import reading

PAGES = ["/", "/signin", "/signup", "/signup/welcome", "/reset_pw", "/reset_pw?sent", "/mailbox", "/nowhere"]
FORMS = ["/signin", "/signout", "/signup", "/reset_pw", "/reset_pw/link"]


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_safe_and_readable(browser: reading.Browser, path: str) -> None:
    page = await browser.open(path)
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }.items():
        assert page.headers[name] == value
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("title").text.endswith(" · Hiroba")
    assert page.heading
    assert page.one("main")
    assert "width=device-width" in (page.one("meta", name="viewport").attributes["content"] or "")
    # Nothing that the policy forbids, nothing from elsewhere.
    assert page.all("script") == page.all("style") == []
    assert not any("style" in one.attributes or "onclick" in one.attributes for one in page.elements)
    assert not re.search(r"(src|href)=\"(https?:)?//", page.source)
    labelled = {label.attributes["for"] for label in page.all("label")}
    assert {field.attributes["id"] for field in page.all("input")} == labelled


@pytest.mark.parametrize("path", ["/signin", "/mailbox/messages"])
async def test_head(browser: reading.Browser, path: str) -> None:
    answer = await browser.client.ask("HEAD", path)
    assert (answer.status, answer.raw) == (200, b"")


async def test_the_stylesheet(browser: reading.Browser) -> None:
    page = await browser.open("/")
    path = page.one("link", rel="stylesheet").attributes["href"] or ""
    answer = await browser.client.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert answer.headers["Cache-Control"] == assets.CACHE_CONTROL
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    older = await browser.client.get("/static/0123456789ab/style.css")
    assert (older.status, older.headers["Cache-Control"]) == (200, "no-cache")
    assert (await browser.open("/static/0123456789ab/nothing.css")).status == 404
    assert (await browser.open("/static/0123456789ab/..%2fsurface.py")).status == 404


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://[bad"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://app.localhost"},
    ],
)
async def test_a_form_from_elsewhere_is_refused(browser: reading.Browser, path: str, headers: dict[str, str]) -> None:
    answer = await browser.client.post(path, b"login=x", headers={**reading.FORM, **headers})
    page = reading.Page(answer)
    assert (page.status, page.heading) == (403, "Not from here")
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize(
    ("public_url", "host", "origin", "is_foreign"),
    [
        ("http://localhost:8080", "localhost:8080", None, False),
        ("http://localhost:8080", "localhost:8080", "http://localhost:8080", False),
        ("http://localhost:8080", "127.0.0.1:8080", "http://127.0.0.1:8080", False),
        ("http://localhost:8080", "127.0.0.1:8080", "http://localhost:8080", False),
        ("http://localhost:8080", "localhost:8080", "http://localhost:3000", True),
        ("http://localhost:8080", "localhost:8080", "http://localhost", True),
        ("http://localhost:8080", "localhost:8080", "ftp://localhost:8080", True),
        ("https://hiroba.example", "hiroba.example", "https://hiroba.example", False),
        ("https://hiroba.example", "inside:8080", "https://hiroba.example", False),
        ("https://hiroba.example", "hiroba.example", "http://hiroba.example", True),
        ("https://hiroba.example", "hiroba.example", "https://evil.hiroba.example", True),
    ],
)
def test_what_is_foreign(public_url: str, host: str, origin: str | None, is_foreign: bool) -> None:
    class Asked:
        headers = {} if origin is None else {"Origin": origin}

    Asked.host = host
    assert origins.is_foreign(Asked, public_url) is is_foreign


async def test_no_in_pages(browser: reading.Browser) -> None:
    assert (await browser.open("/nowhere")).heading == "There is nothing here"
    page = reading.Page(await browser.client.ask("DELETE", "/signin"))
    assert (page.status, page.headers["Allow"]) == (405, "GET, HEAD, POST")
    page = reading.Page(await browser.client.post("/signin", b"x" * (1024 * 1024 + 1), headers=reading.FORM))
    assert page.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"login=%00",
        b"login=%ff",
        b"login=\xff",
        b"login=" + b"x" * 300,
        b"&".join([b"a=b"] * 200),
        b"{",
        b'{"login": 5}',
    ],
)
async def test_what_cannot_be_read(browser: reading.Browser, body: bytes) -> None:
    page = reading.Page(await browser.client.post("/signin", body, headers=reading.FORM))
    assert (page.status, page.heading) == (400, "That could not be read")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/json", "application/problem+json"),
        ("application/problem+json, */*", "application/problem+json"),
        ("text/html,application/xhtml+xml,application/json;q=0.9", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
    ],
)
async def test_no_in_the_form_that_is_taken(browser: reading.Browser, accept: str, content_type: str) -> None:
    answer = await browser.client.get("/nowhere", headers={"Accept": accept})
    assert (answer.status, answer.headers["Content-Type"]) == (404, content_type)


async def test_a_defect_is_a_page_without_its_reason(browser: reading.Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_fields: object) -> None:
        raise ValueError("a secret reason")

    monkeypatch.setattr("handlers.core.names.first_last", broken)
    await browser.submit("/signup", username="someone", email="someone@email.com", password=serving.PASSWORD)
    page = await browser.submit("/signup", username="other", email="other@email.com", password=serving.PASSWORD)
    assert (page.status, page.heading) == (500, "Something broke")
    assert "secret reason" not in page.source


async def test_an_api_says_no_itself(browser: reading.Browser) -> None:
    answer = await browser.client.get("/whoami/nowhere", headers={"Accept": "text/html"})
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/json")


async def test_cookies_of_apis_are_left_alone(browser: reading.Browser, someone: str) -> None:
    await browser.client.post("/whoami/signin", {"email": someone, "password": serving.PASSWORD})
    assert (await browser.open("/signin")).heading == "Sign in"
    await browser.submit("/signin", login=someone, password=serving.PASSWORD)
    await browser.submit("/signout")
    assert (await browser.client.get("/whoami/signin")).body["status"] is True


async def test_many_at_once(browser: reading.Browser) -> None:
    pages = await asyncio.gather(*(browser.open(path) for path in PAGES * 5))
    assert {page.status for page in pages} == {200, 404}


def test_there_are_words_for_every_refusal() -> None:
    leaves = {one for one in vars(refusals).values() if isinstance(one, type) and issubclass(one, refusals.Refusal)}
    assert set(words.TABLE) == leaves - {refusals.Refusal}
    assert {word.status for word in words.TABLE.values()} <= set(words.TITLES)


def test_templates_can_be_read() -> None:
    names = layout.TEMPLATES.list_templates()
    assert "refused.html" in names
    for name in names:
        assert layout.TEMPLATES.get_template(name).name == name


async def test_beside_an_api_with_a_host_of_its_own(serve: serving.Serve) -> None:
    hiroba = await serve(whoami={"hosts": "whoami.example"})
    browser = reading.Browser(hiroba.client())
    assert (await browser.open("/nowhere")).heading == "There is nothing here"
    page = await browser.submit("/signup", username="someone", email="someone@email.com", password=serving.PASSWORD)
    assert page.heading == "A letter is on its way"
    await browser.submit("/reset_pw/link", email="someone@email.com")
    await browser.client.get(await hiroba.link("someone@email.com"))
    assert (await browser.open("/reset_pw")).value("username") == "someone@email.com"
    for path in ("/", "/signup", "/mailbox"):
        answer = await browser.client.get(path, headers={"Host": "whoami.example", "Accept": "text/html"})
        assert answer.status == 404
        assert answer.headers["Content-Type"].startswith("application/json")
