"""All that is kept about somebody as one JSON object: read page by page and written while it is read.

What it holds is what was there while it was written; nothing of it is kept in memory, however long it is.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec

from handlers.core import audit, communities, ledger, names, sessions
from handlers.core import context as context_
from handlers.pages.me import outputs
from handlers.rest import amounts, writing
from storage import accounts as account_rows
from storage import archive as rows
from storage import audit as audit_rows
from storage import sessions as session_rows

PAGE_ROWS = 200
CENT_DECIMALS = 2
HEADERS = {
    "Content-Type": writing.JSON_TYPE,
    "Content-Disposition": 'attachment; filename="hiroba-archive.json"',
    "Cache-Control": "no-store",
}


class Numbered(Protocol):
    """A row of a list that is read in pages."""

    @property
    def id(self) -> Any:
        """Its place in the list."""
        ...


N = TypeVar("N", bound=Numbered)


async def written(context: context_.Context, session: session_rows.Session) -> AsyncIterator[bytes]:
    """The archive of whose session this is, piece by piece. What can be refused is refused before the first."""
    account = session.account
    assert account is not None
    profile = msgspec.to_builtins(outputs.profile(account, await communities.find_of(context, account)))
    profile |= _plain(await rows.find_particulars(context.database, account.id), emissions=ledger.ALLOWANCE_DECIMALS)
    head = {"writtenAt": writing.moment(context.clock.now()), "profile": profile}
    signed_in = outputs.sessions(await sessions.listed(context, account.id), session.id)
    return _object(head, {"sessions": _all(signed_in.sessions), **_lists(context, account)})


def _lists(context: context_.Context, account: account_rows.Account) -> dict[str, AsyncIterator[Any]]:
    """What there may be many of, by its name in the archive."""
    database, account_id = context.database, account.id

    def paged(list_rows: Callable[..., Awaitable[list[N]]], first: Any = 0) -> AsyncIterator[N]:
        return _paged(partial(list_rows, database, account_id), first)

    return {
        "phones": _each(_plain, _fetched(rows.list_phones, database, account_id)),
        "instagram": _each(_plain, _fetched(rows.list_galleries, database, account_id)),
        "images": _each(_plain, paged(rows.list_images, "")),
        "ads": _each(partial(_plain, points=ledger.TOKEN_DECIMALS), paged(rows.list_ads)),
        "threads": _each(_thread, paged(rows.list_threads)),
        "messages": _each(_plain, _messages(context, account_id)),
        "balances": _each(_money, _fetched(rows.list_balances, database, account_id)),
        "movements": _each(_money, paged(rows.list_movements)),
        "orders": _each(_order, paged(rows.list_orders)),
        "waitlist": _each(_plain, _fetched(rows.list_waiting, database, account_id)),
        "audit": _each(partial(_entry, account_id), _paged(partial(audit.entries, database, account_id=account_id), 0)),
    }


async def _object(head: dict[str, Any], lists: dict[str, AsyncIterator[Any]]) -> AsyncIterator[bytes]:
    """The head's fields, then each list, as JSON."""
    yield writing.encoded(head)[:-1]
    for name, values in lists.items():
        yield b',\n"%s": [' % name.encode()
        between = b"\n"
        async for value in values:
            yield between + writing.encoded(value)
            between = b",\n"
        yield b"]"
    yield b"}\n"


async def _paged(list_rows: Callable[..., Awaitable[list[N]]], first: Any) -> AsyncIterator[N]:
    after, page = first, await list_rows(after=first, most=PAGE_ROWS)
    while page:
        for row in page:
            yield row
        after = page[-1].id
        page = await list_rows(after=after, most=PAGE_ROWS) if len(page) == PAGE_ROWS else []


async def _messages(context: context_.Context, account_id: int) -> AsyncIterator[rows.Message]:
    """Thread by thread, also of those that they left: what they said there is theirs."""
    for thread_id in await rows.list_thread_ids(context.database, account_id):
        list_rows = partial(rows.list_messages, context.database, account_id, thread_id=thread_id)
        async for message in _paged(list_rows, 0):
            yield message


async def _fetched(list_rows: Callable[..., Awaitable[list[Any]]], *about: Any) -> AsyncIterator[Any]:
    for row in await list_rows(*about):
        yield row


async def _all(values: list[Any]) -> AsyncIterator[Any]:
    for value in values:
        yield value


async def _each(change: Callable[[Any], Any], values: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for value in values:
        yield change(value)


def _plain(row: msgspec.Struct, **decimals: int) -> dict[str, Any]:
    """A row's fields in JSON's names and forms. `decimals` are of those that are minor units."""
    fields = msgspec.structs.asdict(row)
    for name, places in decimals.items():
        if fields[name] is not None:
            fields[name] = amounts.number(fields[name], decimals=places)
    return {_camel(name): _moment(value) for name, value in fields.items()}


def _moment(value: Any) -> Any:
    return writing.moment(value) if isinstance(value, datetime) else value


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def _thread(row: rows.Thread) -> dict[str, Any]:
    people = [{"id": one.id, "fullName": names.first_last(one)} for one in row.people]
    return {**_plain(row), "people": people}


def _money(row: rows.Balance | rows.Movement) -> dict[str, Any]:
    """With amounts in place of minor units."""
    if isinstance(row, rows.Balance):
        return _without_decimals(_plain(row, settled=row.decimals, available=row.decimals))
    fields = _without_decimals(_plain(row, units=row.decimals))
    amount: Decimal = fields.pop("units")
    return {**fields, "amount": amount}


def _without_decimals(fields: dict[str, Any]) -> dict[str, Any]:
    del fields["decimals"]
    return fields


def _order(row: rows.Order) -> dict[str, Any]:
    """With amounts in place of minor units."""
    fields = _plain(row, units=ledger.ALLOWANCE_DECIMALS, amount_cents=CENT_DECIMALS)
    return {**fields, "value": fields.pop("units"), "amountDue": fields.pop("amountCents")}


def _entry(account_id: int, row: audit_rows.Entry) -> dict[str, Any]:
    """What was done by or to them. Who else did it, and from where, is not theirs to know."""
    fields = _plain(row)
    fields["details"] = msgspec.json.decode(row.details)
    if row.actor_id not in (None, account_id):
        fields |= {"actorId": None, "address": None}
    return fields
