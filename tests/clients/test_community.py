"""community through the typed client: every call has its answer, and every no its fault."""

from decimal import Decimal

import pytest

import hiroba_client
from hiroba_client import faults
from server import app
from tests import serving
from tests.clients import people


async def test_people(town: people.Town, riku: people.Person) -> None:
    visitor = await town.visitor()
    assert [one.name for one in await visitor.community.communities()] == ["Kaga city"]
    with pytest.raises(faults.NotSignedIn):
        await visitor.community.me()
    signed_in = await visitor.community.sign_in("RIKU", people.PASSWORD)
    assert signed_in.full_name == "Sato Riku"
    assert signed_in.balance == Decimal(0)
    assert signed_in.admin is False
    assert (await visitor.community.me()) == signed_in
    revised = await visitor.community.revise_self(riku.id, description="A man from the moon")
    assert (revised.first_name, revised.description) == ("Riku", "A man from the moon")
    haru = await town.join("haru")
    seen = await haru.client.community.user(riku.id)
    assert (seen.full_name, seen.balance, seen.description) == ("Sato Riku", None, "A man from the moon")
    assert [one.id for one in await haru.client.community.search("rik")] == [riku.id]
    assert await haru.client.community.search("%") == []
    await visitor.community.sign_out()
    with pytest.raises(faults.NotSignedIn):
        await visitor.community.me()
    # The other phone is signed in still.
    assert (await riku.client.community.me()).id == riku.id


async def test_ads(haru: hiroba_client.Client, riku: people.Person) -> None:
    made = await haru.community.publish_ad(
        type="WANT", title="good stuff", description="very good", amount=Decimal("20.50"), location="Tokyo"
    )
    assert (made.points, made.own, made.payable, made.photo_url) == (Decimal("20.5"), True, True, None)
    assert made.created_at.tzinfo is not None
    other = await riku.client.community.publish_ad(type="GIVE", title="Bread", description="", amount=0)
    assert [ad.id for ad in await haru.community.ads()] == [made.id, other.id]
    assert [ad.id for ad in await haru.community.ads(containing="BREAD")] == [other.id]
    assert [ad.id for ad in await haru.community.ads(limit=1, after=made.id)] == [other.id]
    assert await haru.community.own_ads() == [made]
    assert (await riku.client.community.ad(made.id)).own is False


async def test_threads_and_messages(town: people.Town, haru: hiroba_client.Client, riku: people.Person) -> None:
    ad = await riku.client.community.publish_ad(type="GIVE", title="Bread", description="", amount=1)
    about = await haru.community.open_thread_for_ad(ad.id)
    assert (about.title, about.group, about.ad and about.ad.id) == ("Bread", False, ad.id)
    private = await haru.community.open_thread_with(riku.id)
    assert private.counter_party is not None
    assert private.counter_party.id == riku.id
    emma = await town.join("emma")
    group = await haru.community.open_group([riku.id], title="Poker")
    group = await haru.community.revise_group(group.id, [riku.id, emma.id])
    assert (group.title, [one.id for one in group.parties]) == ("Poker", [riku.id, emma.id])

    said = [await haru.community.post(about.id, f"message {number}") for number in range(5)]
    theirs = riku.client.community
    assert await theirs.count_unread() == 1
    assert (await theirs.thread(about.id)).unread is True
    assert await theirs.messages(about.id, limit=2) == said[-2:]
    assert await theirs.messages(about.id, before=said[2].id) == said[:2]
    assert await theirs.messages(about.id, after=said[2].id) == said[3:]
    assert await theirs.messages(about.id) == said
    assert await theirs.count_unread() == 0
    # A private thread in which nobody said anything yet is not shown.
    listed = {thread.id: thread.last_message for thread in await theirs.threads()}
    assert listed == {about.id: said[-1], group.id: None}
    assert len(await theirs.threads(limit=1)) == 1


async def test_the_same_key_says_it_once(haru: hiroba_client.Client, riku: people.Person) -> None:
    thread = await haru.community.open_thread_with(riku.id)
    first = await haru.community.post(thread.id, "once", key="one")
    assert await haru.community.post(thread.id, "once", key="one") == first
    assert await haru.community.messages(thread.id) == [first]
    with pytest.raises(faults.Invalid):
        await haru.community.post(thread.id, "twice", key="one")


