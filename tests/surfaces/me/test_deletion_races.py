"""Deleting an account beside whatever else happens to it at that moment. Source: contract, 1."""

import asyncio
import contextlib

import pytest

from handlers.core import accounts as acts
from handlers.core import audit, ledger, operators, orders, refusals
from storage import accounts as account_rows
from tests import serving
from tests.surfaces.me.leaving import EMAIL, STAYS, Emma, furnish, picture

PATIENCE_SECONDS = 2


async def raced(emma: Emma, *requests) -> list[serving.Answer]:
    """The requests and the deletion at once; whatever of them comes first."""
    visit = audit.COMMAND_LINE
    answers = await asyncio.gather(
        *requests[: len(requests) // 2], acts.delete(emma.context, visit, emma.id), *requests[len(requests) // 2 :]
    )
    return [answer for answer in answers if isinstance(answer, serving.Answer)]


async def test_against_payments_of_hers_and_to_her(emma: Emma) -> None:
    phone, friend = emma.phone, emma.friend
    account = await operators.find(emma.context, "emma")
    haru = await operators.find(emma.context, "haru")
    await ledger.mint(emma.context, audit.COMMAND_LINE, haru, units=10_000, description="minted")
    out = {"beneficiaryId": haru.id, "amount": 1.25, "description": "Bread"}
    back = {"beneficiaryId": emma.id, "amount": 0.5, "description": "Change"}
    requests = [one.post("/transactions", body) for one, body in ((phone, out), (friend, back)) for _ in range(10)]
    drafts = [_drafted(emma, account) for _ in range(4)]
    answers = await raced(emma, *requests, *drafts)
    assert {answer.status for answer in answers} <= {200, 400, 401}
    assert emma.rows(f"SELECT count(*) FROM orders WHERE account_id = {emma.id} AND state = 'DRAFT'") == [(0,)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while emma.rows("SELECT EXISTS (SELECT FROM postings WHERE state = 'pending')")[0][0]:
            await asyncio.sleep(0.01)
    assert await ledger.verify(emma.context) is None
    paid = [answer for answer in answers if answer.status == 200]
    assert emma.rows("SELECT count(*) FROM postings WHERE kind = 'payment'") == [(len(paid),)]


async def _drafted(emma: Emma, account: account_rows.Account) -> None:
    with contextlib.suppress(refusals.NotSignedIn):
        await orders.draft(emma.context, account, units=1_000_000)


async def test_two_at_once_delete_once(emma: Emma) -> None:
    clients = [emma.town.hiroba.client("/me") for _ in range(4)]
    for client in clients:
        await client.post("/session", {"login": "emma", "password": serving.PASSWORD})
    answers = await asyncio.gather(*(client.delete("", {"password": serving.PASSWORD}) for client in clients))
    assert sorted(answer.status for answer in answers) == [204, 401, 401, 401]
    assert emma.rows("SELECT count(*) FROM audit WHERE act = 'account deleted'") == [(1,)]


@pytest.mark.parametrize("_round", range(3))
async def test_against_everything_that_she_does_at_that_moment(emma: Emma, _round: int) -> None:
    phone, hiroba = emma.phone, emma.town.hiroba
    things = await furnish(emma)
    ad = {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": 5}
    credentials = {"username": "emma", "password": serving.PASSWORD}
    posts = [
        ("/ads", ad), (f"/users/{emma.id}/avatar", picture()), (f"/ads/{things['ad']}/photo", picture()),
        (f"/users/{emma.id}/mobile-device", {"pushNotificationToken": "another"}),
        (f"/users/{emma.id}", {"firstName": "Wilhelmine"}),
        ("/message-threads/group", {"memberIds": [emma.friend.account_id]}),
        (f"/message-threads/{things['thread']}/messages", {"text": "Wait"}), (f"{hiroba.url}/live/ticket", None),
    ]  # fmt: skip
    requests = [phone.post(path, body) for path, body in posts for _ in range(2)]
    requests.append(phone.post("/ads", ad, headers={"Idempotency-Key": "two"}))
    requests += [hiroba.client("/community").post("/login", credentials) for _ in range(4)]
    requests += [hiroba.client("/whoami").post("/send_pwreset_email", {"email": EMAIL})]
    answers = await raced(emma, *requests)
    assert {answer.status for answer in answers} <= {200, 401, 403}
    assert emma.named_in() <= {*STAYS, "messages.author_id"}
    for word in ("wilhelmine", "another", EMAIL):
        assert emma.mentions(word) <= {"mailbox", "letters"}, word


async def test_nobody_gives_a_role_to_who_is_gone(emma: Emma) -> None:
    await asyncio.gather(
        acts.delete(emma.context, audit.COMMAND_LINE, emma.id),
        *(_promoted(emma, promote) for promote in (operators.promote_operator, operators.promote_coordinator) * 2),
    )
    assert emma.rows(f"SELECT is_operator, is_coordinator FROM accounts WHERE id = {emma.id}") == [(False, False)]


async def _promoted(emma: Emma, promote) -> None:
    with contextlib.suppress(refusals.NotEntitled):
        await promote(emma.context, audit.COMMAND_LINE, "emma")
