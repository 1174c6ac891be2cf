"""Accounts: one row a person, for every API."""

from datetime import datetime

import msgspec

from storage import database as database_
from storage import patterns


class Account(msgspec.Struct, frozen=True):
    """A person. `balance` is what is available of the own community's token, in minor units.

    `avatar` is the address of the picture.
    """

    id: int
    username: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    description: str | None
    location: str | None
    avatar: str | None
    community_id: int | None
    is_coordinator: bool
    is_operator: bool
    confirmed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None
    deleted_at: datetime | None
    balance: int


class Person(msgspec.Struct, frozen=True):
    """What others are shown of an account. `avatar` is the address of the picture."""

    id: int
    username: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    description: str | None
    location: str | None
    avatar: str | None
    deleted_at: datetime | None


class Credentials(msgspec.Struct, frozen=True):
    """What a password is checked against."""

    id: int
    password_hash: str | None


class Taken(msgspec.Struct, frozen=True):
    """Which of two names belong to somebody already."""

    username: bool
    email: bool


async def find_by_id(database: database_.Database, account_id: int) -> Account | None:
    """The account of this id, deleted ones too."""
    return await database.maybe(Account, "accounts.find_by_id", account_id=account_id)


async def find_in_community(database: database_.Database, *, account_id: int, community_id: int) -> Account | None:
    """The account of this id if it belongs to this community, deleted ones too."""
    return await database.maybe(Account, "accounts.find_in_community", account_id=account_id, community_id=community_id)


async def find_by_login(database: database_.Database, login: str) -> Account | None:
    """The account with this e-mail (if it holds an "@") or else this username, in any case."""
    return await database.maybe(Account, "accounts.find_by_login", login=login)


async def find_credentials(database: database_.Database, login: str) -> Credentials | None:
    """What to check a sign-in with this e-mail or username against."""
    query = "accounts.find_credentials_by_email" if "@" in login else "accounts.find_credentials_by_username"
    return await database.maybe(Credentials, query, login=login)


async def find_taken(database: database_.Database, *, username: str | None, email: str | None) -> Taken:
    """Which of the two names are in use, in any case."""
    return await database.one(Taken, "accounts.find_taken", username=username, email=email)


async def lock(database: database_.Database, account_id: int) -> bool:
    """Holds the account's row until the transaction ends. False: there is no such account (any more)."""
    return await database.value("accounts.lock", account_id=account_id) is not None


async def list_accounts(
    database: database_.Database, *, after: int | None = None, before: int | None = None, most: int
) -> list[Account]:
    """All accounts but the deleted, in the order of their ids."""
    return await database.all(Account, "accounts.list", after=after, before=before, most=most)


async def search(
    database: database_.Database,
    *,
    community_id: int,
    but_id: int,
    text: str,
    most: int,
    after: int | None = None,
    before: int | None = None,
) -> list[Account]:
    """Members of the community whose first or last name holds the text, in any case; `but_id` is left out."""
    return await database.all(
        Account,
        "accounts.search",
        community_id=community_id,
        but_id=but_id,
        pattern=patterns.containing(text),
        most=most,
        after=after,
        before=before,
    )


async def insert(
    database: database_.Database,
    *,
    username: str | None,
    email: str | None,
    password_hash: str,
    first_name: str | None,
    last_name: str | None,
    description: str | None,
    location: str | None,
    community_id: int | None,
    confirmed_at: datetime | None,
    now: datetime,
) -> int:
    """A new account's id. Conflict: accounts_username_key, accounts_email_key."""
    return await database.value(
        "accounts.insert",
        username=username,
        email=email,
        password_hash=password_hash,
        first_name=first_name,
        last_name=last_name,
        description=description,
        location=location,
        community_id=community_id,
        confirmed_at=confirmed_at,
        now=now,
    )


async def update_profile(
    database: database_.Database,
    account_id: int,
    *,
    first_name: str | None,
    last_name: str | None,
    description: str | None,
    location: str | None,
    now: datetime,
) -> bool:
    """Sets what is not None."""
    return bool(
        await database.run(
            "accounts.update_profile",
            account_id=account_id,
            first_name=first_name,
            last_name=last_name,
            description=description,
            location=location,
            now=now,
        )
    )


async def update_avatar(database: database_.Database, account_id: int, *, name: str, now: datetime) -> str | None:
    """Shows a picture, by its name, on an account that is locked; answers the name of the former one."""
    return await database.value("accounts.update_avatar", account_id=account_id, name=name, now=now)


async def update_community(
    database: database_.Database,
    account_id: int,
    *,
    community_id: int,
    first_name: str | None,
    last_name: str | None,
    description: str | None,
    location: str | None,
    now: datetime,
) -> bool:
    """Joins a community for the first time, and sets what is not None. False: it had one already."""
    return bool(
        await database.run(
            "accounts.update_community",
            account_id=account_id,
            community_id=community_id,
            first_name=first_name,
            last_name=last_name,
            description=description,
            location=location,
            now=now,
        )
    )


async def update_email(database: database_.Database, account_id: int, *, email: str, now: datetime) -> bool:
    """Gives an e-mail to an account without one, unconfirmed. Conflict: accounts_email_key."""
    return bool(await database.run("accounts.update_email", account_id=account_id, email=email, now=now))


async def update_password(database: database_.Database, account_id: int, *, password_hash: str, now: datetime) -> bool:
    """Replaces the password's hash."""
    return bool(
        await database.run("accounts.update_password", account_id=account_id, password_hash=password_hash, now=now)
    )


async def update_confirmed(database: database_.Database, account_id: int, *, now: datetime) -> bool:
    """The e-mail is its owner's. False: that was known."""
    return bool(await database.run("accounts.update_confirmed", account_id=account_id, now=now))


async def update_operator(database: database_.Database, account_id: int, *, now: datetime) -> bool:
    """Makes the account an operator. False: it was one."""
    return bool(await database.run("accounts.update_operator", account_id=account_id, now=now))


async def update_coordinator(
    database: database_.Database, account_id: int, *, community_id: int, now: datetime
) -> bool:
    """Makes the account the one coordinator of its community, in the caller's transaction. False: it is gone.

    Locks: the community, then the account.
    """
    await database.value("accounts.lock_community", community_id=community_id)
    if not await lock(database, account_id):
        return False
    await database.value("accounts.update_coordinator", community_id=community_id, now=now)
    return bool(
        await database.run("accounts.update_coordinator_on", account_id=account_id, community_id=community_id, now=now)
    )


async def update_disabled(
    database: database_.Database, account_id: int, *, disabled_at: datetime | None, now: datetime
) -> bool:
    """Shuts the account out, or with None lets it in again. False: it was so."""
    return bool(await database.run("accounts.update_disabled", account_id=account_id, disabled_at=disabled_at, now=now))


async def update_deleted(database: database_.Database, account_id: int, *, now: datetime) -> bool:
    """Makes the row anonymous; its username and e-mail become free."""
    return bool(await database.run("accounts.update_deleted", account_id=account_id, now=now))
