"""Latencies and errors of requests, by endpoint and by the second in which they began.

Generators record; what they recorded travels to one process, which adds it up. Latencies are
microseconds, kept in HdrHistograms of three digits: they can be merged, and a percentile is exact
to a thousandth of itself.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hdrh.histogram import HdrHistogram

LONGEST = 600_000_000
"""Microseconds; what takes longer counts as this."""

SLICES = 300
"""At most so many points of a curve."""

PERCENTILES = (50, 75, 90, 95, 99, 99.9)

Cell = tuple[str, str, int, Sequence[int], int]
"""Method, name, second since the epoch, latencies, and how many of the requests failed."""


class Recorder:
    """What one generator saw since it last reported."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str, int], tuple[list[int], list[int]]] = {}

    def record(
        self, method: str, name: str, began: float, milliseconds: float, failed: bool
    ) -> None:
        """Note a request that ``began`` then (seconds since the epoch)."""
        latencies, errors = self._cells.setdefault((method, name, int(began)), ([], []))
        latencies.append(round(milliseconds * 1000))
        if failed:
            errors.append(1)

    def take(self) -> list[Cell]:
        """What was noted since the last time."""
        cells, self._cells = self._cells, {}
        return [(*key, latencies, len(errors)) for key, (latencies, errors) in cells.items()]


def histogram(digits: int = 3) -> HdrHistogram:
    """An empty one."""
    return HdrHistogram(1, LONGEST, digits)


@dataclass
class Series:
    """Requests that are judged together."""

    latencies: HdrHistogram = field(default_factory=histogram)
    requests: int = 0
    errors: int = 0
    microseconds: int = 0

    def add(self, latencies: Sequence[int], errors: int) -> None:
        """Count some requests more."""
        for latency in latencies:
            self.latencies.record_value(min(max(latency, 1), LONGEST))
        self.requests += len(latencies)
        self.errors += errors
        self.microseconds += sum(latencies)

    def percentile(self, percent: float) -> float:
        """Milliseconds that ``percent`` of the requests took at most; 0 without any."""
        if self.requests == 0:
            return 0.0
        # By rank, rounded up: the histogram's own rounding may ask one request less.
        rank = math.ceil(percent * self.requests / 100 - 1e-9)
        value = self.latencies.get_value_at_percentile(100 * rank / self.requests)
        return round(value / 1000, 3)

    def describe(self) -> dict[str, Any]:
        """All numbers, in milliseconds, and the histogram in HdrHistogram's own form."""
        return {
            "requests": self.requests,
            "errors": self.errors,
            "mean": round(self.microseconds / max(self.requests, 1) / 1000, 3),
            "max": round(self.latencies.get_max_value() / 1000, 3),
            "percentiles": {f"{percent}": self.percentile(percent) for percent in PERCENTILES},
            "histogram": self.latencies.encode().decode("ascii"),
        }


class Totals:
    """Everything that was measured; only seconds from ``start`` on are judged.

    Args:
        began: when the test began, in seconds since the epoch
        start: the first second that counts
        planned: seconds that the test takes in all
    """

    def __init__(self, began: int, start: int, planned: int) -> None:
        self.began = began
        self.start = start
        self.width = max(1, -(-planned // SLICES))
        self.endpoints: dict[tuple[str, str], Series] = {}
        self.all = Series()
        self.slices: dict[int, Series] = {}

    def add(self, cells: Iterable[Cell], until: float) -> None:
        """Count what a generator recorded, but nothing that began after ``until``."""
        for method, name, second, latencies, errors in cells:
            if second > until:
                continue
            at = max(0, second - self.began) // self.width * self.width
            self.slices.setdefault(at, Series(histogram(2))).add(latencies, errors)
            if second >= self.start:
                self.endpoints.setdefault((method, name), Series()).add(latencies, errors)
                self.all.add(latencies, errors)

    def curves(self, until: float) -> list[dict[str, float]]:
        """A point for each whole slice of time: seconds since the beginning, requests and errors a
        second, percentiles in milliseconds.
        """
        end = until - self.began
        return [
            {
                "at": at,
                "requests": round(series.requests / self.width, 2),
                "errors": round(series.errors / self.width, 2),
                **{f"p{percent}": series.percentile(percent) for percent in (50, 95, 99)},
            }
            for at, series in sorted(self.slices.items())
            if at + self.width <= end
        ]


@dataclass
class Generator:
    """How the processes fared that made the load."""

    processor: dict[str, dict[int, float]] = field(default_factory=dict)
    """percent of a core by second, for each process"""
    arrivals: Counter[str] = field(default_factory=Counter)
    """of the open model, in the time that counts: due, dropped"""
    raised: Counter[str] = field(default_factory=Counter)
    """exceptions in the locustfile's own tasks"""

    def busiest(self, start: int, seconds: int = 5) -> float:
        """Most of a core that a process used for ``seconds`` on end, in percent."""
        most = 0.0
        for samples in self.processor.values():
            used = [percent for second, percent in sorted(samples.items()) if second >= start]
            length = min(seconds, len(used))
            for last in range(length, len(used) + 1 if length else 0):
                most = max(most, sum(used[last - length : last]) / length)
        return round(most, 1)
