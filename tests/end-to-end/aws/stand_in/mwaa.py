"""MWAA: Airflow environments that take their DAGs from a folder in S3, and Airflow's API there."""

import ast
import copy
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from calls import ACCOUNT
from contract import AwsError

Document = dict[str, Any]
STEP = 0.3
# What Airflow of MWAA has of a DAG, besides its name and tags.
NEVER = {"is_paused": True, "is_stale": False}

Files = Callable[[str, str], Mapping[str, bytes]]


class Mwaa:
    """``files`` gives what is in a bucket below a prefix, ``planted`` whether a fault strikes."""

    name = "mwaa"
    operations = (
        "CreateEnvironment",
        "GetEnvironment",
        "UpdateEnvironment",
        "InvokeRestApi",
    )

    def __init__(self, files: Files, planted: Callable[[str], bool]) -> None:
        self._files, self._planted = files, planted
        self._environments: dict[str, Document] = {}
        self._dags: dict[str, Document] = {}

    def create_environment(self, given: Document) -> Document:
        name = given["Name"]
        environment = {
            **{key: value for key, value in given.items() if key != "Tags"},
            "Arn": f"arn:aws:airflow:eu-central-1:{ACCOUNT}:environment/{name}",
            "Status": "CREATING",
            "CreatedAt": time.time(),
            "WebserverUrl": f"https://{name}.eu-central-1.airflow.amazonaws.com",
        }
        environment.setdefault("AirflowVersion", "3.0.6")
        self._environments[name] = environment
        self._start(name, environment["DagS3Path"])
        environment["Status"] = "AVAILABLE"
        return {"Arn": environment["Arn"]}

    def get_environment(self, given: Document) -> Document:
        return {"Environment": self._of(given)}

    def update_environment(self, given: Document) -> Document:
        environment = self._of(given)
        if environment["Status"] not in ("AVAILABLE", "UPDATE_FAILED", "UNAVAILABLE"):
            raise AwsError(
                "ValidationException",
                f"Environment {given['Name']} is in status {environment['Status']} and "
                "cannot be updated.",
            )
        for part in ("Plugins", "Requirements", "StartupScript"):
            path = given.get(f"{part}S3Path", environment.get(f"{part}S3Path"))
            if path and f"{part}S3ObjectVersion" not in given | environment:
                raise AwsError(
                    "ValidationException",
                    f"{part}S3ObjectVersion is required with {part}S3Path.",
                )
        before = copy.deepcopy(environment)
        changed = {key: value for key, value in given.items() if key != "Name"}
        environment |= changed | {
            "Status": "UPDATING",
            "LastUpdate": {"Status": "PENDING", "CreatedAt": time.time()},
        }
        threading.Thread(target=self._update, args=(environment, before), daemon=True).start()
        return {"Arn": environment["Arn"]}

    def invoke_rest_api(self, given: Document) -> Document:
        environment = self._of(given)
        dags = self._dags[environment["Name"]]
        asked = given["Path"]
        if given["Method"] != "GET":
            raise AwsError(
                "ValidationException", f"the stand-in knows no {given['Method']} {asked}"
            )
        if asked == "/dags":
            found = [dag for dag in dags.values() if "error" not in dag]
            return _said({"dags": found, "total_entries": len(found)})
        if asked == "/importErrors":
            errors = [dag["error"] for dag in dags.values() if "error" in dag]
            return _said({"import_errors": errors, "total_entries": len(errors)})
        raise AwsError(
            "RestApiClientException",
            "Not found",
            RestApiStatusCode=404,
            RestApiResponse={"detail": f"no {asked}"},
        )

    def _of(self, given: Document) -> Document:
        name = given["Name"]
        if name not in self._environments:
            raise AwsError("ResourceNotFoundException", f"Environment {name} not found.", 404)
        return self._environments[name]

    def _update(self, environment: Document, before: Document) -> None:
        time.sleep(STEP)
        while self._planted("never-ends"):
            time.sleep(STEP)
        if self._planted("update-fails"):
            environment["Status"] = "ROLLING_BACK"
            time.sleep(STEP)
            error = {"ErrorCode": "INCORRECT_CONFIGURATION", "ErrorMessage": "requirements.txt"}
            updated = {**environment["LastUpdate"], "Status": "FAILED", "Error": error}
            environment.clear()
            environment.update(before | {"LastUpdate": updated})
            return
        self._start(environment["Name"], environment["DagS3Path"])
        environment["LastUpdate"]["Status"] = "SUCCESS"
        environment["Status"] = "AVAILABLE"

    def _start(self, name: str, folder: str) -> None:
        """Its DAGs are read anew: each file's, by its decorators and calls of ``DAG``."""
        bucket = self._environments[name]["SourceBucketArn"].rpartition(":")[2]
        found: Document = {}
        for path, content in self._files(bucket, folder).items():
            if path.endswith(".py"):
                found |= _dags_in(path, content.decode())
        self._dags[name] = found


def _dags_in(path: str, text: str) -> Document:
    now = datetime.now(UTC).isoformat()
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        trace = f"SyntaxError: {error.msg} ({path}, line {error.lineno})"
        return {path: {"error": {"filename": path, "stack_trace": trace, "timestamp": now}}}
    found = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in ("DAG", "dag"):
            continue
        named = {each.arg: each.value for each in node.keywords}
        names = [*node.args[:1], *([named["dag_id"]] if "dag_id" in named else [])]
        if not names or not isinstance(names[0], ast.Constant):
            continue
        tags = [each.value for each in getattr(named.get("tags"), "elts", [])]
        name = names[0].value
        found[name] = {
            "dag_id": name,
            "last_parsed_time": now,
            "tags": [{"name": tag} for tag in tags],
            "fileloc": f"/usr/local/airflow/dags/{path}",
            **NEVER,
        }
    return found


def _said(document: Document) -> Document:
    return {"RestApiStatusCode": 200, "RestApiResponse": json.loads(json.dumps(document))}
