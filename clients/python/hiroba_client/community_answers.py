"""What community answers. Times are aware, amounts are Decimals. Source: the document of the community API."""

from datetime import datetime
from decimal import Decimal

import msgspec


class Answer(msgspec.Struct, rename="camel"):
    """What the server leaves out is None. What it has that is not here is not looked at."""


class Community(Answer, kw_only=True):
    """A community by its name."""

    id: int
    name: str


class User(Answer, kw_only=True):
    """What others see of a member."""

    id: int
    full_name: str
    description: str | None = None
    location: str | None = None
    avatar_url: str | None = None


class Member(User, kw_only=True):
    """A member; the last four fields are there for oneself and for the coordinator only."""

    admin: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    balance: Decimal | None = None


class Self(User, kw_only=True):
    """Oneself. `balance` is in tokens."""

    admin: bool
    first_name: str | None = None
    last_name: str | None = None
    balance: Decimal


class Ad(Answer, kw_only=True):
    """An ad as its reader sees it. `type` is WANT or GIVE, `points` are tokens."""

    id: int
    created_by: User
    title: str
    description: str
    points: Decimal
    location: str | None = None
    own: bool
    payable: bool
    created_at: datetime
    photo_url: str | None = None
    type: str


class Message(Answer, kw_only=True):
    """What somebody said; `created_by` is their id."""

    id: int
    created_at: datetime
    created_by: int
    text: str


class Thread(Answer, kw_only=True):
    """A thread as its reader sees it. A private one without an ad has no title."""

    id: int
    ad: Ad | None = None
    title: str | None = None
    parties: list[User]
    creator: User
    counter_party: User | None = None
    last_message: Message | None = None
    unread: bool
    group: bool
    created_at: datetime


class UnreadCount(Answer, kw_only=True):
    """In how many threads there is something unread."""

    count: int


class Transaction(Answer, kw_only=True):
    """A payment. `debit`: it is one's own; `state` is pending, completed or failed."""

    id: int
    state: str
    remitter: User
    beneficiary: User
    amount: Decimal
    description: str
    created_at: datetime
    completed: bool
    debit: bool


class Refusal(Answer, kw_only=True):
    """Why not."""

    key: str = ""
    message: str = ""