async def test_payments(haru: hiroba_client.Client, riku: people.Person, hiroba: serving.Serving) -> None:
    await people.mint(hiroba, "haru", units=2_050)
    for _ in range(2):
        await haru.community.pay(riku.id, Decimal("20.25"), "Bread", key="once")
    assert await haru.community.balance() == Decimal("0.25")
    (payment,) = await riku.client.community.transactions()
    assert (payment.amount, payment.description, payment.debit) == (Decimal("20.25"), "Bread", False)
    assert (payment.remitter.full_name, payment.beneficiary.id) == ("Sato Haru", riku.id)
    assert await haru.community.transactions(after=payment.id) == []
    with pytest.raises(faults.NotEnoughFunds):
        await haru.community.pay(riku.id, 1, "More bread")
    with pytest.raises(faults.Invalid):
        await haru.community.pay(riku.id, Decimal("0.001"), "A crumb")


async def test_refusals(town: people.Town, haru: hiroba_client.Client, riku: people.Person) -> None:
    with pytest.raises(faults.Taken) as taken:
        await town.join("Haru")
    assert (taken.value.status, taken.value.key) == (468, "error.usernameTaken")
    with pytest.raises(faults.WrongCredentials):
        await haru.community.sign_in("haru", "wrong password")
    with pytest.raises(faults.Forbidden):
        await haru.community.thread(999)
    with pytest.raises(faults.Invalid) as invalid:
        await haru.community.publish_ad(type="WANT", title="", description="", amount=-1)
    assert invalid.value.message
    for _ in range(12):
        with pytest.raises(faults.Refused) as refused:
            await haru.community.sign_in("riku", "wrong password")
    assert isinstance(refused.value, faults.Throttled)
    assert refused.value.retry_after_seconds > 0


async def test_where_nobody_is(haru: hiroba_client.Client, town: people.Town) -> None:
    nobody = await town.visitor("http://127.0.0.1:9", patience_seconds=0.2)
    with pytest.raises(faults.Unreachable):
        await nobody.community.communities()
    with pytest.raises(faults.Unreachable):
        async with nobody.live():
            pass


def test_every_route_has_its_call() -> None:
    """Whoever adds a route to one of these APIs adds a call to the client."""
    called = {
        "community": {
            ("GET", "/communities"),
            ("POST", "/login"),
            ("POST", "/logout"),
            ("POST", "/create-account"),
            ("GET", "/user"),
            ("GET", "/users/{id}"),
            ("POST", "/users/{id}"),
            ("GET", "/users"),
            ("POST", "/users/{id}/avatar"),
            ("POST", "/users/{id}/mobile-device"),
            ("POST", "/ads"),
            ("GET", "/ads"),
            ("GET", "/my-ads"),
            ("GET", "/ads/{id}"),
            ("POST", "/ads/{id}/photo"),
            ("GET", "/balance"),
            ("GET", "/transactions"),
            ("POST", "/transactions"),
            ("POST", "/message-threads/for-ad/{id}"),
            ("POST", "/message-threads/user/{id}"),
            ("POST", "/message-threads/group"),
            ("POST", "/message-threads/{id}/group"),
            ("GET", "/message-threads/unread-count"),
            ("GET", "/message-threads/{id}"),
            ("GET", "/message-threads"),
            ("POST", "/message-threads/{id}/messages"),
            ("GET", "/message-threads/{id}/messages"),
        },
        "whoami": {
            ("GET", "/signin"),
            ("POST", "/signin"),
            ("GET", "/signout"),
            ("GET", "/users"),
            ("DELETE", "/users"),
            ("POST", "/register"),
            ("POST", "/resend"),
            ("GET", "/confirm/{token}"),
            ("POST", "/send_pwreset_email"),
            ("PUT", "/reset_pw"),
            ("GET", "/password_reset_confirm/{token}"),
            ("POST", "/instagram/register"),
            ("POST", "/instagram/update"),
        },
    }
    for api in app.SURFACES:
        if api.name in called:
            routed = {(route.method, route.path.replace(r":\d+", "")) for route in api.routes}
            assert routed <= called[api.name]
