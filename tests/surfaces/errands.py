"""A request for each route that writes: one that does something, and can be made again and again.

What is not in the table is asked with plausible values, which may come to nothing: `test_cut_off` tells which.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from handlers.core import accounts, audit, messages, operators, orders, sessions, waitlist
from handlers.rest import identity, surface
from storage import accounts as account_rows
from tests import images, people, raw
from tests.surfaces.besieged import DOORS, Besieged, Door

JSON = b"Content-Type: application/json\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
EMAIL = "errand{}@hiroba.example"
LINK = r"https?://\S+"
CODE = r"^[A-Za-z0-9]{6}$"
STRONG_PASSWORD = "Some-Password-1"


class Asked(NamedTuple):
    """What is sent. Headers are whole lines."""

    method: str
    path: str
    headers: bytes
    body: bytes | None

    def bytes(self, headers: bytes = b"", query: str = "") -> bytes:
        """As it goes over the wire."""
        return raw.request(self.method, self.path + query, headers=self.headers + headers, body=self.body)


class Errand(NamedTuple):
    """A route that writes, at its door."""

    door: Door
    route: surface.Route

    @property
    def name(self) -> str:
        """Method and whole path."""
        return f"{self.route.method} {self.door.prefix}{self.route.path}"


class Told(NamedTuple):
    """What is known when a request is thought up. `number` is another one each time."""

    town: Besieged
    errand: Errand
    number: int

    @property
    def email(self) -> str:
        """Nobody's so far."""
        return EMAIL.format(self.number)

    async def haru(self) -> account_rows.Account:
        """The other one."""
        found = await account_rows.find_by_login(self.town.hiroba.context.database, "haru")
        assert found is not None
        return found

    async def newcomer(self) -> account_rows.Account:
        """Somebody new, with the e-mail."""
        newcomer = accounts.Newcomer(username=None, email=self.email, password=people.PASSWORD)
        return await accounts.register(self.town.hiroba.context, audit.COMMAND_LINE, newcomer)

    async def ask(
        self, body: Any = None, *, by: account_rows.Account | None = None, path: str | None = None, **given: str
    ) -> Asked:
        """The request; John's unless told, whose session is new. A body of bytes is a form's or a picture's."""
        door, route = self.errand
        content = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        proof = await self.town.proof(door, by) or await self.token(by)
        kind = FORM if isinstance(body, bytes) else JSON
        return Asked(route.method, path or self.town.path(door, route, **given), proof + kind, content)

    async def token(self, by: account_rows.Account | None) -> bytes:
        """The header of an API without a cookie, if it is shown one."""
        if self.errand.door.name != "allowances" or self.errand.route.who is identity.Who.NOBODY:
            return b""
        tokens = await self.sign_in_for_allowances("john" if by is None else by.email)
        return f"Authorization: {tokens['IdToken']}\r\n".encode()

    async def sign_in_for_allowances(self, login: str | None) -> Any:
        """The three tokens."""
        credentials = {"username": login, "password": people.PASSWORD}
        return (await self.town.hiroba.client("/allowances").post("/login", credentials)).body["body"]

    async def letter(self, pattern: str) -> str:
        """What the newest letter to the e-mail has of that pattern."""
        newest = (await self.town.hiroba.letters(self.email))[0]
        found = re.search(pattern, newest.text, re.MULTILINE)
        assert found is not None, newest.text
        return found.group().removeprefix(self.town.hiroba.config.server.public_url)


Think = Callable[[Told], Awaitable[Asked]]
ERRANDS: dict[str, Think] = {}


def errand(name: str) -> Callable[[Think], Think]:
    """Puts it in the table."""

    def keep(think: Think) -> Think:
        ERRANDS[name] = think
        return think

    return keep


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


# --- community --------------------------------------------------------------------------------------------------------


@errand("POST /community/login")
async def login(told: Told) -> Asked:
    """John's."""
    return await told.ask({"username": "john", "password": people.PASSWORD})


@errand("POST /community/create-account")
async def create_account(told: Told) -> Asked:
    """With an address, to which a letter goes."""
    known = told.town.known["communityId"]
    name = {"username": f"errand{told.number}", "firstName": "A", "lastName": "B", "email": told.email}
    return await told.ask({**name, "password": people.PASSWORD, "communityId": known})


@errand(r"POST /community/users/{id:\d+}")
async def revise(told: Told) -> Asked:
    """Another description."""
    return await told.ask({"description": f"The {told.number}th"})


@errand(r"POST /community/users/{id:\d+}/avatar")
async def avatar(told: Told) -> Asked:
    """Another picture."""
    return await told.ask(images.data_url(images.plain(size=(8 + told.number, 8))))


