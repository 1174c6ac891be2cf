"""What an account tells of itself to those who trade allowances with it."""

from handlers.core import context as context_
from handlers.core import names, refusals
from storage import accounts as account_rows
from storage import traders as rows

NAME_CHARACTERS_MAX = 200


async def find(context: context_.Context, account: account_rows.Account) -> rows.Trader:
    """The account as a trader. Refuses: NotSignedIn (the account is gone)."""
    trader = await rows.find(context.database, account.id)
    if trader is None or trader.deleted_at is not None:
        raise refusals.NotSignedIn
    return trader


async def revise(
    context: context_.Context,
    account: account_rows.Account,
    *,
    name: str | None,
    organization: str | None,
    emissions: int | None,
) -> None:
    """Changes what is not None; a blank organization is none from then on. Units: millionths.

    Refuses: Invalid, NotSignedIn (the account is gone).
    """
    first_name = last_name = None
    if name is not None:
        first_name, last_name = split_name(name)
    changed = await rows.update(
        context.database,
        account.id,
        first_name=first_name,
        last_name=last_name,
        organization=None if organization is None else organization.strip(),
        emissions=emissions,
        now=context.clock.now(),
    )
    if not changed:
        raise refusals.NotSignedIn


def split_name(name: str) -> tuple[str, str | None]:
    """First and last name, at the last space. Refuses: Invalid (blank, or too long)."""
    first_name, last_name = names.split(name)
    if not 1 <= len(name.strip()) <= NAME_CHARACTERS_MAX:
        raise refusals.Invalid("name", f"has 1 to {NAME_CHARACTERS_MAX} characters")
    return first_name, last_name
