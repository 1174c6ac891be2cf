"""What the allowances API answers: an envelope of a status and a body, whatever is in it."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from handlers.core import claims, ledger, names
from handlers.rest import amounts, writing
from storage import orders as order_rows
from storage import traders as trader_rows

EMISSIONS_DECIMALS = 6


class Said(msgspec.Struct, rename="camel", kw_only=True):
    """A sentence; or, of orders, a text that holds a JSON list of `[transaction_id, value, time, status]`."""

    status_code: int = 200
    body: str


class Moved(msgspec.Struct, rename={"status_code": "statusCode"}, kw_only=True):
    """What became of an order. `transaction_id` is null where a preview would have made it."""

    status_code: int = 200
    body: str
    transaction_id: int | None


class Tokens(msgspec.Struct, rename="pascal", omit_defaults=True):
    """At a refresh the refresh token is left out: it stays the one that there is."""

    access_token: str
    id_token: str
    refresh_token: str | None = None


class SignedIn(msgspec.Struct, rename="camel", kw_only=True):
    """The tokens of a session."""

    status_code: int = 200
    body: Tokens


class User(msgspec.Struct):
    """A trader. Balance and emissions have up to 6 decimals; what the account lacks is null."""

    name: str
    email: str | None
    organization: str | None
    balance: Decimal
    emissions: Decimal | None


class Profile(msgspec.Struct, rename="camel", kw_only=True):
    """A trader, in the envelope."""

    status_code: int = 200
    body: User


def signed_in(issued: claims.Issued, *, is_encoded: bool) -> SignedIn | str:
    """The tokens; encoded, the whole answer is a text that holds it as JSON. Source: contract, 7, encoded_login."""
    answer = SignedIn(body=Tokens(issued.access_token, issued.id_token, issued.refresh_token))
    return writing.encoded(answer).decode() if is_encoded else answer


def profile(trader: trader_rows.Trader, balance: int) -> Profile:
    """A trader with what there is in the wallet, in millionths."""
    emissions = None
    if trader.emissions is not None:
        emissions = amounts.number(trader.emissions, decimals=EMISSIONS_DECIMALS)
    shown = amounts.number(balance, decimals=ledger.ALLOWANCE_DECIMALS)
    return Profile(body=User(names.first_last(trader), trader.email, trader.organization, shown, emissions))


def orders(rows: Sequence[order_rows.Order]) -> Said:
    """Orders as a text that holds a JSON list, in their order. Times are ISO 8601, UTC, milliseconds."""
    listed = [
        (
            row.id,
            amounts.number(row.units, decimals=ledger.ALLOWANCE_DECIMALS),
            writing.moment(row.created_at),
            row.state,
        )
        for row in rows
    ]
    return Said(body=writing.encoded(listed).decode())
