"""What `/operator/api` answers."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from handlers.core import ledger, names
from handlers.rest import amounts, writing
from storage import accounts as account_rows
from storage import audit as audit_rows
from storage import ledger as ledger_rows
from storage import orders as order_rows
from storage import sessions as session_rows


class Output(msgspec.Struct, rename="camel", kw_only=True):
    """Names as JSON has them."""


class Account(Output):
    """An account as operators see it."""

    id: int
    username: str | None
    email: str | None
    full_name: str
    community_id: int | None
    confirmed: bool
    is_coordinator: bool
    is_operator: bool
    created_at: str
    disabled_at: str | None


class Accounts(Output):
    """Accounts in the order of their ids."""

    accounts: list[Account]


class Session(Output):
    """One sign-in of one browser or phone."""

    id: int
    api: str
    created_at: str
    last_seen_at: str
    user_agent: str
    address: str


class Sessions(Output):
    """Where somebody is signed in, oldest first."""

    sessions: list[Session]


class SignedOut(Output):
    """How many sessions ended."""

    sessions: int


class Community(Output):
    """A community that was made."""

    id: int
    name: str


class Minted(Output):
    """What was made, and in whose wallet."""

    account_id: int
    amount: Decimal


class Item(Output):
    """What can be bought in the shop. The price is whole credits."""

    id: int
    name: str
    price: int


class Order(Output):
    """An order of allowances, and where it has come to."""

    id: int
    account_id: int
    state: str
    amount: Decimal


class Approval(Output):
    """What an address that was let in has done itself."""

    email: str
    asked: bool
    confirmed: bool


class Fault(Output):
    """The first row of the books that does not fit."""

    noun: str
    row_id: str
    reason: str


class Verdict(Output):
    """Whether the books are sound."""

    sound: bool
    fault: Fault | None


class Line(Output):
    """One line of a wallet: what it was changed by, and what it held then. `id` is the posting's."""

    id: int
    wallet: int
    place: int
    at: str
    asset: str
    reason: str
    description: str
    amount: Decimal
    balance: Decimal


class Statement(Output):
    """The lines of an account's wallets, each wallet's in their order."""

    entries: list[Line]


class Entry(Output):
    """One act of the audit."""

    id: int
    at: str
    act: str
    actor: str
    actor_id: int | None
    account_id: int | None
    api: str | None
    address: str | None
    details: dict[str, Any]


class Entries(Output):
    """Acts, oldest first."""

    entries: list[Entry]


def account(row: account_rows.Account) -> Account:
    """An account."""
    return Account(
        id=row.id,
        username=row.username,
        email=row.email,
        full_name=names.first_last(row),
        community_id=row.community_id,
        confirmed=row.confirmed_at is not None,
        is_coordinator=row.is_coordinator,
        is_operator=row.is_operator,
        created_at=writing.moment(row.created_at),
        disabled_at=None if row.disabled_at is None else writing.moment(row.disabled_at),
    )


def session(row: session_rows.SessionRow) -> Session:
    """One sign-in."""
    return Session(
        id=row.id,
        api=row.api,
        created_at=writing.moment(row.created_at),
        last_seen_at=writing.moment(row.last_seen_at),
        user_agent=row.user_agent,
        address=row.address,
    )


def entry(row: audit_rows.Entry) -> Entry:
    """One act."""
    return Entry(
        id=row.id,
        at=writing.moment(row.at),
        act=row.act,
        actor=row.actor,
        actor_id=row.actor_id,
        account_id=row.account_id,
        api=row.api,
        address=row.address,
        details=msgspec.json.decode(row.details),
    )


def order(row: order_rows.Order) -> Order:
    """An order."""
    amount = amounts.number(row.units, decimals=ledger.ALLOWANCE_DECIMALS)
    return Order(id=row.id, account_id=row.account_id, state=row.state, amount=amount)


def verdict(fault: ledger_rows.Fault | None) -> Verdict:
    """Whether the books are sound."""
    found = None if fault is None else Fault(noun=fault.noun, row_id=fault.row_id, reason=fault.reason)
    return Verdict(sound=fault is None, fault=found)


def line(row: ledger_rows.Entry) -> Line:
    """One line of a wallet."""
    return Line(
        id=row.posting_id,
        wallet=row.wallet_id,
        place=row.place,
        at=writing.moment(row.settled_at or row.at),
        asset=row.asset,
        reason=row.reason,
        description=row.description,
        amount=amounts.number(row.amount, decimals=row.decimals),
        balance=amounts.number(row.balance, decimals=row.decimals),
    )


def accounts(rows: Iterable[account_rows.Account]) -> Accounts:
    """Accounts."""
    return Accounts(accounts=[account(row) for row in rows])


def sessions(rows: Iterable[session_rows.SessionRow]) -> Sessions:
    """Where somebody is signed in."""
    return Sessions(sessions=[session(row) for row in rows])
