"""What the shop answers: records in its document's form. Amounts are whole credits."""

import msgspec

from handlers.rest import writing
from storage import items, ledger

# The other side of what is bought, and of credits that were issued.
SHOP_ID = 0


class Done(msgspec.Struct):
    """It was done."""

    success: str


class SignedIn(msgspec.Struct):
    """Whose session it is, the account's id as text. What stands below is there when the token was made here."""

    success: str
    token: str | msgspec.UnsetType = msgspec.UNSET
    team_id: int | msgspec.UnsetType = msgspec.UNSET


class Balance(msgspec.Struct):
    """What can be spent."""

    balance: int


class Paid(msgspec.Struct):
    """A transaction's `uuid`; null in a preview."""

    transaction_id: int | None


class Transaction(msgspec.Struct):
    """Credits that went from one account to another, or to the shop or from it (0). `time` is RFC 1123, GMT."""

    uuid: int
    time: str
    src: int
    dst: int
    desc: str
    amount: int


class Transactions(msgspec.Struct):
    """Newest first."""

    transactions: list[Transaction]


class Item(msgspec.Struct):
    """Something to be bought."""

    uuid: int
    name: str
    price: int


class Items(msgspec.Struct):
    """All there is."""

    items: list[Item]


def transaction(movement: ledger.Movement) -> Transaction:
    """A movement of credits."""
    return Transaction(
        movement.posting_id,
        writing.gmt(movement.at),
        movement.from_account_id or SHOP_ID,
        movement.to_account_id or SHOP_ID,
        movement.description,
        movement.units,
    )


def item(found: items.Item) -> Item:
    """An item."""
    return Item(found.id, found.name, found.price)
