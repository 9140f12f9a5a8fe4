"""Promised times: a queue in front of a fixed number of stations, simulated exactly."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HANDOVER = timedelta(minutes=2)
"""From the pan to the counter, for every order."""


@dataclass(frozen=True, slots=True)
class Work:
    """Cooking still ahead of the kitchen.

    ``minutes`` is the whole cooking time; ``started_at`` is None while the order waits.
    """

    minutes: float
    started_at: datetime | None = None

    def remaining(self, now: datetime) -> timedelta:
        """Time left at ``now``; an order that takes longer than planned counts as nearly done."""
        whole = timedelta(minutes=self.minutes)
        if self.started_at is None:
            return whole
        return max(whole - (now - self.started_at), timedelta(0))


def ready_at(
    now: datetime, minutes: float, ahead: Sequence[Work], stations: int, already: Work | None = None
) -> datetime:
    """When an order of ``minutes`` will be handed over.

    ``ahead`` holds the open orders in the sequence in which they were received. Those that were
    started occupy a station, the others take the station that becomes free first, and then the
    order itself. An order that is being cooked (``already``) waits for nobody.

    Raises:
        ValueError: ``stations`` is below 1.
    """
    if stations < 1:
        raise ValueError(f"stations is {stations}, at least 1 is needed")
    if already is not None and already.started_at is not None:
        return now + already.remaining(now) + HANDOVER
    busy = [work.remaining(now) for work in ahead if work.started_at is not None]
    free: list[timedelta] = sorted(busy + [timedelta(0)] * max(stations - len(busy), 0))
    # More orders on the fire than stations: the surplus shares, so the earliest do not count.
    free = free[len(free) - stations :]
    heapq.heapify(free)
    for work in ahead:
        if work.started_at is None:
            heapq.heappush(free, heapq.heappop(free) + work.remaining(now))
    return now + heapq.heappop(free) + timedelta(minutes=minutes) + HANDOVER
