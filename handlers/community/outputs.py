"""What community answers: records in its document's form. Null fields are left out, booleans never are."""

from decimal import Decimal

import msgspec

from handlers.core import ads, ledger, names
from handlers.rest import amounts, writing
from storage import accounts as account_rows
from storage import ads as ad_rows
from storage import messages as message_rows
from storage import payments as payment_rows
from storage import threads as thread_rows


class Output(msgspec.Struct, rename="camel", omit_defaults=True):
    """None is a default, and defaults are left out; what is always there has no default."""


class Community(Output, kw_only=True):
    """A community by its name."""

    id: int
    name: str


class User(Output, kw_only=True):
    """What others see of a member."""

    id: int
    full_name: str
    description: str | None = None
    location: str | None = None
    avatar_url: str | None = None


class OwnUser(Output, kw_only=True):
    """What oneself and the coordinator see. `balance` is a number with up to 2 decimals."""

    id: int
    admin: bool
    full_name: str
    first_name: str | None = None
    last_name: str | None = None
    description: str | None = None
    balance: Decimal
    location: str | None = None
    avatar_url: str | None = None


class Ad(Output, kw_only=True):
    """An ad as this viewer sees it. `points` is a number with up to 2 decimals."""

    id: int
    created_by: User
    title: str
    description: str
    points: Decimal
    location: str | None = None
    own: bool
    payable: bool
    created_at: str
    photo_url: str | None = None
    type: str


class Message(Output, kw_only=True):
    """What somebody said; `created_by` is their id."""

    id: int
    created_at: str
    created_by: int
    text: str


class Thread(Output, kw_only=True):
    """A thread as this viewer sees it. A private one without an ad has no title."""

    id: int
    ad: Ad | None = None
    title: str | None = None
    parties: list[User]
    creator: User
    counter_party: User | None = None
    last_message: Message | None = None
    unread: bool
    group: bool
    created_at: str


class Transaction(Output, kw_only=True):
    """A payment as one of its two sees it. `amount` is a number with up to 2 decimals.

    `id` and `state` ("pending", "completed", "failed") are beyond the document. Source: contract, 3.
    """

    id: int
    remitter: User
    beneficiary: User
    amount: Decimal
    description: str
    created_at: str
    completed: bool
    debit: bool
    state: str


class UnreadCount(Output, kw_only=True):
    """In how many threads there is something unread."""

    count: int


def user(person: account_rows.Account | account_rows.Person) -> User:
    """What others see of a member."""
    return User(
        id=person.id,
        full_name=names.last_first(person),
        description=person.description,
        location=person.location,
        avatar_url=person.avatar,
    )


def own_user(account: account_rows.Account) -> OwnUser:
    """What oneself and the coordinator see."""
    return OwnUser(
        id=account.id,
        admin=account.is_coordinator,
        full_name=names.last_first(account),
        first_name=account.first_name,
        last_name=account.last_name,
        description=account.description,
        balance=amounts.number(account.balance, decimals=ledger.TOKEN_DECIMALS),
        location=account.location,
        avatar_url=account.avatar,
    )


def ad(row: ad_rows.Ad, viewer_id: int) -> Ad:
    """An ad as this viewer sees it."""
    return Ad(
        id=row.id,
        created_by=user(row.author),
        title=row.title,
        description=row.description,
        points=amounts.number(row.points, decimals=ledger.TOKEN_DECIMALS),
        location=row.location,
        own=row.author.id == viewer_id,
        payable=ads.payable_by(row, viewer_id),
        created_at=writing.moment(row.created_at),
        photo_url=row.photo,
        type=row.type,
    )


def message(row: message_rows.Message) -> Message:
    """What somebody said."""
    return Message(id=row.id, created_at=writing.moment(row.created_at), created_by=row.author_id, text=row.text)


def thread(row: thread_rows.Thread, viewer_id: int, *, like: Thread | None = None) -> Thread:
    """A thread as this viewer sees it. The counterparty is the first of creator and parties who is somebody else.

    `like` is the same thread at the same moment as another viewer sees it: its people are taken over.
    """
    creator = user(row.creator) if like is None else like.creator
    parties = [user(one) for one in row.parties] if like is None else like.parties
    return Thread(
        id=row.id,
        ad=None if row.ad is None else ad(row.ad, viewer_id),
        title=row.title,
        parties=parties,
        creator=creator,
        counter_party=next((one for one in (creator, *parties) if one.id != viewer_id), None),
        last_message=None if row.last_message is None else message(row.last_message),
        unread=row.unread_message_id is not None,
        group=row.is_group,
        created_at=writing.moment(row.created_at),
    )


def transaction(row: payment_rows.Transaction, viewer_id: int) -> Transaction:
    """A payment as one of its two sees it."""
    return Transaction(
        id=row.id,
        remitter=user(row.remitter),
        beneficiary=user(row.beneficiary),
        amount=amounts.number(row.units, decimals=ledger.TOKEN_DECIMALS),
        description=row.description,
        created_at=writing.moment(row.created_at),
        completed=row.state == "completed",
        debit=row.remitter.id == viewer_id,
        state=row.state,
    )
