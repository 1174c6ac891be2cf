"""A request for each route that writes: one that does something, and can be made again and again.

What is in no table is asked with plausible values, which may come to nothing: `test_errands` tells which.
"""

from tests.surfaces.besieged import DOORS, Besieged
from tests.surfaces.errands import allowances, auth_service, community, operator, own, pages, shop, whoami
from tests.surfaces.errands.told import Asked, Errand, Think, Told

TABLES = (
    community.TABLE,
    whoami.TABLE,
    auth_service.TABLE,
    shop.TABLE,
    allowances.TABLE,
    own.TABLE,
    operator.TABLE,
    pages.TABLE,
)
ERRANDS: dict[str, Think] = {name: think for table in TABLES for name, think in table.items()}


def writing() -> list[Errand]:
    """Every route that may write, of all doors."""
    return [
        Errand(door, route) for door in DOORS for route in door.routes if route.method != "GET" or not route.is_safe
    ]


async def think(town: Besieged, one: Errand, number: int) -> Asked:
    """A request for the route."""
    told = Told(town, one, number)
    if one.name in ERRANDS:
        return await ERRANDS[one.name](told)
    body = town.body(one.route)
    return await told.ask(body or None)
