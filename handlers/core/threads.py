"""Threads: who talks with whom. Source: contract, 3, Threads; `apis/commons-os.md`, Messaging API."""

from collections.abc import Sequence

from handlers.core import ads, events, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import database as database_
from storage import threads as rows

TITLE_CHARACTERS_MAX = 500
GROUP_MEMBERS_MAX = 10_000
ID_MAX = 2**63 - 1


async def open_for_ad(context: context_.Context, asker: account_rows.Account, ad_id: int) -> rows.Thread:
    """The asker's thread with the author of an ad, begun if there is none yet. It keeps the ad's title.

    Refuses: NoCommunity, NotEntitled (no such ad in the own community), OwnAd. Announces: created.
    """
    _community_of(asker)
    ad = await ads.find(context, asker, ad_id)
    if ad.author.id == asker.id:
        raise refusals.OwnAd
    thread_id = await rows.find_for_ad(context.database, creator_id=asker.id, ad_id=ad_id)
    if thread_id is None:
        try:
            thread_id = await _begin(context, asker, kind="ad", ad_id=ad_id, title=ad.title, other_ids=[ad.author.id])
        except database_.Conflict as conflict:
            # Taken off the board a moment ago.
            raise refusals.NotEntitled from conflict
    if thread_id is None:
        thread_id = await rows.find_for_ad(context.database, creator_id=asker.id, ad_id=ad_id)
    return await find(context, asker, thread_id)


async def open_with(context: context_.Context, asker: account_rows.Account, other_id: int) -> rows.Thread:
    """The one private thread of two members of a community, begun if neither did.

    Refuses: NoCommunity, WithYourself, NotEntitled (no such member of the own community). Announces: created.
    """
    _community_of(asker)
    if other_id == asker.id:
        raise refusals.WithYourself
    thread_id = await rows.find_pair(context.database, one_id=asker.id, other_id=other_id)
    if thread_id is None:
        thread_id = await _begin(context, asker, kind="pair", ad_id=None, title=None, other_ids=[other_id])
    if thread_id is None:
        thread_id = await rows.find_pair(context.database, one_id=asker.id, other_id=other_id)
    return await find(context, asker, thread_id)


async def open_group(
    context: context_.Context, asker: account_rows.Account, *, member_ids: Sequence[int], title: str | None
) -> rows.Thread:
    """A new group of the asker and others of the community; who is named twice is in it once.

    Refuses: NoCommunity, NobodyElse, Invalid (title, members), NotEntitled (somebody is not of the community).
    Announces: created.
    """
    _community_of(asker)
    other_ids = [one for one in _known(member_ids) if one != asker.id]
    if not other_ids:
        raise refusals.NobodyElse
    _require_title(title)
    thread_id = await _begin(context, asker, kind="group", ad_id=None, title=title or "", other_ids=other_ids)
    return await find(context, asker, thread_id)


async def revise_group(
    context: context_.Context,
    asker: account_rows.Account,
    thread_id: int,
    *,
    member_ids: Sequence[int],
    title: str | None,
) -> rows.Thread:
    """Brings a group to this title (None: it stays) and these members, its creator and the asker.

    Whoever is taken out is out at once; who comes back has read what they had read. Refuses: NotEntitled (no member, or
    somebody new is not of the community), PrivateThread, Invalid. Announces: left, changed, joined; nothing if all is
    as it was.
    """
    wanted = _known(member_ids)
    _require_title(title)
    outcome = await rows.revise(
        context.database,
        thread_id=thread_id,
        requester_id=asker.id,
        title=title,
        member_ids=wanted,
        now=context.clock.now(),
    )
    if outcome == "not entitled":
        raise refusals.NotEntitled
    if outcome == "private":
        raise refusals.PrivateThread
    if outcome == "revised":
        events.announce(context)
    return await find(context, asker, thread_id)


async def find(context: context_.Context, viewer: account_rows.Account, thread_id: int | None) -> rows.Thread:
    """A thread as one of its members sees it. Refuses: NotEntitled."""
    thread = None
    if thread_id is not None:
        thread = await rows.find(context.database, thread_id=thread_id, reader_id=viewer.id)
    if thread is None:
        raise refusals.NotEntitled
    return thread


async def browse(
    context: context_.Context,
    viewer: account_rows.Account,
    *,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[rows.Thread]:
    """The viewer's threads, newest last message (else creation) first; private ones without a message are left out.

    `after` a thread: what follows it in this order; `before` one: the nearest that precede it.
    """
    return await rows.list_by_reader(context.database, reader_id=viewer.id, after=after, before=before, most=most)


async def count_unread(context: context_.Context, viewer: account_rows.Account) -> int:
    """In how many threads somebody else said something that the viewer has not read."""
    return await rows.count_unread(context.database, viewer.id)


async def find_many(context: context_.Context, viewer_id: int, thread_ids: Sequence[int]) -> dict[int, rows.Thread]:
    """Those of the threads that the viewer is a member of, by their ids."""
    return await rows.find_many(context.database, thread_ids=list(thread_ids), reader_id=viewer_id)


async def find_shared(context: context_.Context, thread_id: int, viewer_ids: Sequence[int]) -> dict[int, rows.Thread]:
    """One thread as each of these sees it, by their ids; who is no member is left out."""
    return await rows.find_shared(context.database, thread_id=thread_id, reader_ids=list(viewer_ids))


async def list_unread(context: context_.Context, viewer_id: int) -> dict[int, int]:
    """The threads in which the viewer has something unread, with the newest message of others in each."""
    return await rows.list_unread(context.database, viewer_id)


async def list_members(context: context_.Context, member: account_rows.Account, thread_id: int) -> list[int]:
    """The ids of all who are in a thread, for one of them. Refuses: NotEntitled."""
    member_ids = await rows.list_members(context.database, thread_id=thread_id, member_id=member.id)
    if not member_ids:
        raise refusals.NotEntitled
    return member_ids


async def _begin(
    context: context_.Context,
    asker: account_rows.Account,
    *,
    kind: str,
    ad_id: int | None,
    title: str | None,
    other_ids: list[int],
) -> int | None:
    """The new thread's id; None when somebody was faster. Refuses: NotEntitled."""
    begun = await rows.begin(
        context.database,
        kind=kind,
        community_id=_community_of(asker),
        creator_id=asker.id,
        ad_id=ad_id,
        title=title,
        other_ids=other_ids,
        now=context.clock.now(),
    )
    if begun.outcome == "not entitled":
        raise refusals.NotEntitled
    if begun.outcome == "begun":
        events.announce(context)
    return begun.begun_id


def _community_of(asker: account_rows.Account) -> int:
    if asker.community_id is None:
        raise refusals.NoCommunity
    return asker.community_id


def _known(member_ids: Sequence[int]) -> list[int]:
    """Each once, in the order given. Refuses: Invalid (too many), NotEntitled (what can be nobody's id)."""
    if len(member_ids) > GROUP_MEMBERS_MAX:
        raise refusals.Invalid("members", f"at most {GROUP_MEMBERS_MAX}")
    if not all(0 < one <= ID_MAX for one in member_ids):
        raise refusals.NotEntitled
    return list(dict.fromkeys(member_ids))


def _require_title(title: str | None) -> None:
    if title is not None and len(title) > TITLE_CHARACTERS_MAX:
        raise refusals.Invalid("title", f"at most {TITLE_CHARACTERS_MAX} characters")
