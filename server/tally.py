"""How many requests were answered and how long that took, for /metrics.

The library's own counters take a lock for every number that they hold, ten of them a request. Only the event loop's
thread counts here, so there is nothing to be locked.
"""

import bisect
from collections.abc import Iterable, Iterator

from prometheus_client import core, registry

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
BOUNDS = (*(str(bound) for bound in SECONDS), "+Inf")


class Durations:
    """How long the answers of one route took: how many within each bound, and all of them together."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * len(BOUNDS)
        self.seconds = 0.0

    def note(self, seconds: float) -> None:
        """One more took so long."""
        self.counts[bisect.bisect_left(SECONDS, seconds)] += 1
        self.seconds += seconds

    def buckets(self) -> Iterator[tuple[str, float]]:
        """Each bound, and how many took no longer."""
        total = 0
        for bound, count in zip(BOUNDS, self.counts, strict=True):
            total += count
            yield bound, total


class Tally(registry.Collector):
    """The requests of this process by method, route and status, and their durations by route."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, int], int] = {}
        self._durations: dict[str, Durations] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """One more was answered."""
        key = (method, route, status)
        self._counts[key] = self._counts.get(key, 0) + 1
        durations = self._durations.get(route)
        if durations is None:
            durations = self._durations[route] = Durations()
        durations.note(seconds)

    def collect(self) -> Iterable[core.Metric]:
        """A counter and a histogram."""
        counter = core.CounterMetricFamily(
            "hiroba_requests", "Requests answered, by method, route and status.", labels=["method", "route", "status"]
        )
        for (method, route, status), count in self._counts.items():
            counter.add_metric([method, route, str(status)], count)
        histogram = core.HistogramMetricFamily(
            "hiroba_request_seconds", "Time from the request's head to its answer, by route.", labels=["route"]
        )
        for route, durations in self._durations.items():
            histogram.add_metric([route], list(durations.buckets()), durations.seconds)
        return counter, histogram
