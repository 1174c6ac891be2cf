"""Names of pictures: each stands for a content, whose file is in `files`."""

from datetime import datetime

import msgspec

from storage import database as database_


class Medium(msgspec.Struct, frozen=True):
    """A name, and what is shown under it."""

    name: str
    content_hash: bytes
    content_type: str


async def hold(database: database_.Database, content_hash: bytes) -> None:
    """Keeps files of this content from being removed until the transaction ends."""
    await database.value("media.hold", content_hash=content_hash)


async def insert(database: database_.Database, medium: Medium, *, account_id: int, now: datetime) -> None:
    """A new name, in the transaction that holds its content."""
    await database.run("media.insert", **msgspec.structs.asdict(medium), account_id=account_id, now=now)


async def find(database: database_.Database, name: str) -> Medium | None:
    """What is shown under this name."""
    return await database.maybe(Medium, "media.find", name=name)


async def delete(database: database_.Database, name: str) -> None:
    """Takes a name away; its content is a leftover then."""
    await database.run("media.delete", name=name)


async def delete_by_account(database: database_.Database, account_id: int) -> None:
    """Takes all names of an account away."""
    await database.run("media.delete_by_account", account_id=account_id)


async def list_leftovers(database: database_.Database, *, most: int) -> list[bytes]:
    """Contents that a name let go of. Another may have them."""
    return await database.all(bytes, "media.list_leftovers", most=most)


async def list_known(database: database_.Database, content_hashes: list[bytes]) -> list[bytes]:
    """Those of the contents that have a name."""
    return await database.all(bytes, "media.list_known", content_hashes=content_hashes)


async def judge(database: database_.Database, content_hash: bytes) -> str:
    """'free' (its file may go), 'kept' (it has a name) or 'busy' (it may get one), until the transaction ends."""
    return await database.value("media.judge", content_hash=content_hash)


async def delete_leftover(database: database_.Database, content_hash: bytes) -> None:
    """Somebody looked after this content."""
    await database.run("media.delete_leftover", content_hash=content_hash)
