"""ledger verify, statement."""

from handlers.core import operators
from handlers.pages.operator import accounts, outputs
from handlers.rest import ask as ask_
from handlers.rest import identity, surface

routes = surface.Routes()


@routes.get("/ledger/verify", "ledger verify", answers=outputs.Verdict, who=identity.Who.OPERATOR)
async def get_verify(ask: ask_.Ask) -> outputs.Verdict:
    """Computes every balance and every chain of hashes anew, and names the first row that does not fit."""
    return outputs.verdict(await operators.verify_ledger(ask.context, ask.visit))


@routes.get("/ledger/statement", "ledger statement", answers=outputs.Statement, who=identity.Who.OPERATOR)
async def get_statement(ask: ask_.Ask) -> outputs.Statement:
    """Every entry of the wallets of `?username=`, with what was left after it."""
    page = ask.page()
    found = await operators.read_statement(
        ask.context, ask.visit, accounts.named(ask), after=page.after, before=page.before, most=page.most
    )
    return outputs.Statement(entries=[outputs.line(entry) for entry in ask.shown(page, found)])
