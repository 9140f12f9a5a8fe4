"""Fixtures: Airflow in a folder of its own, and the committed sample at every stage.

Airflow reads its settings when it is first imported, so they are set here, before any test is.
"""

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

SERVICE = Path(__file__).parent.parent
SAMPLE = SERVICE / "data" / "orders.csv"

_home = tempfile.TemporaryDirectory(prefix="airflow-tests-")
os.environ.update(
    {
        "AIRFLOW_HOME": _home.name,
        "AIRFLOW__CORE__DAGS_FOLDER": str(SERVICE / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_home.name}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "LOKY_MAX_CPU_COUNT": "1",
    }
)


@pytest.fixture(scope="session")
def dag_bag() -> "DagBag":
    """Every DAG of the service, parsed as Airflow parses them; needs no database."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(SERVICE / "dags")


@pytest.fixture(scope="session")
def airflow_database() -> Iterator[None]:
    """Airflow's own tables, in SQLite."""
    from airflow.utils.db import initdb

    logging.getLogger("alembic").setLevel(logging.WARNING)
    initdb()
    yield
    _home.cleanup()
