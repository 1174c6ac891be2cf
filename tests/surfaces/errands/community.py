"""Errands at community."""

from handlers.core import messages
from tests import images, people
from tests.surfaces.errands.told import Asked, Table, Told

TABLE = Table()


@TABLE.errand("POST /community/login")
async def login(told: Told) -> Asked:
    """John's."""
    return await told.ask({"username": "john", "password": people.PASSWORD})


@TABLE.errand("POST /community/create-account")
async def create_account(told: Told) -> Asked:
    """With an address, to which a letter goes."""
    known = told.town.known["communityId"]
    name = {"username": f"errand{told.number}", "firstName": "A", "lastName": "B", "email": told.email}
    return await told.ask({**name, "password": people.PASSWORD, "communityId": known})


@TABLE.errand(r"POST /community/users/{id:\d+}")
async def revise(told: Told) -> Asked:
    """Another description."""
    return await told.ask({"description": f"The {told.number}th"})


@TABLE.errand(r"POST /community/users/{id:\d+}/avatar")
async def avatar(told: Told) -> Asked:
    """Another picture."""
    return await told.ask(images.data_url(images.plain(size=(8 + told.number, 8))))


@TABLE.errand(r"POST /community/users/{id:\d+}/mobile-device")
async def device(told: Told) -> Asked:
    """Another phone."""
    return await told.ask({"pushNotificationToken": f"token{told.number}"})


@TABLE.errand("POST /community/ads")
async def publish(told: Told) -> Asked:
    """Another ad."""
    return await told.ask({"type": "GIVE", "title": f"Ad {told.number}", "description": "Fresh", "amount": 1})


@TABLE.errand(r"POST /community/ads/{id:\d+}/photo")
async def photo(told: Told) -> Asked:
    """Of a new ad of John's."""
    ad = await people.Town(told.town.hiroba.context).ad(told.town.john)
    picture = images.data_url(images.plain(size=(8, 8 + told.number)))
    return await told.ask(picture, id=str(ad.id))


@TABLE.errand(r"POST /community/message-threads/for-ad/{id:\d+}")
async def thread_for_ad(told: Told) -> Asked:
    """For a new ad of Haru's."""
    ad = await people.Town(told.town.hiroba.context).ad(await told.haru())
    return await told.ask(id=str(ad.id))


@TABLE.errand(r"POST /community/message-threads/user/{id:\d+}")
async def thread_with(told: Told) -> Asked:
    """With somebody new."""
    town = people.Town(told.town.hiroba.context)
    somebody = await town.member(f"member{told.number}", community_id=told.town.known["communityId"])
    return await told.ask(id=str(somebody.id))


@TABLE.errand("POST /community/message-threads/group")
@TABLE.errand(r"POST /community/message-threads/{id:\d+}/group")
async def group(told: Told) -> Asked:
    """Another title."""
    return await told.ask({"memberIds": told.town.known["memberIds"], "title": f"Group {told.number}"})


@TABLE.errand(r"POST /community/message-threads/{id:\d+}/messages")
async def post(told: Told) -> Asked:
    """Another text."""
    return await told.ask({"text": f"Message {told.number}"})


@TABLE.errand(r"GET /community/message-threads/{id:\d+}/messages")
async def read(told: Told) -> Asked:
    """What Haru has just said, which is read thereby."""
    context, thread_id = told.town.hiroba.context, told.town.known["threadId"]
    await messages.post(context, await told.haru(), thread_id, "Are you there?")
    return await told.ask()


@TABLE.errand("POST /community/transactions")
async def pay(told: Told) -> Asked:
    """The least there is, to Haru."""
    haru = await told.haru()
    return await told.ask({"beneficiaryId": haru.id, "amount": 0.01, "description": f"Payment {told.number}"})
