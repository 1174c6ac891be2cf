"""Pictures that somebody linked from Instagram. Source: `apis/whoami.md`, Instagram Related; contract, 4."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from handlers.core import context as context_
from handlers.core import refusals
from storage import accounts as account_rows
from storage import gallery as rows


class Addition(msgspec.Struct, frozen=True):
    """What became of a picture that was to be linked. Not added: one of its id is linked already."""

    image_id: str
    is_added: bool


class Deletion(msgspec.Struct, frozen=True):
    """What became of a picture that was to be unlinked. `removed` is None when none of its id was linked."""

    image_id: str
    removed: rows.Removed | None


async def authorize(context: context_.Context, account: account_rows.Account) -> datetime:
    """The account's Instagram is linked from now on; answers since when. Refuses: AlreadyAuthorized, NotSignedIn."""
    now = context.clock.now()
    async with context.database.transaction():
        await _lock(context, account)
        if not await rows.insert(context.database, account.id, now=now):
            raise refusals.AlreadyAuthorized
    return now


async def update(
    context: context_.Context,
    account: account_rows.Account,
    *,
    additions: Sequence[rows.Image],
    deletions: Sequence[str],
) -> tuple[list[Addition], list[Deletion]]:
    """Links pictures, then unlinks others, item by item in their order; each has its own verdict.

    What comes twice is done once: added and then there already, removed and then gone. Locks: the account.
    Refuses: NotSignedIn (the account is gone). It does not ask whether Instagram was authorized: the document does not.
    """
    async with context.database.transaction():
        await _lock(context, account)
        added = set(await rows.insert_images(context.database, account.id, additions, now=context.clock.now()))
        removed = await rows.delete_images(context.database, account.id, list(deletions))
    left = {one.image_id: one for one in removed}
    return (
        [Addition(image.image_id, _take(added, image.image_id)) for image in additions],
        [Deletion(image_id, left.pop(image_id, None)) for image_id in deletions],
    )


def _take(found: set[str], image_id: str) -> bool:
    """Whether it is in there, the first time that it is asked for."""
    if image_id not in found:
        return False
    found.remove(image_id)
    return True


async def _lock(context: context_.Context, account: account_rows.Account) -> None:
    if not await account_rows.lock(context.database, account.id):
        raise refusals.NotSignedIn
