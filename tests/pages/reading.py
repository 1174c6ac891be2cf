"""Pages as a browser without script sees them: what is on them, and forms filled in and sent."""

import html.parser
from urllib.parse import urlencode

from tests import serving

VOID = {"meta", "link", "input", "img", "br", "base"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Element:
    """One tag, with what is inside."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.text = ""


class Page(html.parser.HTMLParser):
    """A page's elements in their order. Fails on tags that are not closed."""

    def __init__(self, answer: serving.Answer) -> None:
        super().__init__()
        self.status = answer.status
        self.headers = answer.headers
        self.elements: list[Element] = []
        self._open: list[Element] = []
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        self.source = answer.raw.decode()
        self.feed(self.source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(attrs) == len(element.attributes)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements of a tag (and attributes)."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [one for one in self.elements if one.tag == tag and wanted.items() <= one.attributes.items()]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def heading(self) -> str:
        """The one h1."""
        return " ".join(self.one("h1").text.split())

    @property
    def alert(self) -> str:
        """What is said to be wrong, "" if nothing is."""
        return " ".join(" ".join(one.text.split()) for one in self.all("div", role="alert"))

    @property
    def news(self) -> str:
        """What is said to have happened."""
        return " ".join(one.text for one in self.all("p", role="status"))

    def value(self, name: str) -> str | None:
        """What stands in a field."""
        return self.one("input", name=name).attributes.get("value")

    def fault(self, name: str) -> str:
        """What is said beside a field, found as a screen reader finds it."""
        field = self.one("input", name=name).attributes
        if field.get("aria-invalid") != "true":
            return ""
        described = (field["aria-describedby"] or "").split()
        return self.one("p", id=described[-1]).text.removeprefix("Error: ")


class Browser:
    """Opens pages and sends forms, from the pages' own origin."""

    def __init__(self, client: serving.Client) -> None:
        self.client = client

    async def open(self, path: str) -> Page:
        """A page."""
        return Page(await self.client.get(path, headers={"Accept": "text/html"}))

    async def send(self, path: str, **fields: str) -> serving.Answer:
        """What a form gets for an answer, not followed."""
        headers = {**FORM, "Origin": self.client.url, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        return await self.client.post(path, urlencode(fields).encode(), headers=headers)

    async def submit(self, path: str, **fields: str) -> Page:
        """The page that comes after a form."""
        answer = await self.send(path, **fields)
        return await self.open(answer.headers["Location"]) if answer.status == 303 else Page(answer)
