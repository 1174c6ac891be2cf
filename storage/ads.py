"""Ads on a community's board."""

from datetime import datetime
from typing import Any

import msgspec

from storage import accounts, patterns
from storage import database as database_


class Ad(msgspec.Struct, frozen=True):
    """What somebody wants or gives. `points` are minor units of the community's token.

    `photo` is the address of the picture.
    """

    id: int
    community_id: int
    type: str
    title: str
    description: str
    points: int
    location: str | None
    photo: str | None
    created_at: datetime
    author: accounts.Person


def _ad(*row: Any) -> Ad:
    columns = *row[:9], accounts.Person(*row[9:])
    return Ad(*columns)


async def insert(
    database: database_.Database,
    *,
    community_id: int,
    author_id: int,
    type: str,
    title: str,
    description: str,
    points: int,
    location: str | None,
    now: datetime,
) -> int:
    """A new ad's id."""
    return await database.value(
        "ads.insert",
        community_id=community_id,
        author_id=author_id,
        type=type,
        title=title,
        description=description,
        points=points,
        location=location,
        now=now,
    )


async def find_in_community(database: database_.Database, *, ad_id: int, community_id: int) -> Ad | None:
    """The ad of this id if it is on this community's board."""
    return await database.maybe(_ad, "ads.find_in_community", ad_id=ad_id, community_id=community_id)


async def list_ads(
    database: database_.Database,
    *,
    community_id: int,
    author_id: int | None = None,
    text: str | None = None,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[Ad]:
    """The board in id order: all, or one author's, or those that hold a text in title, description or author's names.

    With `before` and without `after` the newest that come before it, otherwise the oldest that come after.
    """
    pattern = None if text is None else patterns.containing(text)
    chosen = {"community_id": community_id, "author_id": author_id, "pattern": pattern, "most": most}
    if before is not None and after is None:
        newest = await database.all(_ad, "ads.list_newest", **chosen, before=before)
        return newest[::-1]
    return await database.all(_ad, "ads.list", **chosen, after=after, before=before)


async def is_by(database: database_.Database, *, ad_id: int, author_id: int) -> bool:
    """Whether there is this ad and it is this author's."""
    return await database.value("ads.is_by", ad_id=ad_id, author_id=author_id)


async def lock_by(database: database_.Database, *, ad_id: int, author_id: int) -> bool:
    """Holds an author's ad until the transaction ends. False: there is no such ad of theirs (any more)."""
    return await database.value("ads.lock_by", ad_id=ad_id, author_id=author_id) is not None


async def update_photo(database: database_.Database, ad_id: int, *, name: str) -> str | None:
    """Shows a picture, by its name, on an ad that is locked; answers the name of the former one."""
    return await database.value("ads.update_photo", ad_id=ad_id, name=name)


async def delete_by_author(database: database_.Database, author_id: int) -> None:
    """Takes down all that somebody put on the board."""
    await database.run("ads.delete_by_author", author_id=author_id)
