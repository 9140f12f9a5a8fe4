"""What happened in each slot, as the load balancer tells CloudWatch.

CloudWatch has a number for each minute, and has it late. A window is therefore whole minutes, which
begin after the question was asked, and the answer waits for the last of them.
"""

import math
import time
from datetime import UTC, datetime
from typing import Any

from access import Aws
from cloudwatch import settled
from ecs.current import deployed
from ecs.find import find
from ecs.place import SLOTS, Place, cohort_header
from ecs.shifting import went_back
from edge import Edge
from memory import Memory
from refused import Refused
from state import State

# Upper bounds of latencies, in seconds: what CloudWatch is asked for is the share below each.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
REQUESTS = "RequestCount"
COUNTERS = {
    "requests": REQUESTS,
    "2xx": "HTTPCode_Target_2XX_Count",
    "3xx": "HTTPCode_Target_3XX_Count",
    "4xx": "HTTPCode_Target_4XX_Count",
    "5xx": "HTTPCode_Target_5XX_Count",
    "connectionErrors": "TargetConnectionErrorCount",
}
# What the load balancer answered itself, since no target did, is no target group's.
EDGE = {**COUNTERS, "responseErrors": "HTTPCode_ELB_5XX_Count"}
LATENCY = "TargetResponseTime"

Series = dict[str, list[float]]


def observe(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Counts of a window of time for each slot that has a release.

    Numbers that CloudWatch does not have are null, and never 0.
    """
    asked, step = request["seconds"], request["resolution"]
    if asked < 1:
        raise Refused(f"a window of {asked} s: it has to be at least 1 s")
    start = math.ceil(time.time() / step) * step
    end = start + max(1, asked // step) * step
    before = _releases(aws, find(aws, request))
    time.sleep(max(0.0, end - time.time()))
    place = find(aws, request)
    now, weights = _releases(aws, place), place.weights()
    found = settled(lambda: _numbers(aws, place, start, end, step), end, step)
    edge = Edge(request["address"], aws.edge)
    slots = {}
    for name in SLOTS:
        if not now[name][0]:
            continue
        header = cohort_header(aws, place, name)
        about = found.get(name, {"counters": None, "latency": None})
        slots[name] = {
            "release": now[name][0],
            "weight": weights[name],
            "reset": before[name] != now[name],
            **about,
            "served": edge.identity(request["service"]["version"], header),
        }
    whole = found.get("edge")
    seen = {"seconds": end - start, "slots": slots, "edge": whole and whole["counters"]}
    if not request["strategy"]:
        return seen
    return {**seen, "wentBack": went_back(aws, State(Memory(aws, request)))}


def _releases(aws: Aws, place: Place) -> dict[str, tuple[str | None, str | None]]:
    return {name: deployed(aws, slot.service, slot.container) for name, slot in place.slots.items()}


def _numbers(aws: Aws, place: Place, start: int, end: int, step: int) -> dict[str, dict[str, Any]]:
    """Counters and latencies of each slot and of the whole; empty while the last minute lacks."""
    balancer = {"LoadBalancer": place.load_balancer.split(":loadbalancer/", 1)[1]}
    places = {"edge": (balancer, EDGE, False)}
    for name, slot in place.slots.items():
        group = slot.target_group.rsplit(":", 1)[1]
        places[name] = ({**balancer, "TargetGroup": group}, COUNTERS, True)
    queries: list[dict[str, Any]] = []
    meaning: dict[str, tuple[str, str]] = {}
    for name, (dimensions, counters, timed) in places.items():
        wanted = [(counter, metric, "Sum") for counter, metric in counters.items()]
        if timed:
            wanted.append(("+Inf", LATENCY, "SampleCount"))
            wanted += [(str(bound), LATENCY, f"PR(:{bound})") for bound in BOUNDS]
        for key, metric, statistic in wanted:
            number = f"q{len(queries)}"
            meaning[number] = (name, key)
            queries.append(_query(number, metric, statistic, dimensions, step))
    series: dict[str, dict[str, dict[datetime, float]]] = {name: {} for name in places}
    pages = aws.client("cloudwatch").get_paginator("get_metric_data")
    for page in pages.paginate(
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(start, UTC),
        EndTime=datetime.fromtimestamp(end, UTC),
        ScanBy="TimestampAscending",
    ):
        for result in page["MetricDataResults"]:
            name, key = meaning[result["Id"]]
            points = zip(result["Timestamps"], result["Values"], strict=True)
            series[name].setdefault(key, {}).update(
                {at: value for at, value in points if start <= at.timestamp() < end}
            )
    last = datetime.fromtimestamp(end - step, UTC)
    if last not in series["edge"].get("requests", {}):
        return {}
    return {name: _counted(series[name], counters) for name, (_, counters, _) in places.items()}


def _query(
    number: str, metric: str, statistic: str, dimensions: dict[str, str], step: int
) -> dict[str, Any]:
    return {
        "Id": number,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ApplicationELB",
                "MetricName": metric,
                "Dimensions": [
                    {"Name": name, "Value": value} for name, value in dimensions.items()
                ],
            },
            "Period": step,
            "Stat": statistic,
        },
    }


def _counted(series: dict[str, dict[datetime, float]], counters: dict[str, str]) -> dict[str, Any]:
    names = ("2xx", "3xx", "4xx", "5xx", "connectionErrors", "responseErrors")
    counted = {name: round(sum(series.get(name, {}).values())) for name in ("requests", *names)}
    # An Application Load Balancer neither tries again nor elsewhere.
    counted |= {"retries": 0, "redispatches": 0}
    samples = series.get("+Inf", {})
    latency = {
        str(bound): round(
            sum(
                samples[at] * percent / 100
                for at, percent in series.get(str(bound), {}).items()
                if at in samples
            )
        )
        for bound in BOUNDS
    }
    latency["+Inf"] = round(sum(samples.values()))
    return {"counters": counted, "latency": latency}
