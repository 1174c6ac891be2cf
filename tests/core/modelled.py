"""The ledger as a model that fits on a page, and an engine that settles as it is told to."""

from collections import Counter
from collections.abc import Mapping, Sequence

from handlers.core import settlement
from storage import payments as payment_rows


class Model:
    """The books: who holds how much of what, what of it is held back, and every movement. None: issuance and sales."""

    def __init__(self) -> None:
        self.holds: Counter = Counter()
        self.held: Counter = Counter()
        self.moves: dict[int, list] = {}
        self.orders: dict[int, list] = {}

    def available(self, asset: str, who: int) -> int:
        return self.holds[asset, who] - self.held[asset, who]

    def move(self, posting_id: int, asset: str, source: int | None, target: int | None, units: int) -> None:
        self.hold(posting_id, asset, source, target, units)
        self.end(posting_id, "posted")

    def hold(self, posting_id: int, asset: str, source: int | None, target: int | None, units: int) -> None:
        self.moves[posting_id] = [asset, source, target, units, "pending"]
        self.held[asset, source] += units

    def end(self, posting_id: int, state: str) -> None:
        asset, source, target, units, _ = self.moves[posting_id]
        self.moves[posting_id][4] = state
        self.held[asset, source] -= units
        if state == "posted":
            self.holds[asset, source] -= units
            self.holds[asset, target] += units

    def listed(self, asset: str, who: int) -> list[tuple]:
        mine = [(key, *move[1:]) for key, move in self.moves.items() if move[0] == asset and who in move[1:3]]
        return sorted(mine, reverse=True)


class Verdicts:
    """An engine that completes some, lets some fail, and has nothing to say of others yet."""

    def __init__(self, choices: int) -> None:
        self.choices = choices

    def state(self, posting_id: int) -> str:
        return ("posted", "failed", "pending", "posted")[(self.choices >> (posting_id % 8) * 2) & 3]

    async def submit(self, waiting: Sequence[payment_rows.Pending]) -> Mapping[int, settlement.Outcome]:
        ids = [one.posting_id for one in waiting]
        ended = {key: settlement.Ended(is_posted=self.state(key) == "posted") for key in ids}
        return {key: one if self.state(key) != "pending" else settlement.Submitted("") for key, one in ended.items()}

    async def poll(self, waiting: Sequence[payment_rows.Pending]) -> Mapping[int, settlement.Ended]:
        return {key: one for key, one in (await self.submit(waiting)).items() if isinstance(one, settlement.Ended)}


class Rehearsed(Exception):
    """Ends the transaction of what was only tried."""
