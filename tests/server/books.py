"""The bank's books, read by somebody who trusts nobody: sums at any moment, and at the end every single row."""

import asyncio
import contextlib
from collections import Counter, defaultdict
from typing import Any

import psycopg2

from tests.server import bank as bank_

READ_SECONDS = 0.05
# Of each asset: what all wallets hold together, what came from its issuance and what left it by its rows, the lowest
# that a wallet has available, what is held back by wallets and by rows, and what was completed of orders.
SUMS = """
SELECT s.kind,
       sum(w.settled),
       sum(w.settled) FILTER (WHERE w.kind <> 'issuance'),
       (SELECT sum(p.units) FROM postings p JOIN wallets i ON i.id = p.debit_wallet_id
         WHERE i.asset_id = s.id AND i.kind = 'issuance' AND p.state = 'posted'),
       min(w.settled - w.pending_debits) FILTER (WHERE w.kind <> 'issuance'),
       sum(w.pending_debits),
       (SELECT coalesce(sum(p.units), 0) FROM postings p WHERE p.asset_id = s.id AND p.state = 'pending'),
       (SELECT coalesce(sum(o.units), 0) FROM orders o WHERE o.state = 'COMPLETED' AND s.kind = 'allowance')
  FROM assets s
  JOIN wallets w ON w.asset_id = s.id
 WHERE s.kind <> 'token' OR s.community_id = (SELECT min(id) FROM communities)
 GROUP BY s.id
 ORDER BY s.id
"""
ROWS = """
SELECT p.id, p.kind, coalesce(d.account_id, 0), c.account_id, p.units, p.description, p.state
  FROM postings p
  JOIN wallets d ON d.id = p.debit_wallet_id
  JOIN wallets c ON c.id = p.credit_wallet_id
 WHERE p.kind NOT IN ('mint', 'credit')
"""
ORDERS = "SELECT id, account_id, units, state, invoice_number FROM orders"
INVOICES = "SELECT count(*), coalesce(max(number), 0), count(DISTINCT order_id) FROM invoices"
LETTERS = "SELECT count(*) FROM letters"


class Reader:
    """Sums everything again and again, whenever PostgreSQL is there to be asked."""

    def __init__(self, dsn: str, *, tokens: int, credits: int) -> None:
        self.count = 0
        self.wrong: list[tuple[Any, ...]] = []
        self._dsn = dsn
        self._made = {"token": tokens, "credit": credits}

    async def read(self) -> None:
        """Until it is cancelled."""
        while True:
            with contextlib.suppress(psycopg2.OperationalError, psycopg2.InterfaceError):
                await asyncio.to_thread(self.look)
            await asyncio.sleep(READ_SECONDS)

    def look(self) -> None:
        """Once. *Refuses*: what the driver raises."""
        for sums in ask(self._dsn, SUMS):
            kind, total, held, issued, lowest, pending, waiting, completed = sums
            made = completed if kind == "allowance" else self._made[kind]
            if (total, held, issued or 0, pending) != (0, made, made, waiting) or lowest < 0:
                self.wrong.append(sums)
        self.count += 1


def ask(dsn: str, question: str) -> list[tuple[Any, ...]]:
    """All rows, asked on a connection of its own."""
    connection = psycopg2.connect(dsn)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchall()
    finally:
        connection.close()


def differences(dsn: str, history: list[bank_.Operation]) -> list[str]:
    """Where the books and what customers were told contradict each other: one line each."""
    return [*_of_postings(dsn, history), *_of_orders(dsn, history), *_of_invoices(dsn)]


def _count(found: int, asked: list[bank_.Operation]) -> bool:
    """Whether what was asked for is there once if somebody was told yes, and once at most if nobody knows."""
    told = Counter(one.told for one in asked)
    return found <= 1 and told["yes"] <= found <= told["yes"] + told[""]


def _of_postings(dsn: str, history: list[bank_.Operation]) -> list[str]:
    ids = defaultdict(list)
    wrong = []
    for posting_id, *row, state in ask(dsn, ROWS):
        ids[tuple(row)].append(posting_id)
        if state != "posted":
            wrong.append(f"posting {posting_id} is {state}")
    asked = defaultdict(list)
    for one in history:
        if one.kind in ("payment", "transfer", "purchase", "order"):
            asked[one.row].append(one)
    wrong += [f"nobody asked for {row}: {found}" for row, found in ids.items() if row not in asked]
    for row, operations in asked.items():
        found = ids.get(row, [])
        if not _count(len(found), operations):
            wrong.append(f"in the books as {found}: {operations}")
        told = [one.posting_id for one in operations if one.posting_id is not None]
        if told and told != found:
            wrong.append(f"told {told}, in the books as {found}: {operations}")
    return wrong


def _of_orders(dsn: str, history: list[bank_.Operation]) -> list[str]:
    drafts = {one.units: one for one in history if one.kind == "draft"}
    moves: dict[tuple[int | None, str], list[bank_.Operation]] = defaultdict(list)
    for one in history:
        moves[one.order_id, one.kind].append(one)
    wrong, found = [], Counter()
    for order_id, account_id, units, state, invoice_number in ask(dsn, ORDERS):
        draft = drafts.get(units)
        if draft is None or draft.who != account_id or (draft.told == "yes" and draft.order_id != order_id):
            wrong.append(f"nobody asked for order {order_id} of {account_id} for {units}: {draft}")
        found[units] += 1
        is_so = {
            "place": state in ("PROCESSING", "COMPLETED") and invoice_number is not None,
            "cancel": state == "CANCELLED",
            "order": state == "COMPLETED",
        }
        for kind, moved in is_so.items():
            if not _count(moved, moves[order_id, kind]):
                wrong.append(f"order {order_id} is {state}: {moves[order_id, kind]}")
    wrong += [f"{found[units]} orders of {one}" for units, one in drafts.items() if not _count(found[units], [one])]
    return wrong


def _of_invoices(dsn: str) -> list[str]:
    """One for each order that was placed, without a gap in their numbers, and a letter for each."""
    ((count, newest, orders),) = ask(dsn, INVOICES)
    ((letters,),) = ask(dsn, LETTERS)
    placed = sum(state in ("PROCESSING", "COMPLETED") for *_, state, _ in ask(dsn, ORDERS))
    if {count, newest, orders, letters, placed} == {count}:
        return []
    return [f"{placed} orders placed, {count} invoices up to {newest} for {orders} orders, {letters} letters"]
