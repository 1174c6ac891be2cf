"""Threads: who talks with whom, and how that looks to each of them."""

from datetime import datetime
from typing import Any

import msgspec

from storage import accounts, ads, messages
from storage import database as database_


class Thread(msgspec.Struct, frozen=True):
    """A thread as one of its members sees it. `kind` is 'ad', 'pair' or 'group'.

    `parties` are all members but the creator, in the order in which they came. `last_message` is the newest of somebody
    who is still among them. `unread_message_id` is the newest of others that the viewer has not read, if there is one.
    """

    id: int
    kind: str
    title: str | None
    created_at: datetime
    creator: accounts.Person
    parties: list[accounts.Person]
    ad: ads.Ad | None
    last_message: messages.Message | None
    unread_message_id: int | None

    @property
    def is_group(self) -> bool:
        """Whether members may come and go."""
        return self.kind == "group"


class Begun(msgspec.Struct, frozen=True):
    """How a beginning ended: 'begun' (with the thread's id), 'taken' (somebody was faster) or 'not entitled'."""

    outcome: str
    begun_id: int | None


_PERSON = msgspec.json.Decoder(accounts.Person)
_PEOPLE = msgspec.json.Decoder(list[accounts.Person])
_AD = msgspec.json.Decoder(ads.Ad)
_READERS = msgspec.json.Decoder(list[tuple[int, int | None]])


def _thread(unread_message_id: int | None, *row: Any) -> Thread:
    thread_id, kind, title, created_at, creator, parties, ad, *message = row[:11]
    return Thread(
        thread_id,
        kind,
        title,
        created_at,
        _PERSON.decode(creator),
        _PEOPLE.decode(parties),
        None if ad is None else _AD.decode(ad),
        None if message[0] is None else messages.Message(*message),
        unread_message_id,
    )


def _shared(readers: str, *row: Any) -> dict[int, Thread]:
    thread = _thread(None, *row)
    return {
        account_id: thread if unread is None else msgspec.structs.replace(thread, unread_message_id=unread)
        for account_id, unread in _READERS.decode(readers)
    }


async def begin(
    database: database_.Database,
    *,
    kind: str,
    community_id: int,
    creator_id: int,
    ad_id: int | None,
    title: str | None,
    other_ids: list[int],
    now: datetime,
) -> Begun:
    """A new thread of the creator and others of the community, with its event. Conflict: threads_ad_id_fkey."""
    return await database.one(
        Begun,
        "threads.begin",
        kind=kind,
        community_id=community_id,
        creator_id=creator_id,
        ad_id=ad_id,
        title=title,
        other_ids=other_ids,
        now=now,
    )


async def revise(
    database: database_.Database,
    *,
    thread_id: int,
    requester_id: int,
    title: str | None,
    member_ids: list[int],
    now: datetime,
) -> str:
    """A group's new title (None: as it was) and members: 'revised', 'unchanged', 'private' or 'not entitled'."""
    return await database.value(
        "threads.revise",
        thread_id=thread_id,
        requester_id=requester_id,
        title=title,
        member_ids=member_ids,
        now=now,
    )


async def find_for_ad(database: database_.Database, *, creator_id: int, ad_id: int) -> int | None:
    """The id of the thread that this account began about this ad."""
    return await database.value("threads.find_for_ad", creator_id=creator_id, ad_id=ad_id)


async def find_pair(database: database_.Database, *, one_id: int, other_id: int) -> int | None:
    """The id of the private thread of these two, whoever began it."""
    return await database.value("threads.find_pair", one_id=one_id, other_id=other_id)


async def find(database: database_.Database, *, thread_id: int, reader_id: int) -> Thread | None:
    """The thread, for one of its members."""
    return await database.maybe(_thread, "threads.find_many", reader_id=reader_id, thread_ids=[thread_id])


async def find_many(database: database_.Database, *, thread_ids: list[int], reader_id: int) -> dict[int, Thread]:
    """Those of the threads that this account is a member of, by their ids."""
    found = await database.all(_thread, "threads.find_many", reader_id=reader_id, thread_ids=thread_ids)
    return {thread.id: thread for thread in found}


async def find_shared(database: database_.Database, *, thread_id: int, reader_ids: list[int]) -> dict[int, Thread]:
    """One thread as each of these accounts sees it; who is no member is left out."""
    return await database.maybe(_shared, "threads.find_shared", thread_id=thread_id, reader_ids=reader_ids) or {}


async def list_by_reader(
    database: database_.Database,
    *,
    reader_id: int,
    before: int | None = None,
    after: int | None = None,
    most: int,
) -> list[Thread]:
    """The reader's threads, newest last message (else creation) first; private ones without a message are left out.

    `after` an entry, those that follow it in this order; `before` one, the nearest that precede it. An entry that is
    none of the reader's has neither.
    """
    return await database.all(
        _thread,
        "threads.list_by_reader",
        reader_id=reader_id,
        start_id=before if after is None else after,
        is_back=after is None and before is not None,
        most=most,
    )


async def count_unread(database: database_.Database, reader_id: int) -> int:
    """In how many threads somebody else said something that the reader has not read."""
    return await database.value("threads.count_unread", reader_id=reader_id)


async def list_unread(database: database_.Database, reader_id: int) -> dict[int, int]:
    """The threads in which the reader has something unread, with the newest message of others in each."""
    return dict(await database.all(_pair, "threads.list_unread", reader_id=reader_id))


def _pair(thread_id: int, message_id: int) -> tuple[int, int]:
    return thread_id, message_id


async def list_members(database: database_.Database, *, thread_id: int, member_id: int) -> list[int]:
    """All present members of a thread, for one of them; nobody for anybody else."""
    return await database.all(int, "threads.list_members", thread_id=thread_id, member_id=member_id)
