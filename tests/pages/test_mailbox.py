"""/mailbox, as page and as JSON."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import mailbox
from tests import serving
from tests.pages import reading

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
HTML = "<!doctype html><html><head><title>x</title></head><body><script>alert(1)</script><a href='https://a'>a</a></body></html>"
FILES = [
    mailbox.File("請求書 1.pdf", "application/pdf", b"%PDF-"),
    mailbox.File('x".html\r\nX: y', "text/html; evil", b"<script>alert(1)</script>"),
]


async def _receive(hiroba: serving.Serving, number: int, to: str = "haru@hiroba.example", **more: object) -> None:
    fields = {
        "message_id": f"<{number}@tests>",
        "sender": "Hiroba <post@hiroba.example>",
        "recipients": [to],
        "subject": f"Letter {number} <b>",
        "text": "Follow https://hiroba.example/a?b=1&c=2. Or not.",
        "html": "",
        "files": [],
        "now": NOON + timedelta(seconds=number),
        **more,
    }
    await mailbox.insert(hiroba.context.database, **fields)


async def test_messages_as_json(hiroba: serving.Serving, browser: reading.Browser) -> None:
    await _receive(hiroba, 1)
    await _receive(hiroba, 2, "riku@hiroba.example", html="<p>x</p>", files=FILES)
    answer = await browser.client.get("/mailbox/messages")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert [message["subject"] for message in answer.body] == ["Letter 2 <b>", "Letter 1 <b>"]
    answer = await browser.client.get("/mailbox/messages?to=RIKU@hiroba.example")
    (message,) = answer.body
    url = hiroba.config.server.public_url + "/mailbox/attachments/"
    ids = [file.pop("url").removeprefix(url) for file in message["attachments"]]
    assert all(number.isdigit() for number in ids)
    assert message == {
        "from": "Hiroba <post@hiroba.example>",
        "to": "riku@hiroba.example",
        "subject": "Letter 2 <b>",
        "text": "Follow https://hiroba.example/a?b=1&c=2. Or not.",
        "html": "<p>x</p>",
        "receivedAt": "2026-03-14T12:00:02.000Z",
        "attachments": [
            {"filename": FILES[0].filename, "contentType": "application/pdf", "size": 5},
            {"filename": FILES[1].filename, "contentType": "text/html; evil", "size": 25},
        ],
    }


async def test_which_messages(hiroba: serving.Serving, browser: reading.Browser) -> None:
    for number in range(5):
        await _receive(hiroba, number, "haru+tag@hiroba.example" if number % 2 else "haru@hiroba.example")

    async def numbers(query: str) -> list[int]:
        answer = await browser.client.get("/mailbox/messages" + query)
        return [int(message["subject"].split()[1]) for message in answer.body]

    assert await numbers("?to=") == [4, 3, 2, 1, 0]
    assert await numbers("?to=haru+tag@hiroba.example") == [3, 1]
    assert await numbers("?to=haru%2Btag@hiroba.example&limit=1") == [3]
    assert await numbers("?to=nobody@hiroba.example") == []
    assert await numbers("?limit=2") == [4, 3]


@pytest.mark.parametrize("query", ["?limit=0", "?limit=201", "?limit=x", "?to=%00", "?to=%ED%A0%80%00"])
async def test_a_bad_question_is_a_problem(browser: reading.Browser, query: str) -> None:
    answer = await browser.client.get("/mailbox/messages" + query)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert set(answer.body) == {"title", "status", "detail"}


async def test_the_list(hiroba: serving.Serving, browser: reading.Browser) -> None:
    assert "Nothing has arrived." in (await browser.open("/mailbox")).source
    for number in range(60):
        await _receive(hiroba, number)
    await _receive(hiroba, 60, "riku@hiroba.example")
    page = await browser.open("/mailbox?to=Haru@hiroba.example")
    assert page.value("to") == "Haru@hiroba.example"
    letters = [link for link in page.all("a") if link.text.startswith("Letter")]
    assert (len(letters), letters[0].text) == (50, "Letter 59 <b>")
    (older,) = [link for link in page.all("a") if link.text == "Older letters"]
    page = await browser.open(older.attributes["href"] or "")
    assert [link.text for link in page.all("a") if link.text.startswith("Letter")][-1] == "Letter 0 <b>"
    assert "Older letters" not in page.source


async def test_a_letter(hiroba: serving.Serving, browser: reading.Browser) -> None:
    await _receive(hiroba, 1, html=HTML, files=FILES)
    page = await browser.open("/mailbox")
    path = next(link.attributes["href"] for link in page.all("a") if link.text.startswith("Letter"))
    assert path is not None
    page = await browser.open(path)
    assert page.heading == "Letter 1 <b>"
    assert page.one("pre").text == "Follow https://hiroba.example/a?b=1&c=2. Or not."
    assert page.one("a", href="https://hiroba.example/a?b=1&c=2")
    assert page.one("iframe").attributes["src"] == path + "/html"
    assert "allow-scripts" not in (page.one("iframe").attributes["sandbox"] or "")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]

    answer = await browser.client.get(path + "/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.raw.decode() == HTML.replace("<head>", '<head><base target="_blank">')


async def test_files_are_downloaded_never_shown(hiroba: serving.Serving, browser: reading.Browser) -> None:
    await _receive(hiroba, 1, files=FILES)
    (message,) = (await browser.client.get("/mailbox/messages")).body
    public_url = hiroba.config.server.public_url
    pdf, evil = [await browser.client.get(file["url"].removeprefix(public_url)) for file in message["attachments"]]
    assert (pdf.raw, pdf.headers["Content-Type"]) == (b"%PDF-", "application/pdf")
    assert pdf.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8%201.pdf"
    assert evil.headers["Content-Type"] == "application/octet-stream"
    assert evil.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''x%22.html%0D%0A")
    for answer in (pdf, evil):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/mailbox/1",
        "/mailbox/1/html",
        "/mailbox/attachments/1",
        "/mailbox/99999999999999999999",
        "/mailbox/9223372036854775808",
        "/mailbox/x",
    ],
)
async def test_what_is_not_there(browser: reading.Browser, path: str) -> None:
    assert (await browser.open(path)).status == 404


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/messages", "/mailbox/1"])
async def test_no_mailbox_when_mail_goes_elsewhere(serve: serving.Serve, path: str) -> None:
    hiroba = await serve(mail={"url": "smtp://127.0.0.1:9"})
    browser = reading.Browser(hiroba.client())
    assert (await browser.open(path)).status == 404
    assert "mailbox" not in (await browser.open("/")).source
