"""Money. Amounts are whole minor units; every act is one posting whose entries sum to zero.

Payments between members of a community are in `payments`; here is what is settled at once, and the books.
"""

from collections import deque
from collections.abc import AsyncIterator

from handlers.core import audit, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import communities as community_rows
from storage import ledger as rows

# Of every community's token, of the shop's credits, of carbon allowances.
TOKEN_DECIMALS = 2
CREDIT_DECIMALS = 0
ALLOWANCE_DECIMALS = 6
# What a JSON number holds exactly in every client.
UNITS_MAX = 2**53
# Proving the books reads all that there is.
VERIFY_SECONDS_MAX = 3600.0
ENTRIES_PAGE = 1000


def require_units(units: int) -> None:
    """Refuses: Invalid (not above zero, or too many)."""
    if not 0 < units <= UNITS_MAX:
        raise refusals.Invalid("amount", "is above zero" if units <= 0 else "is too large")


async def mint(
    context: context_.Context, visit: audit.Visit, account: account_rows.Account, *, units: int, description: str
) -> None:
    """Makes tokens of the account's community in its wallet. Units: hundredths of a token.

    Locks: the issuance's wallet and the account's. Refuses: Invalid (not above zero, or too many), NoCommunity.
    """
    require_units(units)
    if account.community_id is None:
        raise refusals.NoCommunity
    async with context.database.transaction():
        outcome = await rows.mint_token(
            context.database,
            account_id=account.id,
            community_id=account.community_id,
            units=units,
            description=description,
            now=context.clock.now(),
        )
        if outcome == "too much":
            raise refusals.Invalid("amount", "is too large")
        if outcome != "minted":
            raise refusals.NoCommunity
        await audit.note(context, visit, "tokens minted", account_id=account.id, units=units)


async def mint_to_coordinator(
    context: context_.Context, visit: audit.Visit, community_id: int, *, units: int, description: str
) -> account_rows.Account:
    """Makes tokens in the wallet of the community's coordinator. Units: hundredths of a token.

    Locks: as `mint`. Refuses: NotEntitled when there is none, as `mint`.
    """
    async with context.database.transaction():
        coordinator_id = await community_rows.find_coordinator(context.database, community_id)
        coordinator = None
        if coordinator_id is not None:
            coordinator = await account_rows.find_by_id(context.database, coordinator_id)
        if coordinator is None:
            raise refusals.NotEntitled
        await mint(context, visit, coordinator, units=units, description=description)
    return coordinator


async def issue_credits(
    context: context_.Context, visit: audit.Visit, account_id: int, *, units: int, description: str
) -> int:
    """Makes credits in an account's wallet; answers the posting's id. Units: whole credits.

    Locks: the issuance's wallet and the account's. Refuses: Invalid (not above zero, or too many), NotEntitled (no such
    account).
    """
    require_units(units)
    async with context.database.transaction():
        posted = await rows.issue(
            context.database,
            kind="credit",
            account_id=account_id,
            units=units,
            reason="credit",
            description=description,
            now=context.clock.now(),
        )
        posting_id = _require_posted(posted, unknown=refusals.NotEntitled)
        await audit.note(context, visit, "credits issued", account_id=account_id, units=units)
    return posting_id


async def issue_allowances(context: context_.Context, account_id: int, *, units: int, description: str) -> int:
    """Makes allowances in an account's wallet, in the transaction of what they are for. Units: millionths.

    Locks: the issuance's wallet and the account's. Refuses: Invalid (too many), NotEntitled (no such account).
    """
    posted = await rows.issue(
        context.database,
        kind="allowance",
        account_id=account_id,
        units=units,
        reason="order",
        description=description,
        now=context.clock.now(),
    )
    return _require_posted(posted, unknown=refusals.NotEntitled)


async def transfer_credits(
    context: context_.Context, account: account_rows.Account, *, recipient_id: int, units: int, description: str
) -> int:
    """Moves credits to another account at once; answers the posting's id. Units: whole credits.

    Locks: both wallets. Refuses: Invalid (not above zero, or too many), WithYourself, UnknownRecipient, NotEnoughFunds.
    """
    require_units(units)
    if recipient_id == account.id:
        raise refusals.WithYourself
    posted = await rows.transfer(
        context.database,
        kind="credit",
        account_id=account.id,
        recipient_id=recipient_id,
        units=units,
        description=description,
        now=context.clock.now(),
    )
    return _require_posted(posted, unknown=refusals.UnknownRecipient)


async def spend_credits(
    context: context_.Context, account: account_rows.Account, *, units: int, description: str
) -> int:
    """Takes credits for something that was bought; answers the posting's id. Units: whole credits.

    Locks: the account's wallet and that of sales. Refuses: NotEnoughFunds.
    """
    posted = await rows.spend(
        context.database,
        kind="credit",
        account_id=account.id,
        units=units,
        description=description,
        now=context.clock.now(),
    )
    return _require_posted(posted, unknown=refusals.NotEntitled)


def _require_posted(posted: rows.Posted, *, unknown: type[refusals.Refusal]) -> int:
    if posted.outcome == "not enough funds":
        raise refusals.NotEnoughFunds
    if posted.outcome == "too much":
        raise refusals.Invalid("amount", "is too large")
    if posted.posting_id is None:
        raise unknown
    return posted.posting_id


async def available(context: context_.Context, account_id: int, kind: rows.Kind) -> int:
    """What the account can spend of credits or allowances, in minor units."""
    return await rows.find_available(context.database, kind=kind, account_id=account_id)


async def movements(
    context: context_.Context, account_id: int, kind: rows.AnyKind, *, start_id: int | None = None, most: int
) -> list[rows.Movement]:
    """What came into an account's wallet and went out of it, newest first, going on after the posting `start_id`."""
    return await rows.list_movements(context.database, kind=kind, account_id=account_id, start_id=start_id, most=most)


async def statement(
    context: context_.Context, account_id: int, *, after: tuple[int, int] = (0, 0), most: int = ENTRIES_PAGE
) -> list[rows.Entry]:
    """The lines of all wallets of an account, each wallet's in their order, after one (its wallet and place)."""
    return await rows.list_entries(context.database, account_id=account_id, after=after, most=most)


async def entries(context: context_.Context, account_id: int) -> AsyncIterator[rows.Entry]:
    """All lines of a statement, read page by page."""
    after = (0, 0)
    while page := await statement(context, account_id, after=after):
        for entry in page:
            yield entry
        after = (page[-1].wallet_id, page[-1].place)


async def part_of_statement(
    context: context_.Context, account_id: int, *, after: int | None, before: int | None, most: int
) -> list[rows.Entry]:
    """Lines of a statement, in its order: those that follow a posting's, or the nearest that precede one's."""
    nearest: deque[rows.Entry] = deque(maxlen=most)
    is_reached = after is None
    async for entry in entries(context, account_id):
        if before is not None and entry.posting_id == before:
            return list(nearest)
        if is_reached:
            nearest.append(entry)
        is_reached = is_reached or entry.posting_id == after
        if before is None and len(nearest) == most:
            break
    return list(nearest) if before is None else []


async def verify(context: context_.Context) -> rows.Fault | None:
    """Computes every balance and every chain anew; answers the first row that does not fit."""
    return await rows.verify(context.database, timeout_seconds=VERIFY_SECONDS_MAX)
