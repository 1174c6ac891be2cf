"""Demo data: two towns with a few people, so that there is something to look at. Source: contract, 10, Demo data.

Each piece is put in once in the life of a database, and its audit entry remembers that: running this again brings back
nothing that people changed or removed since.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from handlers.core import accounts, ads, audit, communities, ledger, operators, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import audit as audit_rows
from storage import communities as community_rows

PASSWORD = "Hiroba-demo-1!"
ACT = "demo data put"
KAGA = "Kaga city"
SHIBUYA = "Shibuya People"

# Username, first and last name, what they say of themselves, where, community, tokens in hundredths.
MEMBERS = (
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
OTHERS = (
    ("operator", "Hiroba", "Operator", "operator@hiroba.example"),
    ("team1", "Team", "One", None),
    ("team2", "Team", "Two", None),
    ("trader", "Hiroba", "Trader", "trader@hiroba.example"),
)
# Author, type, title, description, points in hundredths of a token, location.
ADS = (
    ("haruto", ads.GIVE, "House cleaning", "Vacuum cleaning", 129_901, "Kaga city"),
    ("haru", ads.WANT, "Need soya", "Bring me lot of soya!", 2_000, "Tokyo"),
    ("riku", ads.GIVE, "Moving house", "I have a small truck and two strong arms.", 30_000, "Kaga"),
)


async def put(context: context_.Context) -> int:
    """Puts in what was never put in; answers how many pieces that were."""
    pieces: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        *((f"community {name}", partial(_community, context, name)) for name in (KAGA, SHIBUYA)),
        *((f"account {row[0]}", partial(_member, context, *row)) for row in MEMBERS),
        *((f"account {row[0]}", partial(_other, context, *row)) for row in OTHERS),
        *((f"ad {row[2]}", partial(_ad, context, *row)) for row in ADS),
    ]
    return sum([await _once(context, name, act) for name, act in pieces])


async def _once(context: context_.Context, name: str, act: Callable[[], Awaitable[None]]) -> bool:
    if await audit_rows.find_act(context.database, ACT, name=name):
        return False
    try:
        async with context.database.transaction():
            await act()
            await audit.note(context, audit.COMMAND_LINE, ACT, name=name)
    except (refusals.UsernameTaken, refusals.EmailTaken, refusals.Invalid, refusals.NotEntitled):
        # People have something of this name already, or removed what it belongs to: theirs stays as it is.
        return False
    return True


async def _community(context: context_.Context, name: str) -> None:
    await communities.found(context, audit.COMMAND_LINE, name)


async def _register(
    context: context_.Context,
    username: str,
    profile: accounts.Profile,
    *,
    email: str | None = None,
    community_id: int | None = None,
) -> None:
    newcomer = accounts.Newcomer(
        username=username, email=email, password=PASSWORD, profile=profile, community_id=community_id
    )
    await accounts.register(context, audit.COMMAND_LINE, newcomer, is_confirmed=True)


async def _member(
    context: context_.Context,
    username: str,
    first_name: str,
    last_name: str,
    description: str,
    location: str,
    community: str,
    units: int,
) -> None:
    joined = await community_rows.find_by_name(context.database, community)
    if joined is None:
        raise refusals.NotEntitled
    profile = accounts.Profile(
        first_name=first_name, last_name=last_name, description=description, location=location
    )
    await _register(context, username, profile, community_id=joined.id)
    if username == "coordinator":
        await operators.promote_coordinator(context, audit.COMMAND_LINE, username)
    member = await operators.find(context, username)
    await ledger.mint(context, audit.COMMAND_LINE, member, units=units, description="demo data")


async def _other(
    context: context_.Context, username: str, first_name: str, last_name: str, email: str | None
) -> None:
    await _register(context, username, accounts.Profile(first_name=first_name, last_name=last_name), email=email)
    if username == "operator":
        await operators.promote_operator(context, audit.COMMAND_LINE, username)


async def _ad(
    context: context_.Context, username: str, type: str, title: str, description: str, points: int, location: str
) -> None:
    author = await account_rows.find_by_login(context.database, username)
    if author is None:
        raise refusals.NotEntitled
    await ads.publish(
        context, author, type=type, title=title, description=description, points=points, location=location
    )
