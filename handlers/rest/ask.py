"""What a request asks, as its route sees it: who, with what, about what."""

from typing import Any, NamedTuple, Protocol, TypeVar

from aiohttp import web

from handlers.core import audit, refusals
from handlers.core import context as context_
from handlers.rest import bodies, clients, cookies
from storage import accounts as account_rows
from storage import sessions as session_rows

ROWS_MAX = 10_000
LIMIT_MAX = 200
ID_MAX = 2**63 - 1
QUERY_CHARACTERS_MAX = 1000


class Numbered(Protocol):
    """A row of a list that is in the order of its ids."""

    @property
    def id(self) -> int:
        """Its place in the list."""
        ...


R = TypeVar("R", bound=Numbered)


class Page(NamedTuple):
    """Which part of a list is asked for. Source: contract, 2, Lists."""

    limit: int | None
    before: int | None
    after: int | None

    @property
    def most(self) -> int:
        """How many rows to fetch: one more than is shown where it must be known whether there are more."""
        return ROWS_MAX + 1 if self.limit is None else self.limit

    @property
    def start_id(self) -> int | None:
        """Where a list that shows the newest first goes on: there `before` and `after` mean the same."""
        return self.before if self.after is None else self.after

    def part(self, rows: list[R]) -> list[R]:
        """Of a whole list in the order of ids what is asked for: what follows an entry, or the nearest before one."""
        after, before = self.after or 0, ID_MAX if self.before is None else self.before
        found = [row for row in rows if after < row.id < before]
        return found[: self.most] if self.before is None else found[-self.most :]


class Ask:
    """One request. Routes read it and answer; nothing here is kept."""

    __slots__ = (
        "_api", "_body_bytes_max", "_proxies", "asked", "body", "context", "is_preview", "raw", "request", "session",
        "settings", "truncated",
    )  # fmt: skip

    def __init__(
        self,
        request: web.Request,
        context: context_.Context,
        settings: Any,
        api: str,
        proxies: clients.Proxies,
        body_bytes_max: int | None = None,
    ) -> None:
        self.request = request
        self.context = context
        self.settings = settings
        self.session: session_rows.Session | None = None
        self.body: Any = None
        self.raw = b""
        # What is asked for without who asks, which two requests under one Idempotency-Key share.
        self.asked = b""
        self.truncated = False
        # What this request does is undone before it is answered: ids that it would make are null. See `previews`.
        self.is_preview = False
        self._api = api
        self._body_bytes_max = body_bytes_max
        self._proxies = proxies

    @property
    def signed_in(self) -> session_rows.Session:
        """The session of who asks. Refuses: NotSignedIn."""
        if self.session is None or self.session.account is None:
            raise refusals.NotSignedIn
        return self.session

    @property
    def account(self) -> account_rows.Account:
        """Who asks. Refuses: NotSignedIn."""
        if self.session is None or self.session.account is None:
            raise refusals.NotSignedIn
        return self.session.account

    @property
    def visit(self) -> audit.Visit:
        """Who asks and from where, for sessions, limits and the audit."""
        session = self.session
        account = None if session is None else session.account
        return audit.Visit(
            api=self._api,
            address=self._proxies.address_of(self.request),
            user_agent=printable(self.request.headers.get("User-Agent", "")),
            actor="visitor" if account is None else "operator" if account.is_operator else "account",
            actor_id=None if account is None else account.id,
            session_id=None if session is None else session.id,
        )

    async def receive(self) -> bytes:
        """The body as it came, kept as `raw`. Refuses: TooLarge, Malformed."""
        self.raw = self.asked = await bodies.read(self.request, bytes_max=self._body_bytes_max)
        return self.raw

    def path_id(self, name: str = "id") -> int:
        """An id in the path; the route's pattern lets digits through only.

        Refuses: NotEntitled (no such thing); UnknownPath for digits of other scripts, which the pattern lets through.
        """
        digits = self.request.match_info[name]
        if not digits.isascii():
            raise refusals.UnknownPath
        if len(digits) > 19 or int(digits) > ID_MAX:
            raise refusals.NotEntitled
        return int(digits)

    def query(self, name: str) -> str | None:
        """A text of the query string. Refuses: Malformed."""
        text = self.request.query.get(name)
        if text is not None and (len(text) > QUERY_CHARACTERS_MAX or "\0" in text or not bodies.is_encodable(text)):
            raise refusals.Malformed(f"{name} is not a text of at most {QUERY_CHARACTERS_MAX} characters")
        return text

    def limit(self) -> int | None:
        """How many entries of a list are asked for. Refuses: Malformed."""
        return self._query_number("limit", 1, LIMIT_MAX)

    def page(self) -> Page:
        """Which part of the list is asked for. Refuses: Malformed."""
        if not self.request.query_string:
            return Page(None, None, None)
        return Page(
            self.limit(),
            self._query_number("before", 0, ID_MAX),
            self._query_number("after", 0, ID_MAX),
        )

    def _query_number(self, name: str, least: int, most: int) -> int | None:
        text = self.query(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > 19 or not least <= int(text) <= most:
            raise refusals.Malformed(f"{name} is a whole number from {least} to {most}")
        return int(text)

    def shown(self, page: Page, rows: list) -> list:
        """What of the rows is shown; the answer says so if there were more. Source: contract, 2, Lists."""
        if page.limit is None and len(rows) > ROWS_MAX:
            self.truncated = True
            return rows[:ROWS_MAX]
        return rows

    def require(self, *names: str) -> None:
        """Refuses: Missing, naming all of these, if the body lacks one."""
        if any(getattr(self.body, name) is None for name in names):
            raise refusals.Missing(*names)

    async def hand_out(self, token: str) -> None:
        """The answer sets the API's cookie to this session."""
        await cookies.hand_out(self.request, token)

    async def take_back(self) -> None:
        """The answer clears the API's cookie."""
        await cookies.take_back(self.request)


def printable(text: str) -> str:
    """A header's text as it can be stored and shown."""
    return "".join(character if character.isprintable() else "?" for character in text)
