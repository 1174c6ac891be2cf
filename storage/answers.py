"""Answers that are given again when the same request comes with the same Idempotency-Key."""

from datetime import datetime

import msgspec

from storage import database as database_


class Answer(msgspec.Struct, frozen=True):
    """What was answered, and to which request. `headers` are a JSON object as text."""

    request_hash: bytes
    status: int
    headers: str
    body: bytes


async def find(database: database_.Database, *, account_id: int, key_hash: bytes, since: datetime) -> Answer | None:
    """What was answered under this key, if not longer ago than that."""
    return await database.maybe(Answer, "answers.find", account_id=account_id, key_hash=key_hash, since=since)


async def lock(database: database_.Database, *, account_id: int, key_hash: bytes) -> bool:
    """Holds the key until the transaction ends; False when somebody else does."""
    return await database.value("answers.lock", account_id=account_id, key_hash=key_hash)


async def upsert(
    database: database_.Database, *, account_id: int, key_hash: bytes, answer: Answer, now: datetime
) -> None:
    """Remembers an answer, in the transaction of the act that it is the answer of."""
    await database.run(
        "answers.upsert",
        account_id=account_id,
        key_hash=key_hash,
        **msgspec.structs.asdict(answer),
        now=now,
    )


async def delete_by_account(database: database_.Database, account_id: int) -> None:
    """Forgets what an account was answered."""
    await database.run("answers.delete_by_account", account_id=account_id)
