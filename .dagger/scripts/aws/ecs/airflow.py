"""Airflow as an ECS service, all of its containers from the release's image."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from access import Aws
from ask_airflow import ask
from botocore.exceptions import ClientError
from ecs import steady
from ecs.logs import last_lines
from ecs.place import Place
from ecs.task_definition import described, register, with_variables
from problems import explained
from refused import Refused
from waiting import wait

PASSWORD, ADDRESS = "KITCHEN_AIRFLOW_PASSWORD", "AIRFLOW__API__BASE_URL"
"""What Terraform's template calls them."""
BUNDLES = [{"name": "release", "classpath": "release_bundle.ReleaseBundle", "kwargs": {}}]

Undo = list[tuple[str, Callable[[], None]]]


def deploy(aws: Aws, request: dict[str, Any], place: Place, known: str | None, undo: Undo) -> str:
    """Airflow with the release's DAGs, well. Returns the ARN of its task definition."""
    service, about = _service(place), request["airflow"]
    digest = about["image"].split("@")[1]
    bundle = Path(__file__).parent.with_name("release_bundle.py").read_text(encoding="utf-8")
    added = {
        **about["env"],
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(BUNDLES),
        "AIRFLOW__DAG_PROCESSOR__DISABLE_BUNDLE_VERSIONING": "True",
        "KITCHEN_IMAGE_DIGEST": digest,
        "KITCHEN_RELEASE_BUNDLE": bundle,
    }

    def change(container: dict[str, Any]) -> dict[str, Any]:
        return with_variables({**container, "image": about["image"]}, added)

    candidates = [service["taskDefinition"], known]
    wanted = register(aws, service["serviceName"], request["release"], change, candidates)
    run(aws, request, place, wanted, undo)
    return wanted


def run(aws: Aws, request: dict[str, Any], place: Place, wanted: str, undo: Undo) -> None:
    """Airflow from a task definition, and its word that it runs the DAGs of that image.

    Raises:
        Refused: a file cannot be parsed (which, and why), or another version is still there.
    """
    service, cluster, limit = _service(place), place.cluster, request["startTimeout"]
    name = service["serviceName"]
    before = (service["taskDefinition"], service["desiredCount"])

    def back() -> None:
        steady.update(aws, cluster, steady.described(aws, cluster, name), *before)

    undo.append((name, back))
    since = time.time()
    changed = before != (wanted, 1)
    steady.update(aws, cluster, service, wanted, 1)
    steady.settle(aws, cluster, name, wanted, before[0], limit, None)
    definition = described(aws, wanted) or {}
    digest = definition["containerDefinitions"][0]["image"].split("@")[1]

    def look() -> str | None:
        try:
            seen = _ask(aws, definition)
        except OSError as error:
            return f"its REST API does not answer: {error}"
        # What an earlier release left behind says nothing of this one.
        fresh = [
            each
            for each in seen["errors"]
            if not changed or datetime.fromisoformat(each["at"]).timestamp() > since
        ]
        if fresh:
            shown = [f"{each['file']}:\n{each['trace'].strip()}" for each in fresh]
            raise Refused("Airflow cannot parse DAGs of this release: " + "\n".join(shown))
        live = [dag for dag in seen["dags"] if not dag["stale"]]
        late = [
            f"{dag['id']} is of {dag['version'] or 'no version'}"
            for dag in live
            if dag["version"] != digest
        ]
        return None if live and not late else ", ".join(late) or "it has none"

    words = wait(f"{name}: DAGs of {digest}", limit, look)
    if words:
        raise Refused(
            f"Airflow does not have the DAGs of {digest} after {limit} s: {words}"
            f"{last_lines(aws, cluster, name)}"
        )


def current(aws: Aws, place: Place, release: str | None) -> dict[str, Any] | None:
    """Which DAGs Airflow has, by its own word."""
    if not release or not place.airflow:
        return None
    try:
        definition = described(aws, place.airflow["taskDefinition"]) or {}
        seen = _ask(aws, definition)
    except OSError as error:
        problem = f"Airflow cannot be asked for its DAGs: {error}"
        return {"release": release, "dags": None, "problem": problem}
    except ClientError as error:
        return {"release": release, "dags": None, "problem": explained(error, aws.region)}
    dags = {dag["id"]: dag["version"] for dag in seen["dags"] if not dag["stale"]}
    return {"release": release, "dags": dags, "problem": None}


def _ask(aws: Aws, definition: dict[str, Any]) -> dict[str, Any]:
    """Airflow's answer, where its template says that it is, with the password that Terraform made.

    Raises:
        OSError: it does not answer.
    """
    container = definition["containerDefinitions"][0]
    variables = {each["name"]: each["value"] for each in container.get("environment", [])}
    secrets = {each["name"]: each["valueFrom"] for each in container.get("secrets", [])}
    if ADDRESS not in variables or PASSWORD not in secrets:
        raise Refused(
            f"{definition['taskDefinitionArn']}: {ADDRESS} and the secret {PASSWORD} are needed "
            "to ask Airflow for its DAGs"
        )
    answer = aws.client("secretsmanager").get_secret_value(SecretId=secrets[PASSWORD])
    return ask(variables[ADDRESS], "kitchen", answer["SecretString"])


def _service(place: Place) -> dict[str, Any]:
    assert place.airflow
    return place.airflow
