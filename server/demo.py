"""Demo data: two towns with a few people, so that there is something to look at. Source: contract, 10, Demo data.

Each piece, a person with all that is theirs, is put in once in the life of a database, and its audit entry remembers
that: running this again brings back nothing that people changed or removed since.
"""

import dataclasses
from collections.abc import Awaitable, Callable
from functools import partial

from handlers.core import accounts, ads, audit, communities, items, ledger, operators, products, refusals
from handlers.core import context as context_
from storage import audit as audit_rows
from storage import communities as community_rows

PASSWORD = "Hiroba-demo-1!"
ACT = "demo data put"
KAGA = "Kaga city"
SHIBUYA = "Shibuya People"

Member = tuple[str, str, str, str, str, str, int]
Other = tuple[str, str, str, str | None]

# Username, first and last name, what they say of themselves, where, community, tokens in hundredths.
MEMBERS: tuple[Member, ...] = (
    (
        "coordinator",
        "Coordinator",
        "Community",
        "Contact me if you have problem to solve.",
        "Kaga, Ishikawa Prefecture, Japan",
        KAGA,
        1_157_950,
    ),
    ("haruto", "Haruto", "Sato", "I am an Engineer", "Tokyo", KAGA, 200_000),
    ("haru", "Haru", "Takahashi", "Lets play poker", "Kaga", KAGA, 200_000),
    ("riku", "Riku", "Suzuki", "I need personal assistance daily basis.", "Kaga", KAGA, 200_000),
    ("yuina", "Yuina", "Ito", "I like to walk dogs.", "Shibuya", SHIBUYA, 50_000),
)
# Username, first and last name, e-mail.
OTHERS: tuple[Other, ...] = (
    ("operator", "Hiroba", "Operator", "operator@hiroba.example"),
    ("team1", "Team", "One", None),
    ("team2", "Team", "Two", None),
    ("trader", "Hiroba", "Trader", "trader@hiroba.example"),
)
# By author: type, title, description, points in hundredths of a token, location.
ADS = {
    "haruto": (ads.GIVE, "House cleaning", "Vacuum cleaning", 129_901, "Kaga city"),
    "haru": (ads.WANT, "Need soya", "Bring me lot of soya!", 2_000, "Tokyo"),
    "riku": (ads.GIVE, "Moving house", "I have a small truck and two strong arms.", 30_000, "Kaga"),
}
# What these teams can spend, and on what. Whole credits.
CREDITS = {"team1": 1000, "team2": 1000}
ITEMS = {"Sticker": 10, "Mug": 69, "T-shirt": 200, "Cap": 100, "Tote bag": 100}

# What can be subscribed to, by platform: the document's own, and its sibling.
PRODUCTS = {
    "ios": ("5817429e-06a0-4507-9800-e7494b0dc511", "video"),
    "android": ("c5a0d9b4-7f1e-4f0b-9a3c-2f6c1f0d7e85", "video"),
}

Piece = Callable[[context_.Context], Awaitable[None]]


class Hashed:
    """One password's hash, made before: hashing takes longer than a transaction may be left waiting."""

    def __init__(self, password_hash: str) -> None:
        self._hash = password_hash

    async def hash(self, password: str) -> str:
        """The hash, whatever is asked."""
        return self._hash

    async def prepare(self) -> None:
        """Nobody is checked."""

    async def check(self, password: str, password_hash: str | None) -> bool:
        """Nobody is checked."""
        return False


def pieces() -> dict[str, Piece]:
    """Everything, by the name under which it is remembered, in the order in which it is put in."""
    return {
        **{f"community {name}": partial(_found, name=name) for name in (KAGA, SHIBUYA)},
        **{f"account {row[0]}": partial(_come, row=row) for row in MEMBERS},
        **{f"account {row[0]}": partial(_register, row=row) for row in OTHERS},
        **{f"item {name}": partial(_put_up, name=name, price=price) for name, price in ITEMS.items()},
        **{f"product {platform}": partial(_offer, platform=platform) for platform in PRODUCTS},
    }


async def put(context: context_.Context) -> int:
    """Puts in what was never put in; answers how many pieces that were."""
    everything = pieces()
    missing = [name for name in everything if not await audit_rows.find_act(context.database, ACT, name=name)]
    if not missing:
        return 0
    prepared = dataclasses.replace(context, hasher=Hashed(await context.hasher.hash(PASSWORD)))
    return sum([await _put(prepared, name, everything[name]) for name in missing])


async def _put(context: context_.Context, name: str, act: Piece) -> bool:
    try:
        async with context.database.transaction():
            await act(context)
            await audit.note(context, audit.COMMAND_LINE, ACT, name=name)
    except (refusals.UsernameTaken, refusals.EmailTaken, refusals.Invalid, refusals.UnknownCommunity):
        # People have something of this name already, or somebody puts it in at this moment: that stays as it is.
        return False
    return True


async def _found(context: context_.Context, *, name: str) -> None:
    await communities.found(context, audit.COMMAND_LINE, name)


async def _come(context: context_.Context, *, row: Member) -> None:
    username, first_name, last_name, description, location, community, units = row
    joined = await community_rows.find_by_name(context.database, community)
    if joined is None:
        raise refusals.UnknownCommunity
    profile = accounts.Profile(first_name=first_name, last_name=last_name, description=description, location=location)
    newcomer = accounts.Newcomer(
        username=username, email=None, password=PASSWORD, profile=profile, community_id=joined.id
    )
    member = await accounts.register(context, audit.COMMAND_LINE, newcomer, is_confirmed=True)
    if username == "coordinator":
        await operators.promote_coordinator(context, audit.COMMAND_LINE, username)
    await ledger.mint(context, audit.COMMAND_LINE, member, units=units, description="demo data")
    if username in ADS:
        kind, title, text, points, place = ADS[username]
        await ads.publish(context, member, type=kind, title=title, description=text, points=points, location=place)


async def _register(context: context_.Context, *, row: Other) -> None:
    username, first_name, last_name, email = row
    profile = accounts.Profile(first_name=first_name, last_name=last_name)
    newcomer = accounts.Newcomer(username=username, email=email, password=PASSWORD, profile=profile)
    made = await accounts.register(context, audit.COMMAND_LINE, newcomer, is_confirmed=True)
    if username == "operator":
        await operators.promote_operator(context, audit.COMMAND_LINE, username)
    if username in CREDITS:
        units = CREDITS[username]
        await ledger.issue_credits(context, audit.COMMAND_LINE, made.id, units=units, description="demo data")


async def _put_up(context: context_.Context, *, name: str, price: int) -> None:
    await items.put_up(context, audit.COMMAND_LINE, name=name, price=price)


async def _offer(context: context_.Context, *, platform: str) -> None:
    product_id, product_type = PRODUCTS[platform]
    await products.offer(context, platform=platform, product_type=product_type, product_id=product_id)
