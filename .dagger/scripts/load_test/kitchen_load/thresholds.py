"""Thresholds: what was observed, whether it is within, and whether it still can be."""

from collections.abc import Iterable
from dataclasses import dataclass

from kitchen_load.measurements import Cell, Series, Totals

FEWEST = 20
"""Requests below which nothing is called hopeless."""

MARGIN = 2.0
"""Throughput may grow by this factor until the end before something is called hopeless."""


@dataclass(frozen=True)
class Threshold:
    """``metric`` is percentile, mean, max (milliseconds), errors (percent) or rps.

    ``endpoint`` is method and name as Locust has them; None: all requests.
    """

    text: str
    metric: str
    limit: float
    inclusive: bool
    percent: float | None = None
    endpoint: str | None = None

    def series(self, totals: Totals) -> Series:
        """The requests that it is about."""
        if self.endpoint is None:
            return totals.all
        found = [
            series
            for (method, name), series in totals.endpoints.items()
            if f"{method} {name}" == self.endpoint
        ]
        return found[0] if found else Series()

    def observe(self, totals: Totals, elapsed: float) -> float | None:
        """The value, after ``elapsed`` seconds; None when no request was made."""
        series = self.series(totals)
        if series.requests == 0:
            return None
        match self.metric:
            case "percentile":
                return series.percentile(self.percent or 0)
            case "mean":
                return series.microseconds / series.requests / 1000
            case "max":
                return series.latencies.get_max_value() / 1000
            case "errors":
                return 100 * series.errors / series.requests
            case "rps":
                return series.requests / elapsed
        raise ValueError(f"unknown metric {self.metric}")

    def met(self, value: float) -> bool:
        """Whether ``value`` is within."""
        if self.metric == "rps":
            return value > self.limit or (self.inclusive and value == self.limit)
        return value < self.limit or (self.inclusive and value == self.limit)


class Watch:
    """Follows one threshold while the test runs: can it still be met?"""

    def __init__(self, threshold: Threshold) -> None:
        self.threshold = threshold
        self.slow = 0
        """requests that took longer than the limit"""

    def add(self, cells: Iterable[Cell], start: int) -> None:
        """Count what a generator recorded."""
        limit = self.threshold.limit * 1000
        for method, name, second, latencies, _ in cells:
            if second < start or self.threshold.endpoint not in (None, f"{method} {name}"):
                continue
            self.slow += sum(latency > limit for latency in latencies)

    def hopeless(self, totals: Totals, elapsed: float, planned: float) -> bool:
        """Whether it is broken however good the rest of the ``planned`` seconds will be."""
        series = self.threshold.series(totals)
        done = series.requests
        if done < FEWEST or elapsed < min(10, planned / 4):
            return False
        most = done + MARGIN * done / elapsed * max(0.0, planned - elapsed)
        limit = self.threshold.limit
        match self.threshold.metric:
            case "percentile":
                return self.slow > (1 - (self.threshold.percent or 0) / 100) * most
            case "mean":
                return series.microseconds / 1000 > limit * most
            case "max":
                return self.slow > 0
            case "errors":
                return 100 * series.errors > limit * most
            case "rps":
                return most < limit * planned
        raise ValueError(f"unknown metric {self.threshold.metric}")
