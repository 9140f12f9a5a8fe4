"""Tests of a service that runs, with its real database: its address is in SERVICE_URL."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest


@pytest.fixture
def service() -> Iterator[httpx2.Client]:
    """A client of the running service."""
    url = os.environ.get("SERVICE_URL")
    if url is None:
        pytest.skip("SERVICE_URL is not set: no service to test")
    with httpx2.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture
def pipeline() -> dict[str, Any]:
    """How the run of the pipeline ended, and what each task returned."""
    path = os.environ.get("PIPELINE_RESULT")
    if path is None:
        pytest.skip("PIPELINE_RESULT is not set: no pipeline was run")
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found
