"""Which DAGs Airflow runs, as Airflow says, and whether they are those of a release."""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from host import Host
from refused import Refused

SETTLED = 15
"""Seconds without anything new, after which nothing more is to come of files without DAGs."""


@dataclass(frozen=True)
class Dags:
    """``versions``: DAG -> digest of the image it comes from; ``files``: what they are in;
    ``errors``: files without DAGs."""

    versions: dict[str, str | None]
    files: set[str | None]
    errors: list[dict[str, Any]]


def ask(host: Host) -> Dags:
    """What Airflow's REST API says.

    Raises:
        Refused: it cannot be asked.
    """
    answer = _said(host, "airflow-api", "ask_airflow.py", "DAGs")
    live = [dag for dag in answer["dags"] if not dag["stale"]]
    return Dags(
        {dag["id"]: dag["version"] for dag in live},
        {dag["file"] for dag in live},
        answer["errors"],
    )


def wait_for(host: Host, digest: str, seconds: int) -> Dags:
    """Wait until Airflow has parsed its files, and all DAGs come from the image with this digest.

    Raises:
        Refused: a file cannot be parsed (which, and why), or another version is still there.
    """
    wanted = _files(host)
    started = (host.container(f"{host.project}-airflow-dags") or {})["State"]["StartedAt"]
    since = datetime.fromisoformat(started)
    end = time.monotonic() + seconds
    last, calm = None, 0.0
    while True:
        try:
            seen = ask(host)
        except Refused:
            # At its start it may take its time for one answer.
            if time.monotonic() > end:
                raise
            time.sleep(1)
            continue
        # What an earlier release left behind says nothing of this one.
        errors = [each for each in seen.errors if datetime.fromisoformat(each["at"]) > since]
        if errors:
            raise Refused(_unparsed(errors))
        late = [
            f"{dag} is of {version or 'no version'}"
            for dag, version in seen.versions.items()
            if version != digest
        ]
        if seen.files != last:
            last, calm = seen.files, time.monotonic()
        # A file without DAGs is never heard of: then none may have come for a while.
        whole = wanted <= seen.files or time.monotonic() > calm + SETTLED
        if seen.versions and not late and whole:
            return seen
        if time.monotonic() > end:
            missing = sorted(wanted - {each for each in seen.files if each})
            why = ", ".join(late) or f"nothing of {', '.join(missing) or 'any file'}"
            raise Refused(
                f"Airflow does not have the DAGs of {digest} after {seconds} s: {why}; "
                f"{host.last_lines(f'{host.project}-airflow-dags')}"
            )
        time.sleep(1)


def _files(host: Host) -> set[str]:
    """Where Airflow looks for DAGs, by the image itself."""
    return set(_said(host, "airflow-dags", "dag_files.py", "files"))


def _said(host: Host, part: str, script: str, what: str) -> Any:
    """The JSON that a script of these writes in the container of a part of Airflow.

    Raises:
        Refused: it cannot be asked.
    """
    text = Path(__file__).with_name(script).read_text(encoding="utf-8")
    code, out, err = host.answer(f"{host.project}-{part}", ["python", "-c", text])
    if code != 0 or not out:
        last = (err.strip().splitlines() or ["no reason given"])[-1]
        raise Refused(f"Airflow cannot be asked for its {what}: {last}")
    return json.loads(out.strip().splitlines()[-1])


def _unparsed(errors: list[dict[str, Any]]) -> str:
    shown = [f"{each['file']}:\n{each['trace'].strip()}" for each in errors]
    return "Airflow cannot parse DAGs of this release: " + "\n".join(shown)
