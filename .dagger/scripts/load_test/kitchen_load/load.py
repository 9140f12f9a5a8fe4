"""In each process that makes load: notes every request, and tells the judge each second."""

import time
from collections import Counter
from typing import Any

import gevent
from locust import TaskSet, User, events
from locust.env import Environment
from locust.runners import WorkerRunner

from kitchen_load.arrivals import Arrivals
from kitchen_load.judge import MESSAGE, Judge
from kitchen_load.measurements import Recorder
from kitchen_load.settings import Settings


class Load:
    """A process that makes load: notes each request, and reports."""

    def __init__(self, environment: Environment, settings: Settings, judge: Judge | None) -> None:
        self._environment = environment
        self._settings = settings
        self._judge = judge
        self._recorder = Recorder()
        self._arrivals: Arrivals | None = None
        self._processor: list[tuple[int, float]] = []
        self._raised: Counter[str] = Counter()
        events.request.add_listener(self._on_request)
        events.user_error.add_listener(self._on_user_error)
        events.test_start.add_listener(self._on_test_start)
        events.test_stopping.add_listener(self._on_test_stopping)
        events.test_stop.add_listener(lambda **_: self._report(final=True))
        if settings.arrival_rate is not None:
            for user in environment.user_classes:
                give_pace(user, self._next_arrival)

    def _on_test_start(self, **_: Any) -> None:
        gevent.spawn(self._report_each_second)
        rate = self._settings.arrival_rate
        if rate is None:
            return
        runner = self._environment.runner
        index = runner.worker_index if isinstance(runner, WorkerRunner) else 0
        generators = self._settings.generators
        waiting = self._settings.users // generators
        self._arrivals = Arrivals(rate, index, generators, waiting)
        self._timetable = gevent.spawn(self._arrivals.run)

    def _on_test_stopping(self, **_: Any) -> None:
        if self._arrivals is not None:
            self._timetable.kill()
            self._arrivals.close()

    def _next_arrival(self, user: User) -> float:
        return self._arrivals.next(user) if self._arrivals is not None else 0.0

    def _on_request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: BaseException | None,
        start_time: float | None = None,
        **_: Any,
    ) -> None:
        late = self._arrivals.lateness() if self._arrivals is not None else 0.0
        began = start_time if start_time is not None else time.time() - response_time / 1000
        self._recorder.record(
            request_type, name, began - late, response_time + late * 1000, exception is not None
        )

    def _on_user_error(self, exception: BaseException, **_: Any) -> None:
        self._raised[f"{type(exception).__name__}: {exception}"] += 1

    def _report(self, final: bool = False) -> None:
        report = {
            "final": final,
            "cells": self._recorder.take(),
            "processor": self._processor,
            "raised": dict(self._raised),
            "due": list(self._arrivals.due.items()) if self._arrivals else [],
            "dropped": list(self._arrivals.dropped.items()) if self._arrivals else [],
        }
        self._processor = []
        self._raised.clear()
        if self._arrivals is not None:
            self._arrivals.due.clear()
            self._arrivals.dropped.clear()
        if self._judge is not None:
            self._judge.add("local", report)
        else:
            self._environment.runner.send_message(MESSAGE, report)

    def _report_each_second(self) -> None:
        wall, used = time.monotonic(), time.process_time()
        while True:
            gevent.sleep(1)
            now, now_used = time.monotonic(), time.process_time()
            self._processor.append((int(time.time()), 100 * (now_used - used) / (now - wall)))
            wall, used = now, now_used
            self._report()


def give_pace(tasks: type[User] | type[TaskSet], pace: Any) -> None:
    """Let a class of users, and the sets of tasks in it, take their pauses from ``pace``."""

    def wait_time(self: Any) -> float:
        return float(pace(self))

    setattr(tasks, "wait_time", wait_time)
    for each in tasks.tasks:
        if isinstance(each, type) and issubclass(each, TaskSet):
            give_pace(each, pace)
