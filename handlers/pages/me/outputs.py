"""What `/me` answers: records as JSON. What somebody has not is null; no secret is in any of it."""

from collections.abc import Iterable

import msgspec

from handlers.core import names
from handlers.rest import writing
from storage import accounts as account_rows
from storage import communities as community_rows
from storage import sessions as session_rows


class Output(msgspec.Struct, rename="camel", kw_only=True):
    """Names as JSON has them."""


class Community(Output):
    """A community by its name."""

    id: int
    name: str


class Profile(Output):
    """Who somebody is, as they see it themselves."""

    id: int
    username: str | None
    email: str | None
    confirmed: bool
    full_name: str
    first_name: str | None
    last_name: str | None
    description: str | None
    location: str | None
    avatar_url: str | None
    community: Community | None
    is_coordinator: bool
    is_operator: bool
    created_at: str


class Session(Output):
    """One sign-in of one browser or phone. `current` is the one that asks."""

    id: int
    api: str
    created_at: str
    last_seen_at: str
    user_agent: str
    address: str
    current: bool


class Sessions(Output):
    """Where somebody is signed in, oldest first."""

    sessions: list[Session]


def profile(account: account_rows.Account, community: community_rows.Community | None) -> Profile:
    """Who somebody is."""
    return Profile(
        id=account.id,
        username=account.username,
        email=account.email,
        confirmed=account.confirmed_at is not None,
        full_name=names.first_last(account),
        first_name=account.first_name,
        last_name=account.last_name,
        description=account.description,
        location=account.location,
        avatar_url=account.avatar,
        community=None if community is None else Community(id=community.id, name=community.name),
        is_coordinator=account.is_coordinator,
        is_operator=account.is_operator,
        created_at=writing.moment(account.created_at),
    )


def session(row: session_rows.SessionRow, current_id: int) -> Session:
    """One sign-in."""
    return Session(
        id=row.id,
        api=row.api,
        created_at=writing.moment(row.created_at),
        last_seen_at=writing.moment(row.last_seen_at),
        user_agent=row.user_agent,
        address=row.address,
        current=row.id == current_id,
    )


def sessions(rows: Iterable[session_rows.SessionRow], current_id: int) -> Sessions:
    """Where somebody is signed in."""
    return Sessions(sessions=[session(row, current_id) for row in rows])
