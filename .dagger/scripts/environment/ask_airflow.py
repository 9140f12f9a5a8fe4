"""Asks Airflow, from its API server's container, which DAGs it has: JSON on standard output."""

import json
import os
import urllib.request
from typing import Any

API = "http://127.0.0.1:8080"
USER = "kitchen"
PASSWORDS = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"


def main() -> None:
    with open(os.environ[PASSWORDS], encoding="utf-8") as file:
        password = json.load(file)[USER]
    login = json.dumps({"username": USER, "password": password}).encode()
    token = ask("/auth/token", {"Content-Type": "application/json"}, login)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    dags = ask("/api/v2/dags?limit=1000&exclude_stale=false", headers)["dags"]
    errors = ask("/api/v2/importErrors?limit=100", headers)["import_errors"]
    answer = {
        "dags": [
            {
                "id": dag["dag_id"],
                "version": dag.get("bundle_version"),
                "stale": dag["is_stale"],
                "parsed": dag["last_parsed_time"],
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
    print("\n" + json.dumps(answer))


def ask(path: str, headers: dict[str, str], data: bytes | None = None) -> Any:
    request = urllib.request.Request(API + path, data, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


main()
