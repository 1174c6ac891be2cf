"""All that is kept about somebody, for them to take along.

It is read page by page while it is written: what it holds is what was there then, and nothing of it is kept in memory,
however long it is. Of what others did and said it has no more than they may know. Source: contract, 9, GET /me/export.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec

from handlers.core import audit
from handlers.core import context as context_
from storage import archive as rows
from storage import audit as audit_rows

PAGE_ROWS = 200


class Numbered(Protocol):
    """A row of a list that is read in pages."""

    @property
    def id(self) -> Any:
        """Its place in the list."""
        ...


N = TypeVar("N", bound=Numbered)
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What there is one of, and of all else rows, which are read as somebody asks for them."""

    particulars: rows.Particulars
    phones: AsyncIterator[rows.Phone]
    galleries: AsyncIterator[rows.Gallery]
    images: AsyncIterator[rows.Image]
    ads: AsyncIterator[rows.Ad]
    threads: AsyncIterator[rows.Thread]
    messages: AsyncIterator[rows.Message]
    balances: AsyncIterator[rows.Balance]
    movements: AsyncIterator[rows.Movement]
    orders: AsyncIterator[rows.Order]
    waiting: AsyncIterator[rows.Waiting]
    audit: AsyncIterator[audit_rows.Entry]


async def gather(context: context_.Context, account_id: int) -> Archive:
    """The archive of an account that is there. What can be refused is refused before the first row."""
    database = context.database

    def paged(list_rows: Callable[..., Awaitable[list[N]]], first: Any = 0) -> AsyncIterator[N]:
        return _paged(partial(list_rows, database, account_id), first)

    return Archive(
        particulars=await rows.find_particulars(database, account_id),
        phones=_fetched(rows.list_phones, database, account_id),
        galleries=_fetched(rows.list_galleries, database, account_id),
        images=paged(rows.list_images, ""),
        ads=paged(rows.list_ads),
        threads=paged(rows.list_threads),
        messages=_messages(context, account_id),
        balances=_fetched(rows.list_balances, database, account_id),
        movements=paged(rows.list_movements),
        orders=paged(rows.list_orders),
        waiting=_fetched(rows.list_waiting, database, account_id),
        audit=_acts(context, account_id),
    )


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


async def _acts(context: context_.Context, account_id: int) -> AsyncIterator[audit_rows.Entry]:
    """What was done by or to them. Who else did it, and from where, is not theirs to know."""
    async for row in _paged(partial(audit.entries, context.database, account_id=account_id), 0):
        yield row if row.actor_id in (None, account_id) else msgspec.structs.replace(row, actor_id=None, address=None)


async def _fetched(list_rows: Callable[..., Awaitable[list[R]]], *about: Any) -> AsyncIterator[R]:
    for row in await list_rows(*about):
        yield row
