"""Credits: what there is of them, where they went, and to whom they are given."""

from handlers.core import ledger
from handlers.rest import amounts, queries, surface
from handlers.rest import ask as ask_
from handlers.shop import inputs, outputs

routes = surface.Routes()

# What both sides read of a transfer: the document has no field for words of one's own.
TRANSFER = "Transfer"


@routes.post("/get-balance", "POST /get-balance", accepts=inputs.Session, answers=outputs.Balance)
async def post_get_balance(ask: ask_.Ask) -> outputs.Balance:
    """What the account can spend."""
    return outputs.Balance(await ledger.available(ask.context, ask.account.id, "credit"))


@routes.post(
    "/transactions", "POST /transactions", accepts=inputs.Session, query=queries.Page, answers=outputs.Transactions
)
async def post_transactions(ask: ask_.Ask) -> outputs.Transactions:
    """What came in and went out, newest first."""
    page = ask.page()
    movements = await ledger.movements(ask.context, ask.account.id, "credit", start_id=page.start_id, most=page.most)
    return outputs.Transactions([outputs.transaction(one) for one in ask.shown(page, movements)])


@routes.post("/transfer", "POST /transfer", accepts=inputs.Transfer, answers=outputs.Paid, previews=True)
async def post_transfer(ask: ask_.Ask) -> outputs.Paid:
    """Gives credits to another account."""
    units = amounts.units("amount", amounts.read("amount", ask.body.amount), decimals=ledger.CREDIT_DECIMALS)
    transaction_id = await ledger.transfer_credits(
        ask.context, ask.account, recipient_id=ask.body.recipient, units=units, description=TRANSFER
    )
    return outputs.Paid(None if ask.is_preview else transaction_id)
