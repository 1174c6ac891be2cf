"""What a request carries beside what is asked: fields of others, markup, lines of a mail's head. All without effect.

Tried over every route that writes, with the requests of `errands`.
"""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest

from handlers.core import audit, ledger
from handlers.pages import surface as pages
from storage import mailbox
from tests import raw, serving
from tests.surfaces.besieged import PAGES, Besieged
from tests.surfaces.errands import every, told

ALL = {one.name: one for one in every.writing()}
# Those whose body has fields: pictures have none.
WITH_FIELDS = [
    name
    for name, one in ALL.items()
    if getattr(one.route.accepts, "__struct_fields__", ()) and one.route.accepts_type is None
]
# By any name under which an API, the database or another framework has them.
ASSIGNED = {
    **dict.fromkeys(("isAdmin", "is_admin", "admin", "isOperator", "is_operator", "operator"), True),
    **dict.fromkeys(("isCoordinator", "is_coordinator", "coordinator", "confirmed", "approved"), True),
    **dict.fromkeys(("balance", "settled", "credits", "price", "emissions_paid"), 1_000_000),
    **dict.fromkeys(("id", "userId", "user_id", "accountId", "account_id", "createdBy", "author_id", "remitterId"), 2),
    **dict.fromkeys(("role", "roles", "state", "status", "kind"), "COMPLETED"),
    "confirmed_at": "2020-01-01T00:00:00Z",
    "deleted_at": "2020-01-01T00:00:00Z",
    "community_id": 2,
}
RIGHTS = """
SELECT count(*) FILTER (WHERE is_operator), count(*) FILTER (WHERE is_coordinator),
       count(*) FILTER (WHERE confirmed_at IS NOT NULL), count(*) FILTER (WHERE community_id = {shibuya}),
       (SELECT sum(settled) FROM wallets WHERE kind = 'holder'), (SELECT count(*) FROM orders WHERE state = 'COMPLETED')
  FROM accounts WHERE deleted_at IS NULL
"""
MARKUP = "<img src=x onerror=alert(1)>\"'&{{7*7}}</title>"
HEADER = "x\r\nBcc: thief@hiroba.example\r\n\r\n<img src=x onerror=alert(2)>"
# Whatever these are changed to, nothing comes of the request.
LEFT_ALONE = {"password", "token", "old_token", "refresh_token", "old_password", "code", "type", "gender", "state"}
NUMBERS = count(1)


@pytest.fixture
async def town(serve: serving.Serve, calm: list) -> AsyncIterator[Besieged]:
    besieged = await Besieged.prepared(await serve(limits={"enabled": "false"}, passwords={"queue_max": 200}))
    context = besieged.hiroba.context
    await ledger.mint(context, audit.COMMAND_LINE, besieged.john, units=10_000, description="minted")
    yield besieged
    besieged.close()


def fields_of(body: bytes) -> dict[str, Any]:
    """Of an object or a form."""
    return msgspec.json.decode(body) if body.startswith(b"{") else dict(parse_qsl(body.decode()))


def like(body: bytes, fields: dict[str, Any]) -> bytes:
    """Other fields, written as the body is."""
    return msgspec.json.encode(fields) if body.startswith(b"{") else urlencode(fields).encode()


async def rights(town: Besieged) -> tuple:
    await town.settled()
    (shibuya,) = town.rows("SELECT id FROM communities WHERE name = 'Shibuya People'")[0]
    return town.rows(RIGHTS.format(shibuya=shibuya))[0]


async def send(town: Besieged, asked: told.Asked, body: bytes) -> serving.Answer:
    return await town.line.send(raw.request(asked.method, asked.path, headers=asked.headers, body=body))


async def gained(town: Besieged, one: told.Errand, added: dict[str, Any]) -> list[int]:
    """What a new request of this kind, with these fields more, has changed of rights and money."""
    asked = await every.think(town, one, next(NUMBERS))
    assert asked.body is not None
    before = await rights(town)
    assert (await send(town, asked, like(asked.body, {**added, **fields_of(asked.body)}))).status < 500
    return [int(now) - int(then) for now, then in zip(await rights(town), before, strict=True)]


@pytest.mark.parametrize("name", WITH_FIELDS)
async def test_fields_that_are_not_ones_own_to_set_change_nothing(town: Besieged, name: str) -> None:
    """With all of them added the same comes of it as without: no right, no money, no other person's name."""
    assert await gained(town, ALL[name], ASSIGNED) in (await gained(town, ALL[name], {}), [0] * 6)


def poisoned(text: str, body: bytes) -> list[bytes]:
    """The body with all texts that a person writes poisoned, and with each of them by itself."""
    fields = fields_of(body)
    bad = {name: text + value for name, value in fields.items() if isinstance(value, str) and name not in LEFT_ALONE}
    return [like(body, {**fields, **one}) for one in [bad, *({name: value} for name, value in bad.items())]]


@pytest.mark.parametrize("name", WITH_FIELDS)
async def test_markup_and_heads_are_texts_in_every_mail_and_page(town: Besieged, name: str) -> None:
    """A poisoned text may be refused. Where it is taken, mails and pages show it and do nothing else."""
    hiroba = town.hiroba
    for text in (MARKUP, HEADER):
        asked = await every.think(town, ALL[name], next(NUMBERS))
        assert asked.body is not None
        for body in poisoned(text, asked.body):
            assert (await send(town, asked, body)).status < 500
    # The person's own letters show its names.
    await hiroba.client("/whoami").post("/send_pwreset_email", {"email": "john"})
    await town.settled()
    mails = await mailbox.list(hiroba.context.database)
    for mail in mails:
        assert "thief" not in mail.recipient
        assert "\n" not in mail.subject and "\r" not in mail.subject
        assert "<img" not in mail.html
    assert await mailbox.list(hiroba.context.database, to="thief@hiroba.example") == []
    proof = (await town.proof(PAGES)).decode().partition(": ")[2].strip()
    for path in ("/", "/mailbox", "/signin", "/reset_pw", *(f"/mailbox/{mail.id}" for mail in mails)):
        page = await hiroba.client().get(path, headers={"Cookie": proof, "Accept": "text/html"})
        assert b"<img src=x" not in page.raw, path
        assert b"49</title>" not in page.raw
    assert pages.COOKIE in proof
