"""Fixtures: an application on SQLite in memory, a clock that a test sets, a model document."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import MetaData, create_engine

from kitchen_api.app import create_app
from kitchen_api.settings import Settings

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
POSTGRES = os.environ.get("KITCHEN_TEST_POSTGRES_URL")
"""Address of an empty PostgreSQL database; when set, every test runs on it too."""


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def document() -> dict[str, Any]:
    """A small model: e^1 orders an hour, e^2 on Mondays at 12, e^2.5 with a promotion then."""
    return {
        "format": "kitchen.demand-model/1",
        "dataset_sha256": "0" * 64,
        "trained_through": "2026-02-28T21:00:00Z",
        "opening": {"first": 10, "last": 21},
        "intercept": 1.0,
        "terms": [
            {"kind": "hour", "hour": 12, "weekend": False, "coefficient": 0.75},
            {"kind": "weekday", "weekday": 0, "coefficient": 0.25},
            {"kind": "promotion", "coefficient": 0.5},
        ],
        "metrics": {"deviance": 1.0},
        "examples": [
            {"at": "2026-03-02T12:00:00Z", "promotion": False, "orders": 7.38905609893065},
            {"at": "2026-03-02T12:00:00Z", "promotion": True, "orders": 12.182493960703473},
        ],
    }


@pytest.fixture
def model_path(tmp_path: Path, document: dict[str, Any]) -> Path:
    path = tmp_path / "demand.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRES else ["sqlite"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield "sqlite://"
        return
    assert POSTGRES is not None
    yield POSTGRES
    engine = create_engine(POSTGRES)
    tables = MetaData()
    tables.reflect(engine)
    tables.drop_all(engine)
    engine.dispose()


@pytest.fixture
def settings(database_url: str, model_path: Path) -> Settings:
    return Settings(database_url=SecretStr(database_url), model_path=model_path, stations=2)


@pytest.fixture
def client(settings: Settings, clock: Clock) -> Iterator[TestClient]:
    with TestClient(create_app(settings, clock)) as client:
        yield client
