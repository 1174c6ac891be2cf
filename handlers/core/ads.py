"""Ads: what a community's members want and give."""

from handlers.core import context as context_
from handlers.core import refusals
from storage import accounts as account_rows
from storage import ads as rows

WANT = "WANT"
GIVE = "GIVE"


async def publish(
    context: context_.Context,
    author: account_rows.Account,
    *,
    type: str,
    title: str,
    description: str,
    points: int,
    location: str | None,
) -> rows.Ad:
    """Puts an ad on the board of the author's community, where everybody sees it at once.

    Units: `points` in hundredths of a token. Refuses: NoCommunity, Invalid (a blank title), NotSignedIn (the account is
    gone: its ads went with it, and none comes after). Source: `apis/commons-os.md`, POST /ads.
    """
    if author.community_id is None:
        raise refusals.NoCommunity
    if not title.strip():
        raise refusals.Invalid("title", "is blank")
    async with context.database.transaction():
        if not await account_rows.lock(context.database, author.id):
            raise refusals.NotSignedIn
        ad_id = await rows.insert(
            context.database,
            community_id=author.community_id,
            author_id=author.id,
            type=type,
            title=title,
            description=description,
            points=points,
            location=location,
            now=context.clock.now(),
        )
        return await find(context, author, ad_id)


async def find(context: context_.Context, viewer: account_rows.Account, ad_id: int) -> rows.Ad:
    """An ad on the board of the viewer's community. Refuses: NotEntitled."""
    ad = None
    if viewer.community_id is not None:
        ad = await rows.find_in_community(context.database, ad_id=ad_id, community_id=viewer.community_id)
    if ad is None:
        raise refusals.NotEntitled
    return ad


async def board(
    context: context_.Context,
    viewer: account_rows.Account,
    *,
    text: str | None = None,
    own: bool = False,
    after: int | None = None,
    before: int | None = None,
    most: int,
) -> list[rows.Ad]:
    """The board of the viewer's community, or what of it holds a text, or is the viewer's own, in id order."""
    if viewer.community_id is None:
        return []
    return await rows.list_ads(
        context.database,
        community_id=viewer.community_id,
        author_id=viewer.id if own else None,
        text=text,
        after=after,
        before=before,
        most=most,
    )


def payable_by(ad: rows.Ad, viewer_id: int) -> bool:
    """Whether this viewer may pay for it: the author of a WANT, anybody else for a GIVE; never for nothing.

    Source: contract, 3, Ads.
    """
    own = ad.author.id == viewer_id
    return ad.points > 0 and (own if ad.type == WANT else not own)