@errand(r"POST /community/users/{id:\d+}/mobile-device")
async def device(told: Told) -> Asked:
    """Another phone."""
    return await told.ask({"pushNotificationToken": f"token{told.number}"})


@errand("POST /community/ads")
async def publish(told: Told) -> Asked:
    """Another ad."""
    return await told.ask({"type": "GIVE", "title": f"Ad {told.number}", "description": "Fresh", "amount": 1})


@errand(r"POST /community/ads/{id:\d+}/photo")
async def photo(told: Told) -> Asked:
    """Of a new ad of John's."""
    ad = await people.Town(told.town.hiroba.context).ad(told.town.john)
    picture = images.data_url(images.plain(size=(8, 8 + told.number)))
    return await told.ask(picture, id=str(ad.id))


@errand(r"POST /community/message-threads/for-ad/{id:\d+}")
async def thread_for_ad(told: Told) -> Asked:
    """For a new ad of Haru's."""
    ad = await people.Town(told.town.hiroba.context).ad(await told.haru())
    return await told.ask(id=str(ad.id))


@errand(r"POST /community/message-threads/user/{id:\d+}")
async def thread_with(told: Told) -> Asked:
    """With somebody new."""
    town = people.Town(told.town.hiroba.context)
    somebody = await town.member(f"member{told.number}", community_id=told.town.known["communityId"])
    return await told.ask(id=str(somebody.id))


@errand("POST /community/message-threads/group")
@errand(r"POST /community/message-threads/{id:\d+}/group")
async def group(told: Told) -> Asked:
    """Another title."""
    return await told.ask({"memberIds": told.town.known["memberIds"], "title": f"Group {told.number}"})


@errand(r"POST /community/message-threads/{id:\d+}/messages")
async def post(told: Told) -> Asked:
    """Another text."""
    return await told.ask({"text": f"Message {told.number}"})


@errand(r"GET /community/message-threads/{id:\d+}/messages")
async def read(told: Told) -> Asked:
    """What Haru has just said, which is read thereby."""
    context, thread_id = told.town.hiroba.context, told.town.known["threadId"]
    await messages.post(context, await told.haru(), thread_id, "Are you there?")
    return await told.ask()


@errand("POST /community/transactions")
async def pay(told: Told) -> Asked:
    """The least there is, to Haru."""
    haru = await told.haru()
    return await told.ask({"beneficiaryId": haru.id, "amount": 0.01, "description": f"Payment {told.number}"})


# --- whoami -----------------------------------------------------------------------------------------------------------


@errand("POST /whoami/signin")
async def sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask({"email": "john", "password": people.PASSWORD})


@errand("POST /whoami/register")
async def register(told: Told) -> Asked:
    """Somebody new."""
    name = {"username": f"errand{told.number}", "email": told.email}
    return await told.ask({**name, "password": people.PASSWORD})


@errand("DELETE /whoami/users")
async def delete(told: Told) -> Asked:
    """Somebody new, gone again."""
    await told.newcomer()
    return await told.ask({"email": told.email, "password": people.PASSWORD})


@errand("POST /whoami/resend")
@errand("POST /whoami/send_pwreset_email")
@errand("POST /auth-service/requestPasswordReset")
async def request_mail(told: Told) -> Asked:
    """To somebody new."""
    await told.newcomer()
    return await told.ask({"email": told.email})


@errand("GET /whoami/confirm/{token}")
async def confirm(told: Told) -> Asked:
    """The link of somebody new."""
    await told.newcomer()
    return await told.ask(path=await told.letter(LINK))


@errand("GET /whoami/password_reset_confirm/{token}")
async def follow(told: Told) -> Asked:
    """The link that somebody new asked for."""
    await told.newcomer()
    asked = await told.town.hiroba.client("/whoami").post("/send_pwreset_email", {"email": told.email})
    assert asked.status == 200
    return await told.ask(path=await told.letter(LINK))


@errand("PUT /whoami/reset_pw")
async def set_password(told: Told) -> Asked:
    """The same again: every other session ends all the same."""
    return await told.ask({"new_password": people.PASSWORD})


@errand("POST /whoami/instagram/register")
async def authorize(told: Told) -> Asked:
    """Somebody new."""
    return await told.ask({"username": told.email}, by=await told.newcomer())


@errand("POST /whoami/instagram/update")
async def link(told: Told) -> Asked:
    """Another picture."""
    url = f"https://pictures.example/{told.number}.jpg"
    image = {"id": f"i{told.number}", "instagram_url": url, "raw_image_url": url, "orig_width": 1, "orig_height": 1}
    return await told.ask({"addition": [image]})


