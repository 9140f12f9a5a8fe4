"""CloudWatch's metrics of AWS's own services, with every statistic that is asked for.

moto knows sums and means only; percentiles, and counts within bounds, need the single values.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contract import AwsError

RANGE = re.compile(r"(TC|PR)\(([0-9.]*):([0-9.]*)\)")
PLAIN = {
    "Sum": sum,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
}


@dataclass(frozen=True)
class Point:
    """One value of a metric."""

    at: float
    namespace: str
    metric: str
    dimensions: frozenset[tuple[str, str]]
    value: float


class Metrics:
    """What was measured, and GetMetricData. ``planted``: whether a fault strikes; ``late``: but for
    the number of all requests nothing is there yet."""

    name = "cloudwatch"
    operations = ("GetMetricData",)

    def __init__(self, planted: Callable[..., bool]) -> None:
        self._planted = planted
        self._points: list[Point] = []
        self._lock = threading.Lock()

    def add(
        self, namespace: str, metric: str, dimensions: dict[str, str], *values: float, at: float = 0
    ) -> None:
        """Values of a metric, at a time (seconds since 1970; default: now)."""
        names = frozenset(dimensions.items())
        with self._lock:
            self._points += [
                Point(at or time.time(), namespace, metric, names, value) for value in values
            ]

    def takes(self, parameters: dict[str, Any]) -> bool:
        """Whether it is asked for metrics of AWS's own services: the others are moto's."""
        queries = parameters["MetricDataQueries"]
        names = [
            each["MetricStat"]["Metric"]["Namespace"] for each in queries if "MetricStat" in each
        ]
        return len(names) == len(queries) and all(name.startswith("AWS/") for name in names)

    def get_metric_data(self, parameters: dict[str, Any]) -> dict[str, Any]:
        start, end = parameters["StartTime"], parameters["EndTime"]
        if start >= end:
            raise AwsError(
                "ValidationError",
                "The parameter StartTime must be less than the parameter EndTime.",
            )
        newest_first = parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        late = self._planted("late")
        results = []
        for query in parameters["MetricDataQueries"]:
            asked = query["MetricStat"]
            period = asked["Period"]
            if period % 60 and period not in (1, 5, 10, 20, 30):
                raise AwsError(
                    "ValidationError", f"The parameter Period must be a multiple of 60: {period}"
                )
            found = self._by_period(asked["Metric"], period, start, end)
            periods = [] if late and not _of_all(asked["Metric"]) else sorted(found.items())
            if newest_first:
                periods.reverse()
            results.append(
                {
                    "Id": query["Id"],
                    "Label": query.get("Label", asked["Metric"]["MetricName"]),
                    "Timestamps": [at for at, _ in periods],
                    "Values": [float(statistic(asked["Stat"], values)) for _, values in periods],
                    "StatusCode": "Complete",
                }
            )
        return {"MetricDataResults": results, "Messages": []}

    def _by_period(
        self, metric: dict[str, Any], period: int, start: float, end: float
    ) -> dict[int, list[float]]:
        names = frozenset((each["Name"], each["Value"]) for each in metric.get("Dimensions", []))
        wanted = (metric["Namespace"], metric["MetricName"], names)
        found: dict[int, list[float]] = {}
        with self._lock:
            for point in self._points:
                at = int(point.at // period * period)
                same = (point.namespace, point.metric, point.dimensions) == wanted
                if same and start <= at < end:
                    found.setdefault(at, []).append(point.value)
        return found


def _of_all(metric: dict[str, Any]) -> bool:
    names = [each["Name"] for each in metric["Dimensions"]]
    return metric["MetricName"] in ("Requests", "RequestCount") and "TargetGroup" not in names


def statistic(name: str, values: list[float]) -> float:
    """A statistic by CloudWatch's name for it.

    Raises:
        AwsError: CloudWatch has none of that name.
    """
    if name in PLAIN:
        return PLAIN[name](values)
    if percentile := re.fullmatch(r"p(\d{1,2}(?:\.\d+)?|100)", name):
        ordered = sorted(values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * float(percentile[1]) / 100))]
    if bounds := RANGE.fullmatch(name):
        kind, least, most = bounds.groups()
        # The lower bound is left out, the upper one counts.
        within = [
            value
            for value in values
            if value > float(least or "-inf") and value <= float(most or "inf")
        ]
        return len(within) if kind == "TC" else 100 * len(within) / len(values)
    raise AwsError("ValidationError", f"The value {name} for parameter Stat is not supported.")
