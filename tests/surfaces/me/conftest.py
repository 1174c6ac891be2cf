"""Emma, who leaves."""

import contextlib
from collections.abc import AsyncIterator

import psycopg2
import pytest

from handlers.core import audit, operators
from tests.surfaces.me.leaving import EMAIL, Emma
from tests.surfaces.towns import Town


@pytest.fixture
async def emma(town: Town, dsn: str) -> AsyncIterator[Emma]:
    """A coordinator and operator with a friend."""
    friend = await town.join("haru", firstName="Haru", lastName="Takahashi")
    phone = await town.coordinator("emma")
    names = {"firstName": "Wilhelmine", "lastName": "Zwetschge", "description": "quetschmann", "location": "Zwickau"}
    await phone.post(f"/users/{phone.account_id}", names)
    context = town.hiroba.context
    await operators.promote_operator(context, audit.COMMAND_LINE, "emma")
    with contextlib.closing(psycopg2.connect(dsn)) as owner:
        owner.autocommit = True
        with owner.cursor() as cursor:
            # As `create-account` with an e-mail does it, but that the coordinator of tests has none.
            cursor.execute("UPDATE accounts SET email = %s WHERE id = %s", (EMAIL, phone.account_id))
        yield Emma(town, phone, friend, owner)
