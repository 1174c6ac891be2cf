"""Pictures of people and ads: kept by their content, shown under names that nobody can guess.

A file is durable before the name that stands for it is committed, and goes only after the last such name is gone. So a
crash leaves, at worst, a file that no name stands for, and `sweep` finds it. Source: contract, 3, Pictures.
"""

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from handlers.core import context as context_
from handlers.core import pictures, refusals
from storage import accounts as account_rows
from storage import ads as ad_rows
from storage import files
from storage import media as rows

NAME_BYTES = 24
NAME = re.compile(r"[A-Za-z0-9_-]{32}")
# A file that is younger may be one whose name is about to be committed: looking after it would be in vain.
ABANDONED_SECONDS = 3600.0
# Each minute another shard is looked through, so that all are within a few hours, whoever looks.
SHARD_SECONDS = 60


class Shown(NamedTuple):
    """What is shown under a name."""

    path: Path
    content_type: str


async def prepare(context: context_.Context, source: Callable[[], bytes]) -> pictures.Picture:
    """A picture that can be shown, of the file that the source gives, kept for the act that will name it.

    To be called outside of any transaction: it takes its time. Refuses: Overloaded, Invalid; what the source refuses.
    """
    picture = await context.studio.develop(source)
    await context.files.put(picture.content_hash, picture.content)
    return picture


async def set_avatar(context: context_.Context, account: account_rows.Account, picture: pictures.Picture) -> str:
    """Somebody is shown with this picture, and not with the former one any more; answers its address.

    Locks: the account. Refuses: NotSignedIn (the account is gone).
    """
    async with context.database.transaction():
        if not await account_rows.lock(context.database, account.id):
            raise refusals.NotSignedIn
        name = await _name(context, account.id, picture)
        former = await account_rows.update_avatar(context.database, account.id, name=name, now=context.clock.now())
        if former is not None:
            await rows.delete(context.database, former)
    return context.settings.media_url + name


async def require_own_ad(context: context_.Context, author: account_rows.Account, ad_id: int) -> None:
    """Refuses: NotEntitled, when the ad is not theirs. For before the work on a picture is done."""
    if not await ad_rows.is_by(context.database, ad_id=ad_id, author_id=author.id):
        raise refusals.NotEntitled


async def set_photo(
    context: context_.Context, author: account_rows.Account, ad_id: int, picture: pictures.Picture
) -> str:
    """An ad is shown with this picture, and not with the former one any more; answers its address.

    Locks: the ad. Refuses: NotEntitled (no ad of theirs).
    """
    async with context.database.transaction():
        if not await ad_rows.lock_by(context.database, ad_id=ad_id, author_id=author.id):
            raise refusals.NotEntitled
        name = await _name(context, author.id, picture)
        former = await ad_rows.update_photo(context.database, ad_id, name=name)
        if former is not None:
            await rows.delete(context.database, former)
    return context.settings.media_url + name


async def _name(context: context_.Context, account_id: int, picture: pictures.Picture) -> str:
    """A new name for a picture, in the caller's transaction, and the file behind it for certain."""
    await rows.hold(context.database, picture.content_hash)
    if await context.files.find(picture.content_hash) is None:
        # Swept since it was prepared.
        await context.files.put(picture.content_hash, picture.content)
    medium = rows.Medium(secrets.token_urlsafe(NAME_BYTES), picture.content_hash, picture.content_type)
    await rows.insert(context.database, medium, account_id=account_id, now=context.clock.now())
    return medium.name


async def find(context: context_.Context, name: str) -> Shown | None:
    """What is shown under a name."""
    medium = await rows.find(context.database, name) if NAME.fullmatch(name) else None
    path = None if medium is None else await context.files.find(medium.content_hash)
    return None if medium is None or path is None else Shown(path, medium.content_type)


async def sweep(context: context_.Context, *, most: int) -> int:
    """Removes files that no name stands for: those that lost theirs, and those that a crash left; answers how many.

    Safe with uploads and other sweeps going on. For upkeep, over and over.
    """
    removed = 0
    leftovers = await rows.list_leftovers(context.database, most=most)
    for content_hash in (*leftovers, *await _abandoned(context, most=most - len(leftovers))):
        removed += await _remove(context, content_hash)
    return removed


async def _abandoned(context: context_.Context, *, most: int) -> list[bytes]:
    shard = int(context.clock.now().timestamp() // SHARD_SECONDS) % files.SHARDS
    found = await context.files.list_shard(shard, older_than_seconds=ABANDONED_SECONDS)
    known = set(await rows.list_known(context.database, found)) if found else set()
    return [content_hash for content_hash in found if content_hash not in known][:most]


async def _remove(context: context_.Context, content_hash: bytes) -> bool:
    async with context.database.transaction():
        verdict = await rows.judge(context.database, content_hash)
        if verdict == "free":
            await context.files.remove(content_hash)
        if verdict != "busy":
            await rows.delete_leftover(context.database, content_hash)
    return verdict == "free"
