"""What the service did, as App Runner tells CloudWatch.

CloudWatch counts by the service and not by its versions: they are told apart by the time of the
exchange. The version before is shown with a window as long, as far before the exchange as this one
is after it: each look at the new version has its own of the old one.
"""

import math
import time
from datetime import UTC, datetime
from typing import Any

from access import Aws
from app_runner.current import served
from app_runner.place import Place, find
from cloudwatch import settled
from refused import Refused

# Upper bounds in seconds; App Runner counts milliseconds.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
COUNTERS = {
    "requests": "Requests",
    "2xx": "2xxStatusResponses",
    "4xx": "4xxStatusResponses",
    "5xx": "5xxStatusResponses",
}
NONE = dict.fromkeys(("3xx", "connectionErrors", "responseErrors", "retries", "redispatches"), 0)
LATENCY = "RequestLatency"


def observe(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Counts of a window of time for each slot that has a release.

    Numbers that CloudWatch does not have are null, and never 0.

    Raises:
        Refused: the window is none.
    """
    asked, step = request["seconds"], request["resolution"]
    if asked < 1:
        raise Refused(f"a window of {asked} s: it has to be at least 1 s")
    place = find(aws, request)
    before = place.running
    start = math.ceil(time.time() / step) * step
    end = start + max(1, asked // step) * step
    time.sleep(max(0.0, end - time.time()))
    found = settled(lambda: _counted(aws, place, start, end, step), end, step) or _NOTHING
    place = find(aws, request)
    exchanged, slots = _exchanged(place), {}
    for slot, release in place.slots.items():
        if not release:
            continue
        runs = place.running == release
        # The exchange is at the seam: minutes that hold both versions are nobody's.
        mirrored = [_floor(2 * exchanged - at, step) for at in (end, start)] if exchanged else None
        window = found if runs else _past(aws, place, mirrored, step)
        slots[slot] = {
            "release": release,
            "weight": place.weights()[slot],
            "reset": place.running != before,
            **window,
            "served": served(aws, request, place) if runs else None,
        }
    return {"seconds": end - start, "slots": slots, "edge": found["counters"]}


_NOTHING: dict[str, Any] = {"counters": None, "latency": None}


def _past(aws: Aws, place: Place, window: list[int] | None, step: int) -> dict[str, Any]:
    """What a version did while it served; of a window as old nothing is still to come."""
    return _counted(aws, place, *window, step, late=False) if window else _NOTHING


def _exchanged(place: Place) -> float | None:
    """When the service got what it runs."""
    for operation in place.operations(20):
        if operation["Type"] == "UPDATE_SERVICE" and operation["Status"] == "SUCCEEDED":
            return float(operation["EndedAt"].timestamp())
    return None


def _floor(at: float, step: int) -> int:
    return int(at // step) * step


def _counted(
    aws: Aws, place: Place, start: int, end: int, step: int, late: bool = True
) -> dict[str, Any]:
    """Counters and latencies; empty while the last minute lacks, when that may be ``late``."""
    wanted = [(name, metric, "Sum") for name, metric in COUNTERS.items()]
    wanted.append(("+Inf", LATENCY, "SampleCount"))
    wanted += [(str(bound), LATENCY, f"PR(:{bound * 1000:g})") for bound in BOUNDS]
    queries = [
        {
            "Id": f"q{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/AppRunner",
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": name, "Value": place.service[name]}
                        for name in ("ServiceName", "ServiceId")
                    ],
                },
                "Period": step,
                "Stat": statistic,
            },
        }
        for number, (_, metric, statistic) in enumerate(wanted)
    ]
    results = aws.pages(
        "cloudwatch",
        "get_metric_data",
        "MetricDataResults",
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(start, UTC),
        EndTime=datetime.fromtimestamp(end, UTC),
    )
    series: dict[str, dict[datetime, float]] = {name: {} for name, _, _ in wanted}
    for result in results:
        name = wanted[int(result["Id"][1:])][0]
        series[name] |= dict(zip(result["Timestamps"], result["Values"], strict=True))
    if late and datetime.fromtimestamp(end - step, UTC) not in series["requests"]:
        return {}
    samples = series["+Inf"]
    latency = {
        str(bound): round(
            sum(samples.get(at, 0) * percent / 100 for at, percent in series[str(bound)].items())
        )
        for bound in BOUNDS
    }
    counters = {name: round(sum(series[name].values())) for name in COUNTERS}
    return {
        "counters": {**counters, **NONE},
        "latency": {**latency, "+Inf": round(sum(samples.values()))},
    }
