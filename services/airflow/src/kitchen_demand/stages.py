"""The stages of the pipeline on files: each reads what the one before wrote, and returns its path.

A run has a folder of its own. Airflow moves only paths between tasks, and a failed run leaves its
intermediate files to look at.
"""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd

from kitchen_demand.clean import clean
from kitchen_demand.document import from_document, to_bytes, to_document
from kitchen_demand.evaluate import Evaluation, evaluate, require_better
from kitchen_demand.features import COLUMNS, hourly_features, split_by_time
from kitchen_demand.publish import publish
from kitchen_demand.raw import BadDataError, read_raw, sha256
from kitchen_demand.train import train


def ingest_stage(source: Path, run: Path) -> Path:
    """Copy the export into the run's folder, checked: later stages see one unchanging file."""
    read_raw(source)
    run.mkdir(parents=True, exist_ok=True)
    target = run / "raw.csv"
    target.write_bytes(source.read_bytes())
    return target


def clean_stage(raw: Path, run: Path) -> Path:
    """``clean.csv``, and ``dropped.json`` with the count per reason."""
    cleaned = clean(read_raw(raw))
    _write_json(run / "dropped.json", dict(cleaned.dropped))
    return _write_csv(cleaned.orders, run / "clean.csv")


def features_stage(cleaned: Path, run: Path) -> Path:
    """``features.csv``."""
    orders = pd.read_csv(cleaned, parse_dates=["placed_at"])
    return _write_csv(hourly_features(orders), run / "features.csv")


def train_stage(features: Path, raw: Path, run: Path) -> Path:
    """``model.json``: fitted on the earlier days only; not judged yet, so without metrics."""
    training, _ = split_by_time(read_features(features))
    document = to_document(train(training), {}, training["start"].max(), sha256(raw))
    target = run / "model.json"
    target.write_bytes(to_bytes(document))
    return target


def evaluate_stage(model: Path, features: Path, run: Path) -> Path:
    """``evaluated.json``: the same model with its metrics.

    Raises:
        NotGoodEnoughError: the model is not better than the baseline; nothing is written.
    """
    document = json.loads(model.read_bytes())
    evaluation = _judge(model, features)
    require_better(evaluation)
    target = run / "evaluated.json"
    target.write_bytes(to_bytes({**document, "metrics": evaluation.as_metrics()}))
    return target


def publish_stage(evaluated: Path, folder: Path) -> str:
    """Publish the evaluated model; returns its SHA-256."""
    if not json.loads(evaluated.read_bytes())["metrics"]:
        raise BadDataError(f"{evaluated.name} was never evaluated")
    return publish(evaluated.read_bytes(), folder)


def watch_stage(published: Path, features: Path) -> dict[str, float]:
    """Metrics of the published model on the latest days.

    Raises:
        BadDataError: nothing is published.
        NotGoodEnoughError: the model is no longer better than the baseline.
    """
    if not published.is_file():
        raise BadDataError(f"{published.name}: no model is published")
    evaluation = _judge(published, features)
    require_better(evaluation)
    return evaluation.as_metrics()


def read_features(path: Path) -> pd.DataFrame:
    """A feature frame from its file.

    Raises:
        BadDataError: the columns are not those of ``features.py``.
    """
    frame = pd.read_csv(path, parse_dates=["start"])
    if tuple(frame.columns) != COLUMNS:
        raise BadDataError(f"{path.name}: columns {', '.join(frame.columns)} are no features")
    return frame


def _judge(model: Path, features: Path) -> Evaluation:
    """Judge by the hours that the model has not seen, whatever was added since it was trained."""
    document = json.loads(model.read_bytes())
    hours = read_features(features)
    seen = hours["start"] <= datetime.fromisoformat(document["trained_through"])
    return evaluate(from_document(document), hours[seen], hours[~seen])


def _write_csv(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path


def _write_json(path: Path, value: dict[str, int]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
