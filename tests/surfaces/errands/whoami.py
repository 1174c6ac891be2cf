"""Errands at whoami."""

from tests import people
from tests.surfaces.errands.told import Asked, Table, Told

LINK = r"https?://\S+"
TABLE = Table()


@TABLE.errand("POST /whoami/signin")
async def sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask({"email": "john", "password": people.PASSWORD})


@TABLE.errand("POST /whoami/register")
async def register(told: Told) -> Asked:
    """Somebody new."""
    name = {"username": f"errand{told.number}", "email": told.email}
    return await told.ask({**name, "password": people.PASSWORD})


@TABLE.errand("DELETE /whoami/users")
async def delete(told: Told) -> Asked:
    """Somebody new, gone again."""
    await told.newcomer()
    return await told.ask({"email": told.email, "password": people.PASSWORD})


@TABLE.errand("POST /whoami/resend")
@TABLE.errand("POST /whoami/send_pwreset_email")
async def request_mail(told: Told) -> Asked:
    """To somebody new."""
    await told.newcomer()
    return await told.ask({"email": told.email})


@TABLE.errand("GET /whoami/confirm/{token}")
async def confirm(told: Told) -> Asked:
    """The link of somebody new."""
    await told.newcomer()
    return await told.ask(path=await told.letter(LINK))


@TABLE.errand("GET /whoami/password_reset_confirm/{token}")
async def follow(told: Told) -> Asked:
    """The link that somebody new asked for."""
    await told.newcomer()
    asked = await told.town.hiroba.client("/whoami").post("/send_pwreset_email", {"email": told.email})
    assert asked.status == 200
    return await told.ask(path=await told.letter(LINK))


@TABLE.errand("PUT /whoami/reset_pw")
async def set_password(told: Told) -> Asked:
    """The same again: every other session ends all the same."""
    return await told.ask({"new_password": people.PASSWORD})


@TABLE.errand("POST /whoami/instagram/register")
async def authorize(told: Told) -> Asked:
    """Somebody new."""
    return await told.ask({"username": told.email}, by=await told.newcomer())


@TABLE.errand("POST /whoami/instagram/update")
async def link(told: Told) -> Asked:
    """Another picture."""
    url = f"https://pictures.example/{told.number}.jpg"
    image = {"id": f"i{told.number}", "instagram_url": url, "raw_image_url": url, "orig_width": 1, "orig_height": 1}
    return await told.ask({"addition": [image]})
