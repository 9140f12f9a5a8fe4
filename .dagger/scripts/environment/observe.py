"""What happened in each slot: HAProxy's counters and the service's own histogram of latencies."""

import re
import time
from collections.abc import Iterable
from typing import Any

from current import served
from edge import SLOTS, Edge
from host import Host
from refused import Refused
from state import State

# HAProxy's columns -> ours; its manual calls them by these short names.
COUNTERS = {
    "req_tot": "requests",
    "hrsp_2xx": "2xx",
    "hrsp_3xx": "3xx",
    "hrsp_4xx": "4xx",
    "hrsp_5xx": "5xx",
    "econ": "connectionErrors",
    "eresp": "responseErrors",
    "wretr": "retries",
    "wredis": "redispatches",
}
SAMPLE = re.compile(r"^(\w+)\{(.*)\} ([0-9.eE+-]+|\+Inf|NaN)(?: \d+)?$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def observe(host: Host, state: State, seconds: int) -> dict[str, Any]:
    """Counts of a window of time for each slot that has a release.

    ``reset`` says that the counting process is not the one from the window's beginning: what is
    missing then cannot be known.

    Raises:
        Refused: HAProxy cannot be asked.
    """
    if seconds < 1:
        raise Refused(f"a window of {seconds} s: it has to be at least 1 s")
    first = _sample(host, state)
    time.sleep(seconds)
    last = _sample(host, state)
    answer: dict[str, Any] = {"seconds": round(last["at"] - first["at"], 3), "slots": {}}
    for slot, now in last["slots"].items():
        before = first["slots"].get(slot)
        same = before is not None and before["release"] == now["release"]
        counted = _difference(before["counters"], now["counters"]) if same else None
        latencies = _latencies(before["buckets"], now["buckets"]) if same else None
        answer["slots"][slot] = {
            "release": now["release"],
            "weight": now["weight"],
            "reset": counted is None or first["process"] != last["process"],
            "counters": counted,
            "latency": latencies,
            "served": now["served"],
        }
    answer["edge"] = _difference(first["edge"], last["edge"])
    return answer


def _sample(host: Host, state: State) -> dict[str, Any]:
    running = Edge(host)
    weights, rows = running.weights(), running.counters()
    slots = {}
    for slot in SLOTS:
        release = state.document["slots"][slot]
        if not release:
            continue
        about = state.deployment(release)["service"]
        slots[slot] = {
            "release": release,
            "weight": weights[slot],
            "counters": _counted(rows[("service", slot)]),
            "buckets": _histogram(running, slot, about),
            "served": served(running, slot, about),
        }
    return {
        "at": time.monotonic(),
        "process": running.started(),
        "slots": slots,
        "edge": _counted(rows[("service", "BACKEND")]),
    }


def _counted(row: dict[str, str]) -> dict[str, int]:
    return {ours: int(row.get(theirs) or 0) for theirs, ours in COUNTERS.items()}


def _difference(before: dict[str, int], now: dict[str, int]) -> dict[str, int] | None:
    found = {name: now[name] - before[name] for name in now}
    return None if min(found.values()) < 0 else found


def _histogram(running: Edge, slot: str, about: dict[str, Any]) -> dict[str, float] | None:
    """Requests by upper bound (seconds, cumulative); those that only ask how it is do not count."""
    answer = running.get(f"service-{slot}", about["port"], about["metrics"])
    if answer is None or answer.status != 200:
        return None
    operations = {about["health"], about["version"], about["metrics"], *about["operations"]}
    buckets: dict[str, float] = {}
    for labels, value in _samples(answer.body.splitlines(), f"{about['histogram']}_bucket"):
        if labels.get("route") not in operations:
            bound = labels.get("le", "+Inf")
            buckets[bound] = buckets.get(bound, 0.0) + value
    return buckets


def _samples(lines: Iterable[str], name: str) -> Iterable[tuple[dict[str, str], float]]:
    for line in lines:
        found = SAMPLE.match(line)
        if found and found[1] == name:
            yield dict(LABEL.findall(found[2])), float(found[3])


def _latencies(
    before: dict[str, float] | None, now: dict[str, float] | None
) -> dict[str, int] | None:
    if before is None or now is None:
        return None
    found = {bound: int(count - before.get(bound, 0)) for bound, count in now.items()}
    # A service that was started anew counts from zero.
    return None if any(count < 0 for count in found.values()) else found
