"""Somebody who has something of everything and is about to leave, and where she may still be named then."""

import base64
import io

import psycopg2
from PIL import Image

from handlers.core import audit, codes
from tests import serving
from tests.surfaces.towns import Phone, Town

EMAIL = "emma@hiroba.example"
# Where a deleted account may still be named, and why.
STAYS = {
    "threads.creator_id": "threads stay, under the pseudonym",
    "threads.pair_low": "threads stay",
    "threads.pair_high": "threads stay",
    "memberships.account_id": "parties stay, under the pseudonym",
    "wallets.account_id": "balances stay on the books",
    "audit.account_id": "what was done is never changed",
    "audit.actor_id": "what was done is never changed",
    "codes.account_id": "an old link still tells that its account is gone; the address is cut out",
    "orders.account_id": "orders under way stay on the books",
    "events.account_id": "sockets hear that their sessions ended",
}


class Emma:
    """Somebody who has something of everything, and a friend."""

    def __init__(self, town: Town, phone: Phone, friend: Phone, owner: psycopg2.extensions.connection) -> None:
        self.town, self.phone, self.friend = town, phone, friend
        self.context = town.hiroba.context
        self.id = phone.account_id
        self._owner = owner

    def rows(self, query: str) -> list[tuple]:
        with self._owner.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def named_in(self) -> set[str]:
        """Every column that refers to accounts and holds her id."""
        columns = self.rows(
            "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
            "WHERE c.contype = 'f' AND c.confrelid = 'accounts'::regclass"
        )
        columns += [("events", "account_id"), ("messages", "author_id")]
        found = [
            (t, c) for t, c in columns if self.rows(f"SELECT EXISTS (SELECT FROM {t} WHERE {c} = {self.id})")[0][0]
        ]
        return {f"{table}.{column}" for table, column in found}

    def mentions(self, word: str) -> set[str]:
        """The tables that hold this word anywhere."""
        tables = [name for (name,) in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        held = "SELECT EXISTS (SELECT FROM {} t WHERE strpos(lower(CAST(to_jsonb(t) AS text)), '{}') > 0)"
        return {name for name in tables if self.rows(held.format(name, word))[0][0]}

    async def delete(self) -> serving.Answer:
        client = self.town.hiroba.client("/me")
        await client.post("/session", {"login": "emma", "password": serving.PASSWORD})
        return await client.delete("", {"password": serving.PASSWORD})


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (3, 2), "green").save(file, "PNG")
    return b"data:image/png;base64," + base64.b64encode(file.getvalue())


async def furnish(emma: Emma) -> dict[str, str | int]:
    """Gives her everything that there is to have; answers what others can ask for."""
    phone, hiroba = emma.phone, emma.town.hiroba
    avatar = (await phone.post(f"/users/{emma.id}/avatar", picture())).raw.decode()
    ad = {"type": "GIVE", "title": "Bread", "description": "Fresh", "amount": 5}
    ad_id = (await phone.post("/ads", ad, headers={"Idempotency-Key": "one"})).body["id"]
    photo = (await phone.post(f"/ads/{ad_id}/photo", picture())).raw.decode()
    await phone.post(f"/users/{emma.id}/mobile-device", {"pushNotificationToken": "a phone"})
    about_ad = (await emma.friend.post(f"/message-threads/for-ad/{ad_id}")).body["id"]
    thread_id = (await phone.post(f"/message-threads/user/{emma.friend.account_id}")).body["id"]
    await phone.post(f"/message-threads/{thread_id}/messages", {"text": "Good bye"})
    whoami = hiroba.client("/whoami")
    await whoami.post("/signin", {"email": EMAIL, "password": serving.PASSWORD})
    await whoami.post("/instagram/register", {"username": "emma"})
    image = {"id": "1", "instagram_url": "https://i.example/1", "raw_image_url": "https://i.example/1.jpg",
             "orig_width": 1, "orig_height": 1}  # fmt: skip
    added = await whoami.post("/instagram/update", {"username": "emma", "addition": [image]})
    assert emma.rows("SELECT count(*) FROM gallery_images") == [(1,)], added.raw
    await codes.request_reset(emma.context, audit.COMMAND_LINE, EMAIL)
    await phone.post(f"{hiroba.url}/live/ticket")
    return {"avatar": avatar, "photo": photo, "ad": ad_id, "thread": thread_id, "about_ad": about_ad}
