"""ledger verify, statement."""

from collections import deque
from collections.abc import AsyncIterator

from handlers.core import context as context_
from handlers.core import ledger, operators
from handlers.pages.operator import accounts, outputs
from handlers.rest import ask as ask_
from handlers.rest import identity, surface
from storage import ledger as rows

routes = surface.Routes()


@routes.get("/ledger/verify", "ledger verify", answers=outputs.Verdict, who=identity.Who.OPERATOR)
async def get_verify(ask: ask_.Ask) -> outputs.Verdict:
    """Computes every balance and every chain of hashes anew, and names the first row that does not fit."""
    fault = await ledger.verify(ask.context)
    await operators.note_look(ask.context, ask.visit, "ledger verified")
    return outputs.verdict(fault)


@routes.get("/ledger/statement", "ledger statement", answers=outputs.Statement, who=identity.Who.OPERATOR)
async def get_statement(ask: ask_.Ask) -> outputs.Statement:
    """Every entry of the wallets of `?username=`, with what was left after it."""
    account = await operators.find(ask.context, accounts.named(ask))
    page = ask.page()
    found = await _page(_entries(ask.context, account.id), page)
    await operators.note_look(ask.context, ask.visit, "statement read", account_id=account.id)
    return outputs.Statement(entries=[outputs.line(entry) for entry in ask.shown(page, found)])


async def _entries(context: context_.Context, account_id: int) -> AsyncIterator[rows.Entry]:
    after = (0, 0)
    while page := await ledger.statement(context, account_id, after=after):
        for entry in page:
            yield entry
        after = (page[-1].wallet_id, page[-1].place)


async def _page(entries: AsyncIterator[rows.Entry], page: ask_.Page) -> list[rows.Entry]:
    """What follows a posting, or the nearest that precede one, in the statement's own order."""
    nearest: deque[rows.Entry] = deque(maxlen=page.most)
    is_reached = page.after is None
    async for entry in entries:
        if page.before is not None and entry.posting_id == page.before:
            return list(nearest)
        if is_reached:
            nearest.append(entry)
        is_reached = is_reached or entry.posting_id == page.after
        if page.before is None and len(nearest) == page.most:
            break
    return list(nearest) if page.before is None else []
