"""The stages on files, without Airflow: the whole way, and each refusal on it."""

import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import SAMPLE

from kitchen_demand.evaluate import NotGoodEnoughError
from kitchen_demand.places import Places, places
from kitchen_demand.raw import BadDataError, sha256
from kitchen_demand.stages import (
    clean_stage,
    evaluate_stage,
    features_stage,
    ingest_stage,
    publish_stage,
    read_features,
    train_stage,
    watch_stage,
)


def run_until_evaluated(run: Path) -> tuple[Path, Path]:
    raw = ingest_stage(SAMPLE, run)
    features = features_stage(clean_stage(raw, run), run)
    return evaluate_stage(train_stage(features, raw, run), features, run), features


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return run_until_evaluated(tmp_path_factory.mktemp("run"))


def test_the_whole_way_gives_the_same_bytes_twice(
    evaluated: tuple[Path, Path], tmp_path: Path
) -> None:
    again, _ = run_until_evaluated(tmp_path / "new" / "run")
    assert again.read_bytes() == evaluated[0].read_bytes()


def test_what_is_published_names_its_data_and_its_worth(
    evaluated: tuple[Path, Path], tmp_path: Path
) -> None:
    digest = publish_stage(evaluated[0], tmp_path)
    assert digest == sha256(tmp_path / "demand.json")
    document = json.loads((tmp_path / "demand.json").read_bytes())
    assert document["dataset_sha256"] == sha256(SAMPLE)
    assert document["trained_through"] == "2026-03-08T21:00:00Z"
    assert document["metrics"]["hours"] == 21 * 12
    assert document["metrics"]["gain"] > 0.2


def test_the_reasons_for_dropping_are_kept(evaluated: tuple[Path, Path]) -> None:
    dropped = json.loads((evaluated[0].parent / "dropped.json").read_bytes())
    assert sum(dropped.values()) == 92


def test_a_worse_model_stops_before_anything_is_written(
    evaluated: tuple[Path, Path], tmp_path: Path
) -> None:
    _, features = evaluated
    document = json.loads((evaluated[0].parent / "model.json").read_bytes())
    document["intercept"] += 1.0  # expects e times too many orders
    worse = tmp_path / "model.json"
    worse.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(NotGoodEnoughError):
        evaluate_stage(worse, features, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.json"]


def test_a_model_that_was_not_evaluated_is_not_published(
    evaluated: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(BadDataError, match="model.json was never evaluated"):
        publish_stage(evaluated[0].parent / "model.json", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_watch_judges_by_what_came_after_the_training(
    evaluated: tuple[Path, Path], tmp_path: Path
) -> None:
    document = json.loads(evaluated[0].read_bytes())
    document["trained_through"] = "2026-03-15T21:00:00Z"
    model = tmp_path / "demand.json"
    model.write_text(json.dumps(document), encoding="utf-8")
    assert watch_stage(model, evaluated[1])["hours"] == 14 * 12


def test_the_watch_notices_that_habits_have_changed(
    evaluated: tuple[Path, Path], tmp_path: Path
) -> None:
    changed = pd.read_csv(evaluated[1])
    changed["orders"] = changed["orders"].to_numpy()[::-1] * 4
    features = tmp_path / "features.csv"
    changed.to_csv(features, index=False)
    with pytest.raises(NotGoodEnoughError):
        watch_stage(evaluated[0], features)


def test_there_is_nothing_to_watch(evaluated: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BadDataError, match="demand.json: no model is published"):
        watch_stage(tmp_path / "demand.json", evaluated[1])


def test_ingest_copies_nothing_that_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(BadDataError):
        ingest_stage(tmp_path / "none.csv", tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_holds_no_features(tmp_path: Path) -> None:
    path = tmp_path / "features.csv"
    path.write_text("start,orders\n2026-03-02T12:00:00Z,1\n", encoding="utf-8")
    with pytest.raises(BadDataError, match="features.csv: columns start, orders are no features"):
        read_features(path)


def test_places_come_from_the_environment() -> None:
    environment = {f"KITCHEN_DEMAND_{name}": f"/{name}" for name in ("SOURCE", "RUNS", "MODELS")}
    found = places(environment)
    assert found == Places(source=Path("/SOURCE"), runs=Path("/RUNS"), models=Path("/MODELS"))
    run = found.run("demand_model", "scheduled__2026-03-02T02:30:00+00:00")
    assert run == Path("/RUNS/demand_model/scheduled__2026-03-02T02_30_00_00_00")


@pytest.mark.parametrize("name", ["SOURCE", "RUNS", "MODELS"])
def test_a_place_that_is_not_set(name: str) -> None:
    environment = {f"KITCHEN_DEMAND_{each}": "/x" for each in ("SOURCE", "RUNS", "MODELS")}
    environment[f"KITCHEN_DEMAND_{name}"] = ""
    with pytest.raises(LookupError, match=f"KITCHEN_DEMAND_{name} is not set"):
        places(environment)
