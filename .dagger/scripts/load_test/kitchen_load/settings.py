"""How the load test is to run, as the module says it in one variable."""

import json
import os
from dataclasses import dataclass

from kitchen_load.thresholds import Threshold

VARIABLE = "KITCHEN_LOAD_TEST"


@dataclass(frozen=True)
class Settings:
    """Times in seconds; ``arrival_rate`` is None for users that wait for answers."""

    target: str
    users: int
    spawn_rate: int
    warm_up: int
    duration: int
    arrival_rate: int | None
    generators: int
    """processes that make load, in all containers together"""
    thresholds: tuple[Threshold, ...]
    output: str


def read_settings() -> Settings:
    """The settings in the environment."""
    given = json.loads(os.environ[VARIABLE])
    thresholds = tuple(Threshold(**each) for each in given.pop("thresholds"))
    return Settings(**given, thresholds=thresholds)
