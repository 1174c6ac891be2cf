"""Payments between members of a community: held back at once, settled a moment later."""

from collections.abc import Sequence

from handlers.core import context as context_
from handlers.core import events, ledger, refusals
from storage import accounts as account_rows
from storage import payments as rows

DESCRIPTION_CHARACTERS_MAX = 10_000
REFUSED: dict[str, type[refusals.Refusal]] = {
    "unknown beneficiary": refusals.UnknownRecipient,
    "unknown ad": refusals.UnknownAd,
    "not payable": refusals.NotPayable,
    "other beneficiary": refusals.OtherBeneficiary,
    "not enough funds": refusals.NotEnoughFunds,
}
"""What the ledger answers, with what it means, in the order in which it looks."""


def require_description(description: str) -> None:
    """The first of the checks, before the amount is looked at. Refuses: Invalid (blank or too long)."""
    if not description.strip():
        raise refusals.Invalid("description", "is not blank")
    if len(description) > DESCRIPTION_CHARACTERS_MAX:
        raise refusals.Invalid("description", f"has at most {DESCRIPTION_CHARACTERS_MAX} characters")


async def pay(
    context: context_.Context,
    remitter: account_rows.Account,
    *,
    beneficiary_id: int,
    ad_id: int | None,
    units: int,
    description: str,
) -> int:
    """Pays another member of one's community, perhaps for an ad; answers the transaction's id.

    It is pending until the settlement ends it. *Units*: hundredths of a token.
    *Refuses*, in this order: Invalid (blank description, not above zero or too much), WithYourself, NoCommunity,
    UnknownRecipient, UnknownAd, NotPayable, OtherBeneficiary, NotEnoughFunds.
    *Announces*: the transaction, to both. *Locks*: the payer's wallet. *Source*: contract, 3, `POST /transactions`.
    """
    require_description(description)
    ledger.require_units(units)
    if beneficiary_id == remitter.id:
        raise refusals.WithYourself
    if remitter.community_id is None:
        raise refusals.NoCommunity
    posted = await rows.pay(
        context.database,
        account_id=remitter.id,
        beneficiary_id=beneficiary_id,
        ad_id=ad_id,
        units=units,
        description=description,
        now=context.clock.now(),
    )
    if posted.posting_id is None:
        raise REFUSED[posted.outcome]
    events.announce(context)
    context.database.after_commit(context.settling.wake)
    return posted.posting_id


async def transactions(
    context: context_.Context, account: account_rows.Account, *, start_id: int | None = None, most: int
) -> list[rows.Transaction]:
    """What one paid and was paid, newest first, going on after the transaction `start_id`."""
    return await rows.list_by_account(context.database, account_id=account.id, start_id=start_id, most=most)


async def find_many(context: context_.Context, transaction_ids: Sequence[int]) -> dict[int, rows.Transaction]:
    """The transactions of these ids."""
    found = await rows.find_many(context.database, transaction_ids)
    return {one.id: one for one in found}