# --- auth-service -----------------------------------------------------------------------------------------------------


@errand("POST /auth-service/login")
async def directory_sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask({"email": "john", "password": people.PASSWORD})


@errand("POST /auth-service/signUp")
@errand("POST /auth-service/createUser")
async def directory_sign_up(told: Told) -> Asked:
    """Somebody new."""
    place = {"city": "Kaga", "state": "CA", "zipCode": "12345"}
    person = {"email": told.email, "fullName": "Some Body", "gender": "F", "isAdmin": False}
    return await told.ask({**person, **place, "password": STRONG_PASSWORD})


@errand(r"PUT /auth-service/updateUser/{userId:\d+}")
async def directory_update(told: Told) -> Asked:
    """John moves."""
    return await told.ask({"city": f"City {told.number}"}, userId=str(told.town.john.id))


@errand(r"PUT /auth-service/deleteUser/{userId:\d+}")
@errand(r"DELETE /auth-service/deleteUser/{userId:\d+}")
async def directory_delete(told: Told) -> Asked:
    """Somebody new, gone again."""
    return await told.ask(userId=str((await told.newcomer()).id))


@errand("POST /auth-service/changePassword")
async def change_password(told: Told) -> Asked:
    """Somebody's new, by the code that was mailed."""
    await told.newcomer()
    await told.town.hiroba.client("/auth-service").post("/requestPasswordReset", {"email": told.email})
    code = await told.letter(CODE)
    return await told.ask({"email": told.email, "password": STRONG_PASSWORD, "code": code})


# --- shop -------------------------------------------------------------------------------------------------------------


@errand("POST /shop/login")
async def shop_sign_in(told: Told) -> Asked:
    """John's, under another token."""
    return await told.ask({"username": "john", "password": people.PASSWORD, "token": f"a token {told.number}"})


@errand("POST /shop/update-password")
async def shop_set_password(told: Told) -> Asked:
    """The same again."""
    same = {"old_password": people.PASSWORD, "new_password": people.PASSWORD}
    return await told.ask({**same, "token": told.town.known["token"]})


@errand("POST /shop/update-session")
async def shop_update_session(told: Told) -> Asked:
    """Another token."""
    return await told.ask({"old_token": told.town.known["token"], "new_token": f"another token {told.number}"})


@errand("POST /shop/transfer")
async def shop_transfer(told: Told) -> Asked:
    """A credit for Haru."""
    known = told.town.known
    return await told.ask({"token": known["token"], "recipient": known["recipient"], "amount": 1})


# --- allowances -------------------------------------------------------------------------------------------------------


@errand("POST /allowances/login")
async def trader_sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask({"username": "john", "password": people.PASSWORD})


@errand("POST /allowances/login/refresh")
async def trader_refresh(told: Told) -> Asked:
    """New tokens of a session."""
    tokens = await told.sign_in_for_allowances("john")
    return await told.ask({"refresh_token": tokens["RefreshToken"]})


@errand("PATCH /allowances/user")
async def trader_revise(told: Told) -> Asked:
    """Another organization."""
    return await told.ask({"organization": f"Organization {told.number}"})


@errand("PUT /allowances/buy")
async def draft(told: Told) -> Asked:
    """A new order."""
    return await told.ask({"value": 1.5}, by=await told.newcomer())


@errand("PATCH /allowances/buy")
async def revise_order(told: Told) -> Asked:
    """For more."""
    return await _about_order(told, value=2.5)


@errand("POST /allowances/buy/cancel")
@errand("POST /allowances/buy/place")
async def move_order(told: Told) -> Asked:
    """A draft, given up or placed."""
    return await _about_order(told)


@errand("DELETE /allowances/buy")
async def remove_order(told: Told) -> Asked:
    """One that was given up."""
    return await _about_order(told, is_cancelled=True)


async def _about_order(told: Told, *, is_cancelled: bool = False, **body: Any) -> Asked:
    context, owner = told.town.hiroba.context, await told.newcomer()
    order_id = await orders.draft(context, owner, units=1_500_000)
    if is_cancelled:
        await orders.cancel(context, owner, order_id)
    return await told.ask({"transaction_id": order_id, **body}, by=owner)


@errand("POST /allowances/waitlist")
async def wait(told: Told) -> Asked:
    """An address that asks."""
    return await told.ask({"email": told.email})


@errand("GET /allowances/waitlist/confirm/{token}")
async def confirm_waiting(told: Told) -> Asked:
    """The link that was mailed."""
    await waitlist.ask(told.town.hiroba.context, told.email, language="en")
    return await told.ask(path=await told.letter(LINK))


