"""The community API: members, ads, payments, threads and their messages. Source: the document of the community API."""

import base64
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec

from hiroba_client import calls, faults
from hiroba_client import community_answers as answers

PREFIX = "/community"
# 468 is for what a person should be told; the key says what it is.
FOR_PEOPLE = 468
TAKEN = ("error.usernameTaken", "error.emailTaken")
FUNDS = ("error.notEnoughFunds", "error.outOfEther")
KINDS: dict[int, type[faults.Refused]] = {
    400: faults.Invalid,
    401: faults.NotSignedIn,
    403: faults.Forbidden,
    413: faults.Invalid,
    422: faults.Invalid,
    500: faults.Failed,
}


def refuse(answer: calls.Answer) -> faults.Fault | None:
    """The fault that an answer is; None for one that says yes."""
    if answer.status == 200:
        return None
    try:
        said = msgspec.json.decode(answer.raw, type=answers.Refusal)
    except (msgspec.DecodeError, UnicodeError):
        said = answers.Refusal(message="(no reason was given)")
    if answer.status in (429, 503):
        kind = faults.Throttled if answer.status == 429 else faults.Unavailable
        return kind(answer.status, said.key, said.message, retry_after_seconds=answer.retry_after_seconds)
    if answer.status == FOR_PEOPLE and said.key in TAKEN:
        return faults.Taken(answer.status, said.key, said.message)
    if answer.status == FOR_PEOPLE and said.key in FUNDS:
        return faults.NotEnoughFunds(answer.status, said.key, said.message)
    if said.key == "error.loginFailed":
        return faults.WrongCredentials(answer.status, said.key, said.message)
    return KINDS.get(answer.status, faults.Refused)(answer.status, said.key, said.message)


