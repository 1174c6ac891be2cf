"""whoami through the typed client."""

import re

import pytest

from handlers.core import audit, operators
from hiroba_client import faults
from tests import serving
from tests.clients import people

EMAIL = "emma@hiroba.example"


async def token(hiroba: serving.Serving, kind: str) -> str:
    """The newest link of a kind in her mail."""
    for mail in await hiroba.letters(EMAIL):
        found = re.search(rf"/whoami/{kind}/(\S+)", mail.text)
        if found:
            return found.group(1)
    raise AssertionError("no such letter came")


async def test_from_registration_to_leaving(town: people.Town, hiroba: serving.Serving) -> None:
    emma = (await town.visitor()).whoami
    await emma.register(username="emma", password=people.PASSWORD, email=EMAIL)
    with pytest.raises(faults.NotSignedIn):
        await emma.me()
    user = await emma.sign_in(EMAIL, people.PASSWORD)
    assert (user.username, user.email, user.confirmed) == ("emma", EMAIL, False)
    assert user.registered_at.utcoffset() is not None
    await emma.resend_confirmation(EMAIL)
    assert (await emma.confirm(await token(hiroba, "confirm"))).endswith("/signin")
    assert (await emma.me()).confirmed is True
    await emma.reset_password("another password")
    await emma.sign_out()
    with pytest.raises(faults.NotSignedIn):
        await emma.sign_out()

    await emma.request_password_reset(EMAIL)
    page = await emma.follow_reset_link(await token(hiroba, "password_reset_confirm"))
    assert page.endswith("/reset_pw")
    await emma.reset_password("one more password")
    with pytest.raises(faults.WrongCredentials):
        await emma.sign_in(EMAIL, "another password")
    await emma.sign_in("emma", "one more password")
    gone = await emma.delete_account(EMAIL, "one more password")
    assert (gone.username, gone.email) == ("emma", EMAIL)


async def test_refusals(town: people.Town, hiroba: serving.Serving) -> None:
    emma = (await town.visitor()).whoami
    await emma.register(username="emma", password=people.PASSWORD, email=EMAIL)
    with pytest.raises(faults.Taken):
        await emma.register(username="emma", password=people.PASSWORD, email="other@hiroba.example")
    with pytest.raises(faults.Invalid):
        await emma.register(username="other", password="short", email="other@hiroba.example")
    await emma.sign_in("emma", people.PASSWORD)
    with pytest.raises(faults.Forbidden):
        await emma.users()
    await operators.promote_operator(hiroba.context, audit.COMMAND_LINE, "emma")
    assert [user.username for user in await emma.users()] == ["emma"]


async def test_the_live_connection_takes_any_session(town: people.Town) -> None:
    emma = await town.visitor()
    await emma.whoami.register(username="emma", password=people.PASSWORD, email=EMAIL)
    await emma.whoami.sign_in("emma", people.PASSWORD)
    line = await town.line(emma)
    assert line.user is not None
    assert line.user.full_name == "emma"
    await emma.whoami.sign_out()
    with pytest.raises(faults.SessionEnded):
        await anext(line)
