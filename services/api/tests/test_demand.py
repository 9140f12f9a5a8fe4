"""The model document: what it answers, and what is refused."""

import hashlib
import json
import math
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kitchen_api.demand import MAX_BYTES, ModelUnavailableError, read_model
from kitchen_api.model_file import ModelFile

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def read(document: dict[str, Any]) -> Any:
    return read_model(json.dumps(document).encode())


def test_a_model_as_the_pipeline_publishes_it() -> None:
    """``tests/data/demand.json`` was published by ``services/airflow`` from its sample."""
    model = ModelFile(Path(__file__).parent / "data" / "demand.json").load()
    assert len(model.examples) == 16  # each of them came out here as it did there
    friday, monday = (MONDAY_NOON.replace(day=day, hour=19) for day in (6, 2))
    assert model.orders(friday, False) > 1.3 * model.orders(monday, False)
    assert model.metrics["gain"] > 0.2


def test_the_terms_that_apply_add_up(document: dict[str, Any]) -> None:
    model = read(document)
    assert model.orders(MONDAY_NOON, False) == pytest.approx(math.exp(2))
    assert model.orders(MONDAY_NOON, True) == pytest.approx(math.exp(2.5))
    assert model.orders(MONDAY_NOON + timedelta(hours=1), False) == pytest.approx(math.exp(1.25))
    saturday = MONDAY_NOON + timedelta(days=5)
    assert model.orders(saturday, False) == pytest.approx(math.e)


def test_hours_are_utc_whatever_zone_was_asked_in(document: dict[str, Any]) -> None:
    tokyo = MONDAY_NOON.astimezone(timezone(timedelta(hours=9)))
    assert read(document).orders(tokyo, False) == pytest.approx(math.exp(2))


@pytest.mark.parametrize(("hour", "open_"), [(9, False), (10, True), (21, True), (22, False)])
def test_a_closed_kitchen_expects_nobody(document: dict[str, Any], hour: int, open_: bool) -> None:
    assert (read(document).orders(MONDAY_NOON.replace(hour=hour), False) > 0) is open_


def test_the_forecast_begins_with_the_running_hour(client: TestClient, model_path: Path) -> None:
    answer = client.get("/forecast", params={"start": "2026-03-02T12:40:00Z", "hours": 2})
    assert answer.json() == {
        "model": hashlib.sha256(model_path.read_bytes()).hexdigest(),
        "trained_through": "2026-02-28T21:00:00Z",
        "hours": [
            {"start": "2026-03-02T12:00:00Z", "orders": 7.389},
            {"start": "2026-03-02T13:00:00Z", "orders": 3.49},
        ],
        "total": 10.879,
    }


def test_the_forecast_starts_now_and_knows_promotions(client: TestClient) -> None:
    hours = client.get("/forecast", params={"promotion": True}).json()["hours"]
    assert len(hours) == 24
    assert hours[0] == {"start": "2026-03-02T12:00:00Z", "orders": 12.182}


@pytest.mark.parametrize("query", ["hours=0", "hours=169", "start=2026-03-02T12:00:00"])
def test_a_bad_question_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/forecast?{query}").status_code == 422


def test_without_a_model_the_forecast_is_unavailable(
    client: TestClient, model_path: Path, document: dict[str, Any]
) -> None:
    model_path.unlink()
    response = client.get("/forecast")
    assert response.status_code == 503
    assert response.json() == {"detail": "demand.json: No such file or directory"}
    model_path.write_text(json.dumps(document), encoding="utf-8")
    assert client.get("/forecast").status_code == 200


def test_a_new_model_is_taken_without_a_restart(
    client: TestClient, model_path: Path, document: dict[str, Any]
) -> None:
    assert client.get("/forecast").json()["hours"][0]["orders"] == 7.389
    document["intercept"] = 0.0
    document["examples"] = [{"at": "2026-03-02T12:00:00Z", "promotion": False, "orders": math.e}]
    replacement = model_path.with_suffix(".new")
    replacement.write_text(json.dumps(document), encoding="utf-8")
    os.replace(replacement, model_path)
    assert client.get("/forecast").json()["hours"][0]["orders"] == 2.718


def test_an_unchanged_model_is_parsed_once(model_path: Path) -> None:
    file = ModelFile(model_path)
    assert file.load() is file.load()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "kitchen.demand-model/2"}, r"^no kitchen.demand-model/1: format: "),
        ({"terms": []}, r"^no kitchen.demand-model/1: terms: "),
        ({"terms": [{"kind": "moon", "coefficient": 1}]}, r"terms.0: .*'moon'"),
        ({"terms": [{"kind": "promotion", "coefficient": "x"}]}, r"promotion.coefficient: "),
        ({"intercept": 900.0}, r"^the model's coefficients overflow$"),
        ({"examples": []}, r"examples: "),
        (
            {"intercept": 1.1},
            r"^the model answers 8\.16\d+ to its example at 2026-03-02T12:00:00\+00:00, "
            r"its trainer 7\.389056$",
        ),
    ],
)
def test_a_model_that_cannot_be_trusted(
    document: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelUnavailableError, match=message):
        read(document | change)


@pytest.mark.parametrize("content", [b"", b"{", b"\x80\x04pickle", b"null"])
def test_what_is_no_document(content: bytes) -> None:
    with pytest.raises(ModelUnavailableError, match="^no kitchen.demand-model/1: the document: "):
        read_model(content)


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "demand.json"
    path.write_bytes(b" " * (MAX_BYTES + 1))
    assert ModelFile(path).problem() == f"model: the model has more than {MAX_BYTES} bytes"
