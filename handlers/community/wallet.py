"""User wallet API."""

from decimal import Decimal

from handlers.community import inputs, outputs
from handlers.core import ledger, payments
from handlers.rest import amounts, queries, surface
from handlers.rest import ask as ask_

routes = surface.Routes()


@routes.get("/balance", "GET /balance", answers=Decimal)
async def get_balance(ask: ask_.Ask) -> Decimal:
    """What one can spend of the community's token: what is settled without what one has pending."""
    return amounts.number(ask.account.balance, decimals=ledger.TOKEN_DECIMALS)


@routes.get("/transactions", "GET /transactions", query=queries.Page, answers=list[outputs.Transaction])
async def get_transactions(ask: ask_.Ask) -> list[outputs.Transaction]:
    """What one paid and was paid, newest first."""
    page = ask.page()
    rows = await payments.transactions(ask.context, ask.account, start_id=page.start_id, most=page.most)
    return [outputs.transaction(row, ask.account.id) for row in ask.shown(page, rows)]


@routes.post("/transactions", "POST /transactions", accepts=inputs.Payment, previews=True)
async def post_transactions(ask: ask_.Ask) -> None:
    """Pays another member of one's community."""
    payment = ask.body
    payments.require_description(payment.description)
    await payments.pay(
        ask.context,
        ask.account,
        beneficiary_id=payment.beneficiary_id,
        ad_id=payment.ad_id,
        units=amounts.units("amount", amounts.read("amount", payment.amount), decimals=ledger.TOKEN_DECIMALS),
        description=payment.description,
    )
