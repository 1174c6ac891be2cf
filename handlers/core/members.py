"""The people of a community, as they see one another."""

from handlers.core import context as context_
from handlers.core import refusals
from storage import accounts as rows


async def find(context: context_.Context, viewer: rows.Account, account_id: int) -> rows.Account:
    """Oneself, or a member of one's own community, also one who was deleted. Refuses: NotEntitled."""
    if account_id == viewer.id:
        return viewer
    person = None
    if viewer.community_id is not None:
        person = await rows.find_in_community(context.database, account_id=account_id, community_id=viewer.community_id)
    if person is None:
        raise refusals.NotEntitled
    return person


def sees_all(viewer: rows.Account, person: rows.Account) -> bool:
    """Whether the viewer is the coordinator of the person's community. Source: contract, 1, coordinator."""
    return viewer.is_coordinator and viewer.community_id == person.community_id


async def search(
    context: context_.Context,
    viewer: rows.Account,
    text: str,
    *,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[rows.Account]:
    """Others of the own community whose first or last name holds the text, in any case; nobody for a blank one.

    Source: contract, 3, `GET /users?q=`.
    """
    text = text.strip()
    if not text or viewer.community_id is None:
        return []
    return await rows.search(
        context.database,
        community_id=viewer.community_id,
        but_id=viewer.id,
        text=text,
        after=after,
        before=before,
        most=most,
    )
