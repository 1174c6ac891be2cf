"""Results: each figure is a ratio with the target that it is to reach, and what it was made of."""

import math
import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One ratio. `details` are what stands behind it, with their units in their names."""

    name: str
    title: str
    relation: Literal["at least", "at most"]
    target: float
    reached: float
    unit: str = ""
    rounds: list[float] = []
    """The ratio in each round; `reached` is their median unless the title says otherwise."""
    details: dict[str, float] = {}
    is_met: bool = False

    def __post_init__(self) -> None:
        met = self.reached >= self.target if self.relation == "at least" else self.reached <= self.target
        msgspec.structs.force_setattr(self, "is_met", met)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of one load. `busy` is the share of its core that the server worked, `disturbed` others' share."""

    per_second: float
    busy: float
    disturbed: float
    latencies_ms: list[float] = []

    @property
    def work_us(self) -> float:
        """What the server worked for each, however much of its core others took."""
        return self.busy / self.per_second * 1e6 if self.per_second else math.nan

    def percentile_ms(self, share: float) -> float:
        """The latency that this share of requests did not exceed."""
        return percentile(self.latencies_ms, share)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share does not exceed; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle one: a round that somebody disturbed does not count more than that it is one."""
    return statistics.median(values)


def rates(name: str, turns: Sequence[Turn]) -> dict[str, float]:
    """A load's turns as details."""
    return {
        f"{name}_per_second": round(median([turn.per_second for turn in turns]), 1),
        f"{name}_work_us": round(median([turn.work_us for turn in turns]), 1),
        f"{name}_core_busy": round(median([turn.busy for turn in turns]), 3),
        f"{name}_core_disturbed": round(median([turn.disturbed for turn in turns]), 3),
    }
