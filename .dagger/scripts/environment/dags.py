"""Which DAGs Airflow runs, as Airflow says, and whether they are those of a release."""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from host import Host
from refused import Refused


@dataclass(frozen=True)
class Dags:
    """``versions``: DAG -> digest of the image it comes from; ``errors``: files without DAGs."""

    versions: dict[str, str | None]
    parsed: dict[str, str | None]
    errors: list[dict[str, Any]]


def ask(host: Host) -> Dags:
    """What Airflow's REST API says.

    Raises:
        Refused: it cannot be asked.
    """
    script = Path(__file__).with_name("ask_airflow.py").read_text(encoding="utf-8")
    code, out, err = host.answer(f"{host.project}-airflow-api", ["python", "-c", script])
    if code != 0 or not out:
        last = (err.strip().splitlines() or ["no reason given"])[-1]
        raise Refused(f"Airflow cannot be asked for its DAGs: {last}")
    answer = json.loads(out.strip().splitlines()[-1])
    live = [dag for dag in answer["dags"] if not dag["stale"]]
    return Dags(
        {dag["id"]: dag["version"] for dag in live},
        {dag["id"]: dag["parsed"] for dag in live},
        answer["errors"],
    )


def wait_for(host: Host, digest: str, seconds: int) -> Dags:
    """Wait until all DAGs that Airflow has come from the image with this digest.

    Raises:
        Refused: a file cannot be parsed (which, and why), or another version is still there.
    """
    started = (host.container(f"{host.project}-airflow-dags") or {})["State"]["StartedAt"]
    since = datetime.fromisoformat(started)
    end = time.monotonic() + seconds
    while True:
        seen = ask(host)
        # What an earlier release left behind says nothing of this one.
        errors = [each for each in seen.errors if datetime.fromisoformat(each["at"]) > since]
        if errors:
            raise Refused(_unparsed(errors))
        late = [
            f"{dag} is of {version or 'no version'}"
            for dag, version in seen.versions.items()
            if version != digest
        ]
        if seen.versions and not late:
            return seen
        if time.monotonic() > end:
            why = ", ".join(late) or "it has none"
            raise Refused(
                f"Airflow does not have the DAGs of {digest} after {seconds} s: {why}; "
                f"{host.last_lines(f'{host.project}-airflow-dags')}"
            )
        time.sleep(1)


def _unparsed(errors: list[dict[str, Any]]) -> str:
    shown = [f"{each['file']}:\n{each['trace'].strip()}" for each in errors]
    return "Airflow cannot parse DAGs of this release: " + "\n".join(shown)
