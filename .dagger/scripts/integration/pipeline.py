"""Runs a DAG in a real Airflow and waits for its end, task by task."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from airflow_api import Airflow, AirflowError

PAUSE = 1.0
"""Seconds between two looks."""

FAILED = {"failed", "upstream_failed", "up_for_retry"}
"""Where a task's first attempt failed: on data that is made for it, a second is no better."""

PARTS = ("metadatabase", "scheduler", "dag_processor")


class GaveUp(Exception):
    """It took too long; the message says what was waited for."""


@dataclass
class Deadline:
    """A time limit for everything, which knows what is being waited for."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds

    def wait(self, look: Callable[[], str | None]) -> None:
        """Look again and again, until there is nothing to wait for.

        Raises:
            GaveUp: with the last thing that ``look`` was waiting for.
        """
        while (waiting := look()) is not None:
            if self.clock() >= self._end:
                raise GaveUp(f"gave up after {self.seconds:.0f} s, waiting for {waiting}")
            self.sleep(PAUSE)


@dataclass
class Outcome:
    """How a run of a DAG ended."""

    dag: str
    run: str | None = None
    state: str = "not started"
    problem: str | None = None
    """why it could not be run at all, or to its end"""
    tasks: list[dict[str, Any]] = field(default_factory=list)
    """name, state, seconds, log (of those that failed)"""
    results: dict[str, Any] = field(default_factory=dict)
    """what each task returned"""


def run_pipeline(airflow: Airflow, dag: str, deadline: Deadline) -> Outcome:
    """Trigger ``dag`` and wait until it has ended, or one of its tasks has failed."""
    outcome = Outcome(dag)
    try:
        deadline.wait(lambda: unwell(airflow))
        airflow.log_in()
        deadline.wait(lambda: unread(airflow, dag))
        found = airflow.dag(dag)
        outcome.run = airflow.trigger(dag)
        if found and found["is_paused"]:
            airflow.pause(dag, False)
        try:
            deadline.wait(lambda: unfinished(airflow, outcome))
        finally:
            if found and found["is_paused"]:
                airflow.pause(dag, True)
    except (AirflowError, GaveUp, Unreadable) as error:
        outcome.problem = str(error)
    if outcome.run is not None:
        describe(airflow, outcome)
    return outcome


class Unreadable(Exception):
    """Airflow cannot parse a file with DAGs."""


def unwell(airflow: Airflow) -> str | None:
    """Which part of Airflow is not there yet."""
    try:
        health = airflow.health()
    except AirflowError as error:
        return f"Airflow to answer ({error})"
    for part in PARTS:
        status = (health.get(part) or {}).get("status")
        if status != "healthy":
            return f"Airflow's {part}, which is {status or 'not there'}"
    return None


def unread(airflow: Airflow, dag: str) -> str | None:
    """Whether Airflow has not read the DAG yet.

    Raises:
        Unreadable: it has read a file and could not parse it.
    """
    if airflow.dag(dag) is not None:
        return None
    for error in airflow.import_errors():
        raise Unreadable(f"Airflow cannot parse {error['filename']}:\n{error['stack_trace']}")
    return f"Airflow to read the DAG {dag}"


def unfinished(airflow: Airflow, outcome: Outcome) -> str | None:
    """What the run is still doing; nothing as soon as a task has failed."""
    assert outcome.run is not None
    outcome.state = airflow.run_state(outcome.dag, outcome.run)
    if outcome.state in ("success", "failed"):
        return None
    tasks = airflow.tasks(outcome.dag, outcome.run)
    if any(task["state"] in FAILED for task in tasks):
        outcome.state = "failed"
        return None
    states = ", ".join(f"{task['task_id']} {task['state'] or 'not begun'}" for task in tasks)
    return f"{outcome.dag} to end, which is {outcome.state} ({states})"


def describe(airflow: Airflow, outcome: Outcome) -> None:
    """Note every task, with the log of those that failed, and what they returned."""
    assert outcome.run is not None
    try:
        tasks = airflow.tasks(outcome.dag, outcome.run)
    except AirflowError as error:
        outcome.problem = outcome.problem or str(error)
        return
    for task in tasks:
        name, state = task["task_id"], task["state"] or "not begun"
        failed = state in ("failed", "up_for_retry", "running")
        outcome.tasks.append(
            {
                "name": name,
                "state": state,
                "seconds": task["duration"] or 0,
                "log": (
                    airflow.log(outcome.dag, outcome.run, name, task["try_number"])
                    if failed
                    else ""
                ),
            }
        )
        if state == "success":
            outcome.results[name] = airflow.result(outcome.dag, outcome.run, name)
