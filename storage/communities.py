"""Communities: a town's people, their board and their token."""

from datetime import datetime

import msgspec

from storage import database as database_


class Community(msgspec.Struct, frozen=True):
    """A community by its name."""

    id: int
    name: str


async def list_communities(
    database: database_.Database, *, after: int | None = None, before: int | None = None, most: int
) -> list[Community]:
    """All, in the order of their ids."""
    return await database.all(Community, "communities.list", after=after, before=before, most=most)


async def find_by_id(database: database_.Database, community_id: int) -> Community | None:
    """The community of this id."""
    return await database.maybe(Community, "communities.find_by_id", community_id=community_id)


async def find_by_name(database: database_.Database, name: str) -> Community | None:
    """The community of this name, in any case."""
    return await database.maybe(Community, "communities.find_by_name", name=name)


async def insert(database: database_.Database, *, name: str, now: datetime) -> int:
    """A new community's id. Conflict: communities_name_key."""
    return await database.value("communities.insert", name=name, now=now)


async def find_coordinator(database: database_.Database, community_id: int) -> int | None:
    """The account of the community's coordinator."""
    return await database.value("communities.find_coordinator", community_id=community_id)
