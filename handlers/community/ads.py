"""Advertisement API."""

from handlers.community import inputs, outputs
from handlers.core import ads, ledger
from handlers.rest import amounts, queries, surface
from handlers.rest import ask as ask_

routes = surface.Routes()


@routes.post("/ads", "POST /ads", accepts=inputs.NewAd, answers=outputs.Ad)
async def post_ads(ask: ask_.Ask) -> outputs.Ad:
    """Puts an ad on the board of one's community."""
    body = ask.body
    ad = await ads.publish(
        ask.context,
        ask.account,
        type=body.type,
        title=body.title,
        description=body.description,
        points=amounts.units("amount", amounts.read("amount", body.amount), decimals=ledger.TOKEN_DECIMALS, least=0),
        location=body.location,
    )
    return outputs.ad(ad, ask.account.id)


async def _board(ask: ask_.Ask, *, text: str | None = None, own: bool = False) -> list[outputs.Ad]:
    page = ask.page()
    rows = await ads.board(
        ask.context, ask.account, text=text, own=own, after=page.after, before=page.before, most=page.most
    )
    return [outputs.ad(row, ask.account.id) for row in ask.shown(page, rows)]


@routes.get("/ads", "GET /ads", query=inputs.Filter, answers=list[outputs.Ad])
async def get_ads(ask: ask_.Ask) -> list[outputs.Ad]:
    """The board of one's community; with `filter` what holds it in title, description or the author's names."""
    return await _board(ask, text=(ask.query("filter") or "").strip() or None)


@routes.get("/my-ads", "contract, 3, Ads (real clients call it)", query=queries.Page, answers=list[outputs.Ad])
async def get_my_ads(ask: ask_.Ask) -> list[outputs.Ad]:
    """One's own ads."""
    return await _board(ask, own=True)


@routes.get(r"/ads/{id:\d+}", "GET /ads/:id", answers=outputs.Ad)
async def get_ads_id(ask: ask_.Ask) -> outputs.Ad:
    """One ad of one's community."""
    return outputs.ad(await ads.find(ask.context, ask.account, ask.path_id()), ask.account.id)
