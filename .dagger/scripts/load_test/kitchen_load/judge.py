"""In the process that leads: adds everything up, ends what is hopeless, writes it all down."""

import json
import math
import time
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner

from kitchen_load.measurements import Generator, Totals
from kitchen_load.settings import Settings
from kitchen_load.thresholds import Watch

MESSAGE = "kitchen-report"
"""What a worker tells the master each second, and once more when its last user has ended."""

LAST_REPORTS = 30
"""Seconds that workers may take to give their last reports after the end."""

FORMAT = "kitchen.load-test/1"


class Judge:
    """Knows all that was reported, and whether it can still end well."""

    def __init__(self, environment: Environment, settings: Settings) -> None:
        self._environment = environment
        self._settings = settings
        self._watches = [Watch(threshold) for threshold in settings.thresholds]
        self._generator = Generator()
        self._users: dict[int, int] = {}
        self._totals: Totals | None = None
        self._stopped = math.inf
        self._hopeless: str | None = None
        self._finished: set[str] = set()
        runner = environment.runner
        if isinstance(runner, MasterRunner):
            runner.register_message(MESSAGE, lambda msg, **_: self.add(msg.node_id, msg.data))
        events.test_start.add_listener(self._on_test_start)
        events.test_stopping.add_listener(self._on_test_stopping)
        events.quit.add_listener(self._on_quit)

    def _on_test_start(self, **_: Any) -> None:
        began = time.time()
        start = math.ceil(began + self._settings.warm_up)
        self._totals = Totals(
            int(began), start, self._settings.warm_up + self._settings.duration + 1
        )
        gevent.spawn(self._watch)

    def _on_test_stopping(self, **_: Any) -> None:
        self._stopped = min(self._stopped, time.time())

    def add(self, generator: str, report: dict[str, Any]) -> None:
        """Add what a generator reported."""
        totals = self._totals
        if totals is None:
            return
        if report["final"]:
            self._finished.add(generator)
        totals.add(report["cells"], self._stopped)
        for watch in self._watches:
            watch.add(report["cells"], totals.start)
        samples = self._generator.processor.setdefault(generator, {})
        samples.update((second, percent) for second, percent in report["processor"])
        self._generator.raised.update(report["raised"])
        for what in ("due", "dropped"):
            counted = (number for second, number in report[what] if second >= totals.start)
            self._generator.arrivals[what] += sum(counted)

    def _watch(self) -> None:
        totals = self._totals
        assert totals is not None
        end = time.time() + self._settings.warm_up + self._settings.duration
        while self._stopped == math.inf and time.time() < end:
            gevent.sleep(min(1, max(0, end - time.time())))
            now = time.time()
            self._users[int(now) - totals.began] = self._environment.runner.user_count
            planned = self._settings.duration
            broken = [w for w in self._watches if w.hopeless(totals, now - totals.start, planned)]
            if broken:
                self._hopeless = broken[0].threshold.text
                break
        self._end()

    def _end(self) -> None:
        """Stop, and leave when every generator has said all: Locust itself waits half a second."""
        runner = self._environment.runner
        self._stopped = min(self._stopped, time.time())
        runner.stop()
        patience = time.monotonic() + LAST_REPORTS
        while len(self._finished) < self._settings.generators and time.monotonic() < patience:
            gevent.sleep(0.1)
        runner.quit()

    def _on_quit(self, **_: Any) -> None:
        totals = self._totals
        if totals is None:
            return
        elapsed = max(0.0, min(self._stopped, time.time()) - totals.start)
        document = {
            "format": FORMAT,
            "target": self._settings.target,
            "users": self._settings.users,
            "spawnRate": self._settings.spawn_rate,
            "warmUp": self._settings.warm_up,
            "duration": self._settings.duration,
            "arrivalRate": self._settings.arrival_rate,
            "elapsed": round(elapsed, 3),
            "hopeless": self._hopeless,
            "all": rated(totals.all.describe(), elapsed),
            "endpoints": [
                {"endpoint": f"{method} {name}", **rated(series.describe(), elapsed)}
                for (method, name), series in sorted(totals.endpoints.items())
            ],
            "thresholds": [
                {"text": watch.threshold.text, **self._judged(watch, totals, elapsed)}
                for watch in self._watches
            ],
            "curves": totals.curves(min(self._stopped, time.time())),
            "users_over_time": sorted(self._users.items()),
            "failures": self._failures(),
            "raised": dict(self._generator.raised),
            "generator": {
                "processes": self._settings.generators,
                "processor": self._generator.busiest(totals.start),
                "due": self._generator.arrivals["due"],
                "dropped": self._generator.arrivals["dropped"],
            },
        }
        path = Path(self._settings.output) / "load-test.json"
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")

    def _judged(self, watch: Watch, totals: Totals, elapsed: float) -> dict[str, Any]:
        value = watch.threshold.observe(totals, elapsed)
        return {
            "observed": None if value is None else round(value, 3),
            "met": value is not None and watch.threshold.met(value),
        }

    def _failures(self) -> list[dict[str, Any]]:
        worst = sorted(
            self._environment.stats.errors.values(), key=lambda error: -error.occurrences
        )
        return [
            {
                "endpoint": f"{error.method} {error.name}",
                "error": str(error.error),
                "count": error.occurrences,
            }
            for error in worst[:20]
        ]


def rated(numbers: dict[str, Any], elapsed: float) -> dict[str, Any]:
    """The numbers, with requests a second."""
    return {**numbers, "rps": round(numbers["requests"] / elapsed, 3) if elapsed > 0 else 0.0}
