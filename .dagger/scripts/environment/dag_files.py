"""Files in which Airflow looks for DAGs, relative to its folder of DAGs; run in its container.

As Airflow itself does by default, it takes the words of a file: one that is no file of DAGs may be
among them, too.
"""

import json
import os
from pathlib import Path

HOME = Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow")
FOLDER = Path(os.environ.get("AIRFLOW__CORE__DAGS_FOLDER") or HOME / "dags")


def _may_hold_dags(path: Path) -> bool:
    text = path.read_bytes().lower()
    return (b"dag" in text and b"airflow" in text) or b"@asset" in text


if __name__ == "__main__":
    found = [path for path in FOLDER.rglob("*.py") if path.is_file() and _may_hold_dags(path)]
    print(json.dumps([str(path.relative_to(FOLDER)) for path in found]))
