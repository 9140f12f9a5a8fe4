"""Airflow's REST API (v2), as far as a test of a pipeline needs it; only the standard library."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

TIMEOUT = 30


class AirflowError(Exception):
    """Airflow refused, or does not answer; the message says what was asked and what it said."""


class Airflow:
    """One Airflow at an address; logs in with a user, or as it lets everybody in."""

    def __init__(self, url: str, user: str | None, password: str | None) -> None:
        self._url = url.rstrip("/")
        self._user = user
        self._password = password
        self._token: str | None = None

    def health(self) -> dict[str, Any]:
        """State of each part, such as ``{"scheduler": {"status": "healthy"}}``."""
        return self._send("GET", "/api/v2/monitor/health")

    def log_in(self) -> None:
        """Get a token for everything that follows."""
        given = None
        if self._user is not None:
            given = {"username": self._user, "password": self._password or ""}
        answer = self._send("GET" if given is None else "POST", "/auth/token", given)
        self._token = answer["access_token"]

    def import_errors(self) -> list[dict[str, Any]]:
        """Files with DAGs that cannot be read, each with ``filename`` and ``stack_trace``."""
        return self._send("GET", "/api/v2/importErrors")["import_errors"]

    def dag(self, dag: str) -> dict[str, Any] | None:
        """A DAG's own data, or None as long as Airflow has not read it."""
        try:
            return self._send("GET", f"/api/v2/dags/{quoted(dag)}")
        except AirflowError as error:
            if isinstance(error.__cause__, urllib.error.HTTPError) and error.__cause__.code == 404:
                return None
            raise

    def pause(self, dag: str, paused: bool) -> None:
        """Pause a DAG, or let its runs go on."""
        self._send("PATCH", f"/api/v2/dags/{quoted(dag)}", {"is_paused": paused})

    def trigger(self, dag: str) -> str:
        """Start a run now; returns its id."""
        run = self._send("POST", f"/api/v2/dags/{quoted(dag)}/dagRuns", {"logical_date": None})
        return run["dag_run_id"]

    def run_state(self, dag: str, run: str) -> str:
        """queued, running, success or failed."""
        return self._send("GET", self._run(dag, run))["state"]

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """Tasks of a run, in the order in which they began; those that have not begun come last."""
        found = self._send("GET", f"{self._run(dag, run)}/taskInstances")["task_instances"]
        return sorted(found, key=lambda task: task["start_date"] or "9")

    def result(self, dag: str, run: str, task: str) -> Any:
        """What a task returned; None when it returned nothing."""
        path = f"{self._run(dag, run)}/taskInstances/{quoted(task)}/xcomEntries/return_value"
        try:
            return self._send("GET", path)["value"]
        except AirflowError:
            return None

    def log(self, dag: str, run: str, task: str, attempt: int) -> str:
        """The text of a task's log."""
        path = f"{self._run(dag, run)}/taskInstances/{quoted(task)}/logs/{max(attempt, 1)}"
        try:
            content = self._send("GET", f"{path}?full_content=true")["content"]
        except AirflowError as error:
            return f"(no log: {error})"
        return "\n".join(line for entry in content for line in lines_of(entry))

    def _run(self, dag: str, run: str) -> str:
        return f"/api/v2/dags/{quoted(dag)}/dagRuns/{quoted(run)}"

    def _send(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # nosec B310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:500]
            raise AirflowError(f"{method} {path}: {error.code}: {said}") from error
        except (OSError, ValueError) as error:
            raise AirflowError(f"{method} {path}: {error}") from error


def lines_of(entry: Any) -> list[str]:
    """A structured entry of a log as text: time, level, event, and the exception with its frames."""
    if not isinstance(entry, dict):
        return [str(entry)]
    known = (entry.get("timestamp"), entry.get("level"), entry.get("event"))
    lines = [" ".join(str(part) for part in known if part)]
    for error in entry.get("error_detail") or []:
        for frame in error.get("frames") or []:
            lines.append(f"  {frame.get('filename')}:{frame.get('lineno')} in {frame.get('name')}")
        lines.append(f"{error.get('exc_type')}: {error.get('exc_value')}")
    return lines


def quoted(part: str) -> str:
    """For a path: ids of runs hold colons and plus signs."""
    return urllib.parse.quote(part, safe="")