class Community:
    """One person in their community. Every call refuses what `faults` has."""

    def __init__(self, http: aiohttp.ClientSession, url: str, *, patience_seconds: float) -> None:
        self._caller = calls.Caller(http, url + PREFIX, refuse, patience_seconds=patience_seconds)

    async def communities(self) -> list[answers.Community]:
        """All that one can join. Needs no session."""
        return await self._caller.get(list[answers.Community], "/communities")

    async def sign_in(self, username: str, password: str) -> answers.Self:
        """Opens a session. An e-mail is as good as a username."""
        return await self._caller.once(answers.Self, "/login", {"username": username, "password": password})

    async def sign_out(self) -> None:
        """Ends the session, and the live connections that it carries."""
        await self._caller.once(type(None), "/logout")

    async def create_account(
        self,
        *,
        username: str,
        password: str,
        first_name: str,
        last_name: str,
        community_id: int,
        description: str | None = None,
        location: str | None = None,
        email: str | None = None,
    ) -> answers.Self:
        """A new account of a community, signed in; or, with its own password, an account of elsewhere joins it."""
        body = {
            "username": username,
            "password": password,
            "firstName": first_name,
            "lastName": last_name,
            "communityId": community_id,
            "description": description,
            "location": location,
            "email": email,
        }
        return await self._caller.once(answers.Self, "/create-account", _without_none(body))

    async def me(self) -> answers.Self:
        """Oneself."""
        return await self._caller.get(answers.Self, "/user")

    async def user(self, user_id: int) -> answers.Member:
        """A member: in short, unless one is the community's coordinator."""
        return await self._caller.get(answers.Member, f"/users/{user_id}")

    async def search(self, part: str, *, limit: int | None = None) -> list[answers.User]:
        """Other members by a part of their first or last name. At most 10 unless a limit is given."""
        return await self._caller.get(list[answers.User], "/users", q=part, limit=limit)

    async def revise_self(
        self,
        user_id: int,
        *,
        first_name: str | None = None,
        last_name: str | None = None,
        description: str | None = None,
        location: str | None = None,
    ) -> answers.Self:
        """Changes what one tells of oneself; None stays as it is. `user_id` is one's own."""
        body = {"firstName": first_name, "lastName": last_name, "description": description, "location": location}
        return await self._caller.change(answers.Self, f"/users/{user_id}", _without_none(body))

    async def set_avatar(self, user_id: int, picture: bytes, *, content_type: str) -> str:
        """Sets one's picture ("image/png"); answers its address. `user_id` is one's own."""
        return await self._caller.upload(f"/users/{user_id}/avatar", _data_url(picture, content_type))

    async def register_device(self, user_id: int, push_token: str) -> None:
        """Has this phone notified from now on, in place of the one before. `user_id` is one's own."""
        await self._caller.change(type(None), f"/users/{user_id}/mobile-device", {"pushNotificationToken": push_token})

    async def publish_ad(
        self, *, type: str, title: str, description: str, amount: Decimal | int, location: str | None = None
    ) -> answers.Ad:
        """Puts a WANT or a GIVE on the board. `amount` is in tokens, with up to two decimals."""
        body = {
            "type": type,
            "title": title,
            "description": description,
            "amount": amount,
            "location": location,
        }
        return await self._caller.change(answers.Ad, "/ads", _without_none(body))

    async def ads(
        self, *, containing: str | None = None, limit: int | None = None, after: int | None = None
    ) -> list[answers.Ad]:
        """The board, the oldest first; `containing`: in title, description or the author's names."""
        return await self._caller.get(list[answers.Ad], "/ads", filter=containing, limit=limit, after=after)

    async def own_ads(self, *, limit: int | None = None, after: int | None = None) -> list[answers.Ad]:
        """One's own ads, the oldest first."""
        return await self._caller.get(list[answers.Ad], "/my-ads", limit=limit, after=after)

    async def ad(self, ad_id: int) -> answers.Ad:
        """One ad."""
        return await self._caller.get(answers.Ad, f"/ads/{ad_id}")

    async def set_ad_photo(self, ad_id: int, picture: bytes, *, content_type: str) -> str:
        """Sets the picture of one's own ad; answers its address."""
        return await self._caller.upload(f"/ads/{ad_id}/photo", _data_url(picture, content_type))

    async def balance(self) -> Decimal:
        """What one can spend, in tokens: without what one has pending."""
        return await self._caller.get(Decimal, "/balance")

    async def pay(
        self,
        beneficiary_id: int,
        amount: Decimal | int,
        description: str,
        *,
        ad_id: int | None = None,
        key: str | None = None,
    ) -> None:
        """Pays another member, perhaps for an ad, in tokens with up to two decimals. The same `key` again pays nothing.

        *Refuses*: NotEnoughFunds, Invalid.
        """
        body = {"beneficiaryId": beneficiary_id, "amount": amount, "description": description, "adId": ad_id}
        await self._caller.change(type(None), "/transactions", _without_none(body), key=key)

    async def transactions(self, *, limit: int | None = None, after: int | None = None) -> list[answers.Transaction]:
        """What one paid and was paid, newest first."""
        return await self._caller.get(list[answers.Transaction], "/transactions", limit=limit, after=after)

    async def open_thread_for_ad(self, ad_id: int) -> answers.Thread:
        """One's thread with the author of an ad, begun if there is none."""
        return await self._caller.change(answers.Thread, f"/message-threads/for-ad/{ad_id}")

    async def open_thread_with(self, user_id: int) -> answers.Thread:
        """One's private thread with another member, begun if there is none."""
        return await self._caller.change(answers.Thread, f"/message-threads/user/{user_id}")

    async def open_group(self, member_ids: Sequence[int], *, title: str = "") -> answers.Thread:
        """A new group of oneself and these members."""
        body = {"memberIds": list(member_ids), "title": title}
        return await self._caller.change(answers.Thread, "/message-threads/group", body)

    async def revise_group(
        self, thread_id: int, member_ids: Sequence[int], *, title: str | None = None
    ) -> answers.Thread:
        """Brings a group to these members, oneself and its creator; without a title it keeps its own."""
        body = _without_none({"memberIds": list(member_ids), "title": title})
        return await self._caller.change(answers.Thread, f"/message-threads/{thread_id}/group", body)

    async def threads(self, *, limit: int | None = None, after: int | None = None) -> list[answers.Thread]:
        """The threads that one is in, those with the newest messages first."""
        return await self._caller.get(list[answers.Thread], "/message-threads", limit=limit, after=after)

    async def thread(self, thread_id: int) -> answers.Thread:
        """A thread that one is in."""
        return await self._caller.get(answers.Thread, f"/message-threads/{thread_id}")

    async def count_unread(self) -> int:
        """In how many threads there is something unread."""
        return (await self._caller.get(answers.UnreadCount, "/message-threads/unread-count")).count

    async def post(self, thread_id: int, text: str, *, key: str | None = None) -> answers.Message:
        """Says something in a thread. The same `key` again says nothing new, and answers that first message."""
        return await self._caller.change(
            answers.Message, f"/message-threads/{thread_id}/messages", {"text": text}, key=key
        )

    async def messages(
        self, thread_id: int, *, limit: int | None = None, before: int | None = None, after: int | None = None
    ) -> list[answers.Message]:
        """What was said, oldest first: the newest `limit`, or those before or after a message. Without a limit 10,000.

        Without `before` the thread is read thereby.
        """
        return await self._caller.get(
            list[answers.Message], f"/message-threads/{thread_id}/messages", limit=limit, before=before, after=after
        )


def _without_none(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _data_url(picture: bytes, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(picture).decode()}"
