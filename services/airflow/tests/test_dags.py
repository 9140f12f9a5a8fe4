"""Integrity of the DAGs: what must hold for each of them, and the sequence of their tasks."""

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from conftest import SERVICE

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

OWNER = "kitchen-data"


def sequence(dag: "DAG") -> list[str]:
    return [task.task_id for task in dag.topological_sort()]  # type: ignore[no-untyped-call]


def edges(dag: "DAG") -> set[tuple[str, str]]:
    return {(task.task_id, after) for task in dag.tasks for after in task.downstream_task_ids}


def test_every_file_of_the_folder_imports(dag_bag: "DagBag") -> None:
    assert dag_bag.import_errors == {}
    files = {path.stem for path in (SERVICE / "dags").glob("*.py")}
    assert set(dag_bag.dags) == files == {"demand_model", "demand_watch"}


def test_no_dag_has_a_cycle(dag_bag: "DagBag") -> None:
    for dag in dag_bag.dags.values():
        dag.check_cycle()
        assert len(sequence(dag)) == len(dag.tasks)


def test_every_task_has_an_owner_a_time_limit_and_a_docstring(dag_bag: "DagBag") -> None:
    for dag in dag_bag.dags.values():
        for task in dag.tasks:
            assert task.owner == OWNER, task
            assert isinstance(task.execution_timeout, timedelta), task
            assert getattr(task, "python_callable").__doc__, task


def test_every_dag_says_what_it_is_for(dag_bag: "DagBag") -> None:
    for dag in dag_bag.dags.values():
        assert dag.doc_md and len(dag.doc_md) > 100, dag
        assert "demand" in dag.tags and len(dag.tags) >= 2, dag
        assert dag.owner == OWNER


def test_schedules(dag_bag: "DagBag") -> None:
    schedules = {name: str(dag.schedule) for name, dag in dag_bag.dags.items()}
    assert schedules == {"demand_model": "30 2 * * *", "demand_watch": "0 9 * * 1"}
    for dag in dag_bag.dags.values():
        assert dag.catchup is False, dag
        assert dag.max_active_runs == 1, dag


def test_retries_are_set_where_trying_again_can_help(dag_bag: "DagBag") -> None:
    retries = {
        name: {task.task_id: task.retries for task in dag.tasks}
        for name, dag in dag_bag.dags.items()
    }
    assert retries == {
        "demand_model": {
            "ingest": 2,
            "clean": 2,
            "features": 2,
            "train": 2,
            "evaluate": 0,  # a model does not become better by asking twice
            "publish": 2,
        },
        "demand_watch": {"prepare": 1, "judge": 0},
    }


def test_the_sequence_of_the_training(dag_bag: "DagBag") -> None:
    dag = dag_bag.dags["demand_model"]
    assert sequence(dag) == [
        "ingest",
        "clean",
        "features",
        "train",
        "evaluate",
        "publish",
    ]
    assert edges(dag) == {
        ("ingest", "clean"),
        ("ingest", "train"),
        ("clean", "features"),
        ("features", "train"),
        ("features", "evaluate"),
        ("train", "evaluate"),
        ("evaluate", "publish"),
    }


def test_the_sequence_of_the_watch(dag_bag: "DagBag") -> None:
    assert edges(dag_bag.dags["demand_watch"]) == {("prepare", "judge")}


def test_nothing_but_evaluate_leads_to_publish(dag_bag: "DagBag") -> None:
    publish = dag_bag.dags["demand_model"].get_task("publish")
    assert publish.upstream_task_ids == {"evaluate"}
    assert publish.trigger_rule == "all_success"
    assert [outlet.name for outlet in publish.outlets] == ["kitchen-demand-model"]


def test_parsing_loads_neither_pandas_nor_scikit_learn() -> None:
    """Airflow parses the files again and again; what is heavy is imported inside the tasks."""
    script = (
        "import runpy, sys\n"
        "[runpy.run_path(path) for path in sys.argv[1:]]\n"
        "print([name for name in ('pandas', 'sklearn', 'kitchen_demand') if name in sys.modules])"
    )
    files = sorted(str(path) for path in (SERVICE / "dags").glob("*.py"))
    done = subprocess.run(
        [sys.executable, "-c", script, *files], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
