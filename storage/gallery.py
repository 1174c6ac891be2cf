"""Pictures that people linked from Instagram: where they are, not what they show."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from storage import database as database_


class Image(msgspec.Struct, frozen=True):
    """A linked picture. *Units*: pixels."""

    image_id: str
    instagram_url: str
    raw_image_url: str
    width_pixels: int
    height_pixels: int


class Removed(msgspec.Struct, frozen=True):
    """A picture that is linked no more."""

    image_id: str
    raw_image_url: str


async def insert(database: database_.Database, account_id: int, *, now: datetime) -> bool:
    """The account's gallery is linked from now on. False: it was."""
    return bool(await database.run("gallery.insert", account_id=account_id, now=now))


async def insert_images(
    database: database_.Database, account_id: int, images: Sequence[Image], *, now: datetime
) -> list[str]:
    """Links those that are not, of several of one id the first; answers the ids of those that were linked now."""
    return await database.all(
        str,
        "gallery.insert_images",
        account_id=account_id,
        image_ids=[image.image_id for image in images],
        instagram_urls=[image.instagram_url for image in images],
        raw_image_urls=[image.raw_image_url for image in images],
        widths_pixels=[image.width_pixels for image in images],
        heights_pixels=[image.height_pixels for image in images],
        now=now,
    )


async def list_images(database: database_.Database, account_id: int) -> list[Image]:
    """All pictures of an account, by their ids."""
    return await database.all(Image, "gallery.list_images", account_id=account_id)


async def delete_images(database: database_.Database, account_id: int, image_ids: list[str]) -> list[Removed]:
    """Unlinks those that are linked; answers which those were."""
    return await database.all(Removed, "gallery.delete_images", account_id=account_id, image_ids=image_ids)


async def delete_by_account(database: database_.Database, account_id: int) -> None:
    """Unlinks everything."""
    await database.run("gallery.delete_all_images", account_id=account_id)
    await database.run("gallery.delete", account_id=account_id)
