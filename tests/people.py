"""A town for tests below the APIs: its core, its people, and what they do, all through acts."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

from handlers.core import accounts, ads, audit, bus, communities, context, keys, passwords, pictures, settings
from handlers.core import threads as threads_
from storage import accounts as account_rows
from storage import ads as ad_rows
from storage import database as database_
from storage import files
from storage import payments as payment_rows
from storage import threads as thread_rows
from tests import clocks
from tests.serving import MEDIA

PASSWORD = "somepassword"
SECRET = "a secret for tests, and for nothing else"


class Silent:
    """Nobody carries letters."""

    def wake(self) -> None:
        """Does nothing."""


def core(database: database_.Database, clock: clocks.MovableClock) -> context.Context:
    """The core on a database, as one process has it."""
    wishes = settings.Settings(passwords=settings.Passwords(bcrypt_cost=4))
    return context.Context(
        database=database,
        clock=clock,
        settings=wishes,
        hasher=passwords.Hasher(wishes.passwords),
        keys=keys.Keys(SECRET),
        bus=bus.Bus(),
        post=Silent(),
        studio=pictures.Studio(wishes.media),
        files=files.Files(MEDIA),
    )


async def is_settling(inside: context.Context) -> bool:
    """Whether there are payments that wait for their end."""
    ever = datetime.max.replace(tzinfo=UTC)
    for is_submitted in (False, True):
        if await payment_rows.list_pending(inside.database, after_id=0, until=ever, is_submitted=is_submitted, most=1):
            return True
    return False


class Town:
    """Kaga city, and Shibuya People next to it."""

    def __init__(self, inside: context.Context) -> None:
        self.context = inside
        self.kaga = 0
        self.shibuya = 0
        self._numbers = itertools.count(1)

    async def found(self) -> "Town":
        """Founds both."""
        self.kaga = await communities.found(self.context, audit.COMMAND_LINE, "Kaga city")
        self.shibuya = await communities.found(self.context, audit.COMMAND_LINE, "Shibuya People")
        return self

    async def member(self, name: str | None = None, *, community_id: int | None = -1) -> account_rows.Account:
        """A new member of Kaga, of another community, or with None of none."""
        username = name or f"member{next(self._numbers)}"
        profile = accounts.Profile(first_name=username.title(), last_name="Sato", location="Kaga")
        newcomer = accounts.Newcomer(
            username=username,
            email=None,
            password=PASSWORD,
            profile=profile,
            community_id=self.kaga if community_id == -1 else community_id,
        )
        return await accounts.register(self.context, audit.COMMAND_LINE, newcomer)

    async def members(self, count: int) -> list[account_rows.Account]:
        """So many new members of Kaga."""
        return [await self.member() for _ in range(count)]

    async def ad(self, author: account_rows.Account, *, title: str = "House cleaning") -> ad_rows.Ad:
        """An ad of somebody's."""
        return await ads.publish(
            self.context,
            author,
            type=ads.GIVE,
            title=title,
            description="Vacuum cleaning",
            points=129_901,
            location="Kaga city",
        )

    async def group(
        self, creator: account_rows.Account, others: Sequence[account_rows.Account], *, title: str = "Poker"
    ) -> thread_rows.Thread:
        """A group of theirs."""
        return await threads_.open_group(self.context, creator, member_ids=[one.id for one in others], title=title)
