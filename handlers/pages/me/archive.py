"""All that is kept about somebody as one JSON object, written while it is read."""

import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from handlers.core import archive, communities, ledger, names, sessions
from handlers.core import context as context_
from handlers.pages.me import outputs
from handlers.rest import amounts, writing
from storage import archive as rows
from storage import audit as audit_rows
from storage import sessions as session_rows

CENT_DECIMALS = 2
# How long somebody reads on who was signed out meanwhile. Source: contract, 1, Disabling.
LOOK_SECONDS = 0.5
HEADERS = {
    "Content-Type": writing.JSON_TYPE,
    "Content-Disposition": 'attachment; filename="hiroba-archive.json"',
    "Cache-Control": "no-store",
}


async def written(context: context_.Context, session: session_rows.Session) -> AsyncIterator[bytes]:
    """The archive of whose session this is, piece by piece. What can be refused is refused before the first."""
    account = session.account
    assert account is not None
    kept = await archive.gather(context, account.id)
    profile = msgspec.to_builtins(outputs.profile(account, await communities.find_of(context, account)))
    profile |= _plain(kept.particulars, emissions=ledger.ALLOWANCE_DECIMALS)
    head = {"writtenAt": writing.moment(context.clock.now()), "profile": profile}
    signed_in = outputs.sessions(await sessions.listed(context, account.id), session.id)
    pieces = _object(head, {"sessions": _all(signed_in.sessions), **_lists(kept)})
    return _while_signed_in(context, session.id, pieces)


async def _while_signed_in(
    context: context_.Context, session_id: int, pieces: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """The pieces. Whoever reads slowly reads for hours: ConnectionError, which cuts the line, if the session ended."""
    looked_at = time.monotonic()
    async for piece in pieces:
        if time.monotonic() - looked_at > LOOK_SECONDS:
            if not await sessions.is_there(context, session_id):
                raise ConnectionResetError
            looked_at = time.monotonic()
        yield piece


def _lists(kept: archive.Archive) -> dict[str, AsyncIterator[Any]]:
    """What there may be many of, by its name in the archive."""
    return {
        "phones": _each(_plain, kept.phones),
        "instagram": _each(_plain, kept.galleries),
        "images": _each(_plain, kept.images),
        "ads": _each(partial(_plain, points=ledger.TOKEN_DECIMALS), kept.ads),
        "threads": _each(_thread, kept.threads),
        "messages": _each(_plain, kept.messages),
        "balances": _each(_money, kept.balances),
        "movements": _each(_money, kept.movements),
        "orders": _each(_order, kept.orders),
        "waitlist": _each(_plain, kept.waiting),
        "audit": _each(_entry, kept.audit),
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


def _entry(row: audit_rows.Entry) -> dict[str, Any]:
    return {**_plain(row), "details": msgspec.json.decode(row.details)}
