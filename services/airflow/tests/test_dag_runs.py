"""Both DAGs, really run by Airflow, one after the other, on the committed sample."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import SAMPLE

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.mark.usefixtures("airflow_database")
def test_a_model_is_trained_published_and_watched(
    dag_bag: "DagBag", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, place in {"SOURCE": SAMPLE, "RUNS": tmp_path / "r", "MODELS": tmp_path / "m"}.items():
        monkeypatch.setenv(f"KITCHEN_DEMAND_{name}", str(place))

    states = [str(dag_bag.dags[dag].test().state) for dag in ("demand_model", "demand_watch")]

    assert states == ["success", "success"]
    document = json.loads((tmp_path / "m" / "demand.json").read_text(encoding="utf-8"))
    assert document["metrics"]["gain"] > 0.2
