"""Probes: what is asked, how long it took, and what was wrong."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from edge import Edge

# What is wrong, in words; None when nothing is.
Probe = Callable[[], str | None]


def answers(edge: Edge, path: str, headers: Mapping[str, str] | None = None) -> Probe:
    """A probe: does a path answer without an error?"""

    def probe() -> str | None:
        answer = edge.get(path, headers)
        if answer is None:
            return f"no answer from {edge.address}"
        return None if answer.status < 400 else f"status {answer.status}: {answer.body[:200]}"

    return probe


def probed(probes: Mapping[str, Probe]) -> list[dict[str, Any]]:
    """Runs them one after the other: name, seconds and problem of each."""
    results = []
    for name, probe in probes.items():
        since = time.monotonic()
        problem = probe()
        seconds = round(time.monotonic() - since, 3)
        results.append({"name": name, "seconds": seconds, "problem": problem})
    return results
