"""Takes its part in Locust: load in every process that has users, a judge in the one that leads."""

from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from kitchen_load.judge import Judge
from kitchen_load.load import Load
from kitchen_load.settings import read_settings


@events.init.add_listener
def on_init(environment: Environment, runner: Runner, **_: Any) -> None:
    """Take the part that this process has: master, worker, or both in one."""
    settings = read_settings()
    judge = None if isinstance(runner, WorkerRunner) else Judge(environment, settings)
    if not isinstance(runner, MasterRunner):
        Load(environment, settings, judge)
