"""The open model: work arrives at a fixed rate, whether or not earlier work is done.

Users that wait for an answer before they ask again ask less when the service is slow, and the
statistics miss the requests that were never made (coordinated omission). Here arrivals have a
time table; a user takes the next one as soon as it is free, and the time that an arrival had to
wait is part of the latency of its first request.
"""

import time
from collections import Counter
from collections.abc import Callable

import gevent
from gevent.local import local
from gevent.queue import Empty, Full, Queue

PROMPT = 0.5
"""Seconds within which a free user takes an arrival, however busy the machine is."""


class Arrivals:
    """One generator's part of the time table.

    Args:
        rate: arrivals a second, of all generators together
        index: which of the ``generators`` this one is, from 0
        waiting: how many may wait for a user; more are dropped, and counted
    """

    def __init__(self, rate: float, index: int, generators: int, waiting: int) -> None:
        self._rate = rate
        self._index = index
        self._generators = generators
        self._queue: Queue[float] = Queue(maxsize=max(1, waiting))
        self._late = local()
        self.due: Counter[int] = Counter()
        self.dropped: Counter[int] = Counter()

    def run(self, clock: Callable[[], float] = time.time) -> None:
        """Let them arrive until this greenlet is ended."""
        began = clock()
        number = self._index
        while True:
            due = began + number / self._rate
            pause = due - clock()
            if pause > 0:
                gevent.sleep(pause)
            self.due[int(due)] += 1
            try:
                self._queue.put_nowait(due)
            except Full:
                self.dropped[int(due)] += 1
            number += self._generators

    def next(self, _user: object = None) -> float:
        """Wait for the next arrival, as Locust's ``wait_time``: after it there is no pause left."""
        due = self._queue.get()
        self._late.seconds = max(0.0, time.time() - due)
        return 0.0

    def lateness(self) -> float:
        """Seconds that this user's present work had waited; 0 for all requests but its first."""
        seconds: float = getattr(self._late, "seconds", 0.0)
        self._late.seconds = 0.0
        return seconds

    def close(self) -> None:
        """What still waits was dropped, but for what came as the end did: that was never due."""
        now = time.time()
        while True:
            try:
                due = self._queue.get_nowait()
            except Empty:
                return
            if now - due > PROMPT:
                self.dropped[int(due)] += 1
            else:
                self.due[int(due)] -= 1
