"""Asks Airflow which DAGs it has.

Run in its API server's container it writes JSON to standard output; where Airflow answers at an
address, it is a module.
"""

import json
import os
import urllib.request
from typing import Any

PASSWORDS = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"


def ask(api: str, user: str, password: str) -> dict[str, Any]:
    """``dags`` (id, version, stale, file) and ``errors`` (file, trace, at)."""
    login = json.dumps({"username": user, "password": password}).encode()
    token = _get(f"{api}/auth/token", {"Content-Type": "application/json"}, login)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    dags = _get(f"{api}/api/v2/dags?limit=1000&exclude_stale=false", headers)["dags"]
    errors = _get(f"{api}/api/v2/importErrors?limit=100", headers)["import_errors"]
    return {
        "dags": [
            {
                "id": dag["dag_id"],
                "version": dag.get("bundle_version"),
                "stale": dag["is_stale"],
                "file": dag.get("relative_fileloc"),
            }
            for dag in dags
        ],
        "errors": [
            {
                "file": each["filename"],
                "trace": each["stack_trace"],
                "at": each["timestamp"],
            }
            for each in errors
        ],
    }


def _get(url: str, headers: dict[str, str], data: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


if __name__ == "__main__":
    with open(os.environ[PASSWORDS], encoding="utf-8") as file:
        known = json.load(file)["kitchen"]
    print("\n" + json.dumps(ask("http://127.0.0.1:8080", "kitchen", known)))
