"""A town for the tests of community: two communities and a few people, made by the same acts as everywhere."""

from typing import Any

import msgspec

from handlers.core import accounts, audit, ledger, operators
from tests import serving


class Town(msgspec.Struct):
    """A server, and how to get people into it."""

    hiroba: serving.Serving
    kaga: int
    shibuya: int

    async def join(self, username: str, *, community_id: int | None = None, **profile: Any) -> "Phone":
        """A new member with a phone that is signed in. Names are the document's unless given."""
        phone = self.hiroba.client("/community")
        body = {
            "username": username,
            "password": serving.PASSWORD,
            "firstName": "John",
            "lastName": "Doe",
            "description": "A man from the moon",
            "location": "Tokyo",
            "communityId": community_id or self.kaga,
            **profile,
        }
        answer = await phone.post("/create-account", body)
        assert answer.status == 200, answer.raw
        return Phone(phone, answer.body["id"])

    async def coordinator(self, username: str = "coordinator") -> "Phone":
        """The coordinator of Kaga, with the document's names and balance."""
        phone = await self.join(
            username,
            firstName="Coordinator",
            lastName="Community",
            description="Contact me if you have problem to solve.",
            location="Kaga, Ishikawa Prefecture, Japan",
        )
        context = self.hiroba.context
        await operators.promote_coordinator(context, audit.COMMAND_LINE, username)
        account = await operators.find(context, username)
        await ledger.mint(context, audit.COMMAND_LINE, account, units=1_157_950, description="minted")
        return phone

    async def outsider(self, username: str = "outsider") -> "Phone":
        """Somebody who registered elsewhere and belongs to no community."""
        newcomer = accounts.Newcomer(username=username, email=None, password=serving.PASSWORD)
        made = await accounts.register(self.hiroba.context, audit.COMMAND_LINE, newcomer)
        phone = self.hiroba.client("/community")
        await phone.post("/login", {"username": username, "password": serving.PASSWORD})
        return Phone(phone, made.id)


class Phone(msgspec.Struct):
    """A member's phone."""

    client: serving.Client
    account_id: int

    @property
    def get(self):
        """GET."""
        return self.client.get

    @property
    def post(self):
        """POST."""
        return self.client.post

    @property
    def ask(self):
        """Any method."""
        return self.client.ask
