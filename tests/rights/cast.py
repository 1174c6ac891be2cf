"""Who may try a route, and what there is to be got at: the same people for every row of every table."""

import dataclasses
import itertools
from enum import Enum

import msgspec
import psycopg2

from handlers.core import audit, items, ledger, operators, orders, sessions
from handlers.core import threads as threads_
from server import demo
from storage import accounts as account_rows
from tests import people, serving


class Who(Enum):
    """Everybody who tries every route."""

    NOBODY = "nobody"
    STRANGER = "member of another community"
    OUTSIDER = "account without a community"
    MEMBER = "member whose things they are"
    NEIGHBOUR = "another member of that community"
    COORDINATOR = "its coordinator"
    OPERATOR = "operator"
    DISABLED = "disabled account of a member, its session still there"
    EXPIRED = "the member's own session, expired"
    OTHER_DOOR = "the member's own session of another API, shown to this one"


EVERYBODY = frozenset(Who)
KAGA = frozenset({Who.MEMBER, Who.NEIGHBOUR, Who.COORDINATOR})
MEMBERS = KAGA | {Who.STRANGER}
SIGNED_IN = MEMBERS | {Who.OUTSIDER, Who.OPERATOR}
# Who has a password that is good, whatever their session is.
# Both with the member's own.
WITH_PASSWORD = SIGNED_IN | {Who.EXPIRED, Who.OTHER_DOOR}
# Those whom no session stands for.
UNKNOWN = EVERYBODY - SIGNED_IN

_NUMBERS = itertools.count(1)


class Cast(msgspec.Struct):
    """A town of its own for one row, in the server that all rows share."""

    hiroba: serving.Serving
    number: int
    kaga: int
    shibuya: int
    people: dict[Who, account_rows.Account]
    friend: account_rows.Account
    # What the holes of paths are filled with, by the segment before them; and what bodies name.
    things: dict[str, int]

    def name(self, word: str) -> str:
        """A name that no other row has."""
        return f"{word}{self.number}"

    def account(self, who: Who) -> account_rows.Account | None:
        """Whose session it is, or was."""
        return self.people[Who.MEMBER] if who in (Who.EXPIRED, Who.OTHER_DOOR) else self.people.get(who)

    def new(self) -> str:
        """A username that nobody has."""
        return f"new{next(_NUMBERS)}"

    def credentials(self, who: Who, field: str = "username") -> dict[str, str]:
        """The name and the password of who asks; of nobody, ones that nobody has."""
        account = self.account(who)
        username = None if account is None else account.username
        return {field: username or "nobody", "password": serving.PASSWORD}


async def gathered(
    hiroba: serving.Serving, owner: psycopg2.extensions.connection, password_hash: str, *, with_invoice: bool
) -> Cast:
    """Everybody, with an ad, a thread, orders and a session of the member's, and something in the wallets."""
    context, number = dataclasses.replace(hiroba.context, hasher=demo.Hashed(password_hash)), next(_NUMBERS)
    town = people.Town(context)
    town.kaga = await _found(hiroba, f"Kaga {number}")
    town.shibuya = await _found(hiroba, f"Shibuya {number}")
    communities = {
        Who.STRANGER: town.shibuya, Who.OUTSIDER: None, Who.MEMBER: town.kaga, Who.NEIGHBOUR: town.kaga,
        Who.COORDINATOR: town.kaga, Who.OPERATOR: None, Who.DISABLED: town.kaga,
    }  # fmt: skip
    cast = {
        who: await town.member(f"{who.name.lower()}{number}", community_id=community_id)
        for who, community_id in communities.items()
    }
    friend = await town.member(f"friend{number}")
    await operators.promote_coordinator(context, audit.COMMAND_LINE, cast[Who.COORDINATOR].username or "")
    await operators.promote_operator(context, audit.COMMAND_LINE, cast[Who.OPERATOR].username or "")
    for account in cast.values():
        if account.community_id is not None:
            await ledger.mint(context, audit.COMMAND_LINE, account, units=10_000, description="minted")
    with owner.cursor() as cursor:
        # As if it had been done a moment ago, in another process: the session is still there.
        cursor.execute("UPDATE accounts SET disabled_at = now() WHERE id = %s", (cast[Who.DISABLED].id,))
    member = cast[Who.MEMBER]
    for account in cast.values():
        await ledger.issue_credits(context, audit.COMMAND_LINE, account.id, units=100, description="Credited")
    with owner.cursor() as cursor:
        cursor.execute("UPDATE accounts SET email = username || '@hiroba.example'")
    item = await items.put_up(context, audit.COMMAND_LINE, name=f"Coffee {number}", price=1)
    drafted, cancelled, placed = [await orders.draft(context, member, units=1_000_000) for _ in range(3)]
    await orders.cancel(context, member, cancelled)
    if with_invoice:
        await orders.place(context, member, placed, language="en")
    mine, theirs = await town.ad(member), await town.ad(friend)
    group = await threads_.open_group(context, member, member_ids=[friend.id], title="Poker")
    opened = await sessions.open_for(
        context, audit.Visit(api="whoami", address=""), account_rows.Credentials(member.id, None)
    )
    things = {
        "users": member.id, "user": friend.id, "ads": mine.id, "for-ad": theirs.id, "message-threads": group.id,
        "updateUser": friend.id, "deleteUser": friend.id, "sessions": opened.session_id, "item": item,
        "drafted": drafted, "cancelled": cancelled, "placed": placed,
    }  # fmt: skip
    return Cast(hiroba, number, town.kaga, town.shibuya, cast, friend, things)


async def _found(hiroba: serving.Serving, name: str) -> int:
    return await people.communities.found(hiroba.context, audit.COMMAND_LINE, name)