@errand("POST /allowances/signup")
async def trader_sign_up(told: Told) -> Asked:
    """Somebody who was let in."""
    context = told.town.hiroba.context
    await waitlist.ask(context, told.email, language="en")
    await told.town.hiroba.client().get(await told.letter(LINK))
    await waitlist.approve(context, audit.COMMAND_LINE, told.email)
    return await told.ask({"username": f"errand{told.number}", "password": people.PASSWORD, "email": told.email})


# --- a person's own, and the operators' -------------------------------------------------------------------------------


@errand("POST /me/session")
async def own_sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask({"login": "john", "password": people.PASSWORD})


@errand(r"DELETE /me/sessions/{id:\d+}")
async def own_session_ended(told: Told) -> Asked:
    """Another of John's sessions."""
    credentials = account_rows.Credentials(told.town.john.id, None)
    other = await sessions.open_for(told.town.hiroba.context, audit.Visit(api="whoami", address=""), credentials)
    return await told.ask(id=str(other.session_id))


@errand("DELETE /me")
async def own_deletion(told: Told) -> Asked:
    """Somebody new, gone again."""
    return await told.ask({"password": people.PASSWORD}, by=await told.newcomer())


@errand("POST /operator/api/account/create")
async def operator_creates(told: Told) -> Asked:
    """Somebody new."""
    return await told.ask({"username": f"errand{told.number}", "password": people.PASSWORD, "email": told.email})


@errand("POST /operator/api/account/promote")
async def operator_promotes(told: Told) -> Asked:
    """Somebody new."""
    await told.newcomer()
    return await told.ask({"username": told.email, "role": "operator"})


@errand("POST /operator/api/account/disable")
async def operator_disables(told: Told) -> Asked:
    """Somebody new."""
    await told.newcomer()
    return await told.ask({"username": told.email})


@errand("POST /operator/api/account/enable")
async def operator_enables(told: Told) -> Asked:
    """Somebody new, who was shut out."""
    await told.newcomer()
    await operators.disable(told.town.hiroba.context, audit.COMMAND_LINE, told.email)
    return await told.ask({"username": told.email})


@errand("POST /operator/api/account/sign-out")
async def operator_signs_out(told: Told) -> Asked:
    """Somebody new, who is signed in."""
    credentials = account_rows.Credentials((await told.newcomer()).id, None)
    await sessions.open_for(told.town.hiroba.context, audit.Visit(api="whoami", address=""), credentials)
    return await told.ask({"username": told.email})


@errand("POST /operator/api/community/create")
async def operator_founds(told: Told) -> Asked:
    """Another community."""
    return await told.ask({"name": f"Town {told.number}"})


@errand("POST /operator/api/community/mint")
async def operator_mints(told: Told) -> Asked:
    """A token for the coordinator of John's."""
    return await told.ask({"id": told.town.known["communityId"], "amount": 1})


@errand("POST /operator/api/shop/credit")
async def operator_credits(told: Told) -> Asked:
    """A few for Haru."""
    return await told.ask({"username": "haru", "amount": 5})


@errand("POST /operator/api/item/add")
async def operator_puts_up(told: Told) -> Asked:
    """Another item."""
    return await told.ask({"name": f"Sticker {told.number}", "price": 5})


@errand("POST /operator/api/order/complete")
async def operator_completes(told: Told) -> Asked:
    """The placed order of somebody new."""
    context, owner = told.town.hiroba.context, await told.newcomer()
    order_id = await orders.draft(context, owner, units=1_500_000)
    await orders.place(context, owner, order_id, language="en")
    return await told.ask({"id": order_id})


@errand("POST /operator/api/waitlist/approve")
async def operator_approves(told: Told) -> Asked:
    """An address that has not asked yet."""
    return await told.ask({"email": told.email})


# --- pages ------------------------------------------------------------------------------------------------------------


def form(**fields: str) -> bytes:
    """As a browser sends it."""
    return urlencode(fields).encode()


@errand("POST /signin")
async def page_sign_in(told: Told) -> Asked:
    """John's."""
    return await told.ask(form(login="john", password=people.PASSWORD))


@errand("POST /signup")
async def page_sign_up(told: Told) -> Asked:
    """Somebody new."""
    return await told.ask(form(username=f"errand{told.number}", email=told.email, password=people.PASSWORD))


@errand("POST /reset_pw")
async def page_set_password(told: Told) -> Asked:
    """The same again."""
    return await told.ask(form(new_password=people.PASSWORD))


@errand("POST /reset_pw/link")
async def page_link(told: Told) -> Asked:
    """To somebody new."""
    await told.newcomer()
    return await told.ask(form(email=told.email))
