"""What the pipeline published is what the service answers with."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

TASKS = ["ingest", "clean", "features", "train", "evaluate", "publish"]
MODEL = Path("/model/demand.json")


def test_every_task_of_the_pipeline_succeeded(pipeline: dict[str, Any]) -> None:
    states = {task["name"]: task["state"] for task in pipeline["tasks"]}
    assert states == dict.fromkeys(TASKS, "success"), pipeline["problem"]


def test_the_model_it_published_is_there_whole_and_good(pipeline: dict[str, Any]) -> None:
    if not MODEL.parent.exists():
        pytest.skip("the models are on the environment's host: the service's answer says which")
    content = MODEL.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert digest == pipeline["results"]["publish"]
    assert (MODEL.parent / "versions" / f"{digest}.json").read_bytes() == content
    assert json.loads(content)["metrics"]["gain"] > 0.2


def test_the_service_answers_with_the_new_model(
    service: httpx2.Client, pipeline: dict[str, Any]
) -> None:
    assert pipeline["state"] == "success"
    forecast = service.get("/forecast", params={"start": "2026-03-02T00:00:00Z", "hours": "24"})
    assert forecast.status_code == 200, forecast.text
    assert service.get("/readyz").status_code == 200
    answer = forecast.json()
    assert answer["model"] == pipeline["results"]["publish"]
    assert len(answer["hours"]) == 24
    assert answer["total"] > 0
    if MODEL.exists():
        model = json.loads(MODEL.read_bytes())
        assert answer["trained_through"] == model["trained_through"]
        examples = {e["at"]: e["orders"] for e in model["examples"] if not e["promotion"]}
        served = {hour["start"]: hour["orders"] for hour in answer["hours"]}
        shared = set(examples) & set(served)
        assert shared
        assert {at: round(examples[at], 3) for at in shared} == {at: served[at] for at in shared}
