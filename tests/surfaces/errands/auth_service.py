"""Errands at auth-service."""

from tests import people
from tests.surfaces.errands.told import Asked, Table, Told

CODE = r"^[A-Za-z0-9]{6}$"
STRONG_PASSWORD = "Some-Password-1"
TABLE = Table()


@TABLE.errand("POST /auth-service/login")
async def directory_sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask({"email": "john", "password": people.PASSWORD})


@TABLE.errand("POST /auth-service/signUp")
@TABLE.errand("POST /auth-service/createUser")
async def directory_sign_up(told: Told) -> Asked:
    """Somebody new."""
    place = {"city": "Kaga", "state": "CA", "zipCode": "12345"}
    person = {"email": told.email, "fullName": "Some Body", "gender": "F", "isAdmin": False}
    return await told.ask({**person, **place, "password": STRONG_PASSWORD})


@TABLE.errand(r"PUT /auth-service/updateUser/{userId:\d+}")
async def directory_update(told: Told) -> Asked:
    """John moves."""
    return await told.ask({"city": f"City {told.number}"}, userId=str(told.town.john.id))


@TABLE.errand(r"PUT /auth-service/deleteUser/{userId:\d+}")
@TABLE.errand(r"DELETE /auth-service/deleteUser/{userId:\d+}")
async def directory_delete(told: Told) -> Asked:
    """Somebody new, gone again."""
    return await told.ask(userId=str((await told.newcomer()).id))


@TABLE.errand("POST /auth-service/changePassword")
async def change_password(told: Told) -> Asked:
    """Somebody's new, by the code that was mailed."""
    await told.newcomer()
    await told.town.hiroba.client("/auth-service").post("/requestPasswordReset", {"email": told.email})
    code = await told.letter(CODE)
    return await told.ask({"email": told.email, "password": STRONG_PASSWORD, "code": code})


@TABLE.errand("POST /auth-service/requestPasswordReset")
async def request_code(told: Told) -> Asked:
    """To somebody new."""
    await told.newcomer()
    return await told.ask({"email": told.email})
