"""Where the pipeline's files are, decided by the deployment through the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """``source``: the export of orders; ``runs``: a folder per run; ``models``: what is served."""

    source: Path
    runs: Path
    models: Path

    def run(self, dag_id: str, run_id: str) -> Path:
        """The folder of one run; Airflow's run ids hold colons and plus signs, folders do not."""
        return self.runs / dag_id / re.sub(r"[^A-Za-z0-9._-]", "_", run_id)


def places(environment: Mapping[str, str] = os.environ) -> Places:
    """``KITCHEN_DEMAND_SOURCE``, ``_RUNS`` and ``_MODELS``.

    Raises:
        LookupError: one of them is not set.
    """
    found: dict[str, Path] = {}
    for name in ("SOURCE", "RUNS", "MODELS"):
        variable = f"KITCHEN_DEMAND_{name}"
        if not environment.get(variable):
            raise LookupError(f"{variable} is not set: the pipeline does not know where to look")
        found[name.lower()] = Path(environment[variable])
    return Places(**found)
