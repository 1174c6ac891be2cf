"""Money. Amounts are whole minor units; every act is one posting whose entries sum to zero."""

from handlers.core import audit, refusals
from handlers.core import context as context_
from storage import accounts as account_rows
from storage import communities as community_rows
from storage import ledger as rows

# Of every community's token.
TOKEN_DECIMALS = 2
# What a JSON number holds exactly in every client.
UNITS_MAX = 2**53


async def mint(
    context: context_.Context, visit: audit.Visit, account: account_rows.Account, *, units: int, description: str
) -> None:
    """Makes tokens of the account's community in its wallet. Units: hundredths of a token.

    Locks: the issuance's wallet and the account's. Refuses: Invalid (not above zero, or too many), NoCommunity.
    """
    if not 0 < units <= UNITS_MAX:
        raise refusals.Invalid("amount", "is above zero")
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
        if outcome != "minted":
            raise refusals.NoCommunity
        await audit.note(context, visit, "tokens minted", account_id=account.id, units=units)


async def mint_to_coordinator(
    context: context_.Context, visit: audit.Visit, community_id: int, *, units: int, description: str
) -> account_rows.Account:
    """Makes tokens in the wallet of the community's coordinator. Refuses: NotEntitled when there is none, as `mint`."""
    async with context.database.transaction():
        coordinator_id = await community_rows.find_coordinator(context.database, community_id)
        coordinator = None
        if coordinator_id is not None:
            coordinator = await account_rows.find_by_id(context.database, coordinator_id)
        if coordinator is None:
            raise refusals.NotEntitled
        await mint(context, visit, coordinator, units=units, description=description)
    return coordinator
