"""Tests a running service and its pipeline from outside, as INTEGRATION (JSON) says:

    output    folder for what is found: pipeline.json, junit.xml, schemathesis.json, logs/
    service   address of the service
    airflow   address of Airflow, dag: the DAG to run; without them no pipeline is run
    user      Airflow's user; its password is in AIRFLOW_PASSWORD
    tests     folder with pytest's tests, run in the folder component
    timeout   seconds for everything

The tests find in their environment: SERVICE_URL, and PIPELINE_RESULT, the path of pipeline.json.
Exits with 0 when everything could be asked, whatever the answers are.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree  # nosec B405
from pathlib import Path
from typing import Any

from airflow_api import Airflow
from pipeline import Deadline, GaveUp, run_pipeline

PYTHON = "/opt/venv/bin/python"
SCHEMATHESIS = "/opt/tool/bin/schemathesis"
LOGS = Path("/kitchen/logs")

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]
EXAMPLES = 15
"""Requests that schemathesis invents for each operation."""


def main() -> int:
    settings = json.loads(os.environ["INTEGRATION"])
    output = Path(settings["output"])
    output.mkdir(parents=True, exist_ok=True)
    deadline = Deadline(settings["timeout"])
    try:
        deadline.wait(lambda: silent(settings["service"]))
        if settings["airflow"] is not None:
            password = os.environ.get("AIRFLOW_PASSWORD")
            airflow = Airflow(settings["airflow"], settings["user"], password)
            outcome = run_pipeline(airflow, settings["dag"], deadline)
            write(output / "pipeline.json", dataclasses.asdict(outcome))
        if settings["tests"] is not None:
            run_pytest(settings, output)
        run_schemathesis(settings["service"], output)
    except GaveUp as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        keep_logs(output)
    return 0


def silent(service: str) -> str | None:
    """What is wrong as long as the service does not answer."""
    try:
        urllib.request.urlopen(f"{service}/openapi.json", timeout=10).close()  # nosec B310
    except urllib.error.HTTPError as error:
        return f"{service} to answer /openapi.json, which gives {error.code}"
    except (OSError, ValueError) as error:
        return f"{service} to answer ({error})"
    return None


def run_pytest(settings: dict[str, Any], output: Path) -> None:
    pipeline = output / "pipeline.json"
    environment = {**os.environ, "SERVICE_URL": settings["service"]}
    if pipeline.exists():
        environment["PIPELINE_RESULT"] = str(pipeline)
    command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1"]
    command += [f"--junitxml={output / 'junit.xml'}", settings["tests"]]
    done = subprocess.run(
        command, cwd=settings["component"], env=environment, capture_output=True, check=False
    )
    written = (done.stdout + done.stderr).decode(errors="replace")
    write(output / "pytest.json", {"exitCode": done.returncode, "log": written})


def run_schemathesis(service: str, output: Path) -> None:
    report = output / "schemathesis.xml"
    command = [SCHEMATHESIS, "run", f"{service}/openapi.json", "--checks", ",".join(CHECKS)]
    command += ["--max-examples", str(EXAMPLES), "--seed", "1", "--no-color"]
    command += ["--report", "junit", "--report-junit-path", str(report)]
    done = subprocess.run(command, capture_output=True, check=False)
    written = (done.stdout + done.stderr).decode(errors="replace")
    tests = operations(report) if report.exists() else []
    write(
        output / "schemathesis.json",
        {"exitCode": done.returncode, "log": written, "operations": tests},
    )


def operations(report: Path) -> list[dict[str, Any]]:
    """Each operation of the API, and what is wrong with it."""
    tree = ElementTree.parse(report)  # nosec B314
    return [
        {
            "name": case.get("name"),
            "seconds": float(case.get("time") or 0),
            "problems": [
                part.get("message") or part.text or part.tag
                for part in case
                if part.tag in ("failure", "error")
            ],
            "skipped": case.find("skipped") is not None,
        }
        for case in tree.iter("testcase")
    ]


def keep_logs(output: Path) -> None:
    """Everything that the stack's containers wrote."""
    if LOGS.exists():
        shutil.copytree(LOGS, output / "logs", dirs_exist_ok=True)


def write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
