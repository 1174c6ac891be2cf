"""Phones that are pushed to: named after the heading of `apis/commons-os.md`, and what the contract adds."""

import pytest

from handlers.core import accounts, audit
from storage import devices
from tests import serving
from tests.surfaces.community.test_rules import key
from tests.surfaces.towns import Phone, Town


async def bind(phone: Phone, token: object, account_id: int | None = None) -> serving.Answer:
    path = f"/users/{account_id or phone.account_id}/mobile-device"
    return await phone.post(path, {"pushNotificationToken": token})


async def bound(town: Town, phone: Phone) -> str | None:
    return await devices.find_token(town.hiroba.context.database, phone.account_id)


async def test_post_users_id_mobile_device(town: Town, john: Phone) -> None:
    answer = await bind(john, "token-value")
    assert (answer.status, answer.raw) == (200, b"")
    assert await bound(town, john) == "token-value"
    # "If a user registers new token, old token is removed from user profile and not used anymore."
    await bind(john, "another")
    assert await bound(town, john) == "another"


async def test_two_usernames_on_a_single_phone_get_the_same_token(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await bind(john, "shared")
    await bind(haru, "shared")
    assert (await bound(town, john), await bound(town, haru)) == ("shared", "shared")
    assert (await john.post("/logout")).status == 200
    assert (await bound(town, john), await bound(town, haru)) == (None, "shared")


async def test_signing_in_as_another_on_the_same_phone_leaves_both_bound(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    await bind(john, "shared")
    # John's session ends thereby, but he did not leave.
    await john.post("/login", {"username": "haru", "password": serving.PASSWORD})
    await bind(Phone(john.client, haru.account_id), "shared")
    assert (await bound(town, john), await bound(town, haru)) == ("shared", "shared")


async def test_signing_out_elsewhere_leaves_the_phone(town: Town, john: Phone) -> None:
    await bind(john, "of the phone")
    elsewhere = town.hiroba.client("/community")
    await elsewhere.post("/login", {"username": "john", "password": serving.PASSWORD})
    await elsewhere.post("/logout")
    assert await bound(town, john) == "of the phone"
    # Signed in anew on the phone itself, the session that registered it is no more.
    await john.post("/login", {"username": "john", "password": serving.PASSWORD})
    await john.post("/logout")
    assert await bound(town, john) is None


@pytest.mark.parametrize("token", ["", "  \n", "x" * 4097, None, 5, ["x"], "a\0b", "\ud800"])
async def test_what_is_no_token_is_400(town: Town, john: Phone, token: object) -> None:
    await bind(john, "before")
    if isinstance(token, str) and "\ud800" in token:
        raw = b'{"pushNotificationToken": "\\ud800"}'
        answer = await john.post(f"/users/{john.account_id}/mobile-device", raw)
    else:
        answer = await bind(john, token)
    assert key(answer) == (400, "error.badRequest")
    assert await bound(town, john) == "before"


async def test_the_longest_token_is_taken_as_it_is(town: Town, john: Phone) -> None:
    assert (await bind(john, "x" * 4096)).status == 200
    assert await bound(town, john) == "x" * 4096


async def test_only_ones_own(town: Town, john: Phone) -> None:
    haru = await town.join("haru")
    assert key(await bind(haru, "stolen", john.account_id)) == (403, "error.forbidden")
    assert key(await bind(haru, "stolen", 999_999)) == (403, "error.forbidden")
    nobody = town.hiroba.client("/community")
    path = f"/users/{john.account_id}/mobile-device"
    assert key(await nobody.post(path, {"pushNotificationToken": "x"})) == (401, "error.unauthorized")
    assert await bound(town, john) is None


async def test_whoever_leaves_for_good_is_unbound(town: Town, john: Phone) -> None:
    await bind(john, "token-value")
    await accounts.delete(town.hiroba.context, audit.COMMAND_LINE, john.account_id)
    assert await bound(town, john) is None
