"""What a phone is told while its owner looks elsewhere. The wording lives here alone: live tells it, pushes carry it.

Source: contract, 3. Nobody is noticed of what they did themselves: of a message all who are due it but its author, of a
payment that was completed its beneficiary alone.
"""

import msgspec

from handlers.core import ledger, names

NEW_MESSAGE = "new_message"
TRANSACTION = "transaction"


class Notice(msgspec.Struct, frozen=True):
    """What is shown, and for the application what it is about. All of `data` are strings: pushes carry no others."""

    title: str
    body: str
    data: dict[str, str]


def of_message(author: names.Named, text: str, *, thread_id: int, thread_title: str | None) -> Notice:
    """Somebody said something. Under the thread's title, or the author's name where it has none."""
    name = names.last_first(author)
    return Notice(
        title=thread_title or name,
        body=f"{name}:\n\n{text}",
        data={"type": NEW_MESSAGE, "threadId": str(thread_id)},
    )


def of_payment(
    remitter: names.Named, *, units: int, description: str, transaction_id: int, community_name: str
) -> Notice:
    """Somebody's payment was completed. *Units*: hundredths of a token; shown with both decimals, always."""
    whole, part = divmod(units, 10**ledger.TOKEN_DECIMALS)
    return Notice(
        title=community_name,
        body=f"{names.last_first(remitter)}\n+{whole}.{part:0{ledger.TOKEN_DECIMALS}d} {description}",
        data={"type": TRANSACTION, "transactionId": str(transaction_id)},
    )
