"""Probes: what is asked, how long it took, and what was wrong."""

import time
from collections.abc import Callable, Mapping
from typing import Any

# What is wrong, in words; None when nothing is.
Probe = Callable[[], str | None]


def probed(probes: Mapping[str, Probe]) -> list[dict[str, Any]]:
    """Runs them one after the other: name, seconds and problem of each."""
    results = []
    for name, probe in probes.items():
        since = time.monotonic()
        problem = probe()
        seconds = round(time.monotonic() - since, 3)
        results.append({"name": name, "seconds": seconds, "problem": problem})
    return results


def words_of(said: Mapping[str, Any] | None) -> str:
    """What a service says that it is."""
    if said is None:
        return "something that does not say what it is"
    return f"image {said['digest']} of release {said['release']}"
