"""What is there: as App Runner, the service and Airflow say, not as remembered."""

from typing import Any

import mwaa
from access import Aws
from app_runner.place import Place, find
from edge import Edge


def current(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The environment as it is."""
    return seen(aws, request, find(aws, request))


def seen(aws: Aws, request: dict[str, Any], place: Place) -> dict[str, Any]:
    """The same of a place that is known."""
    weights, up = place.weights(), place.service["Status"] in ("RUNNING", "OPERATION_IN_PROGRESS")
    slots = {}
    for slot, release in place.slots.items():
        runs = up and weights[slot] == 100
        slots[slot] = {
            "release": release,
            "image": place.kept(release)["image"] if release else None,
            "weight": weights[slot],
            "running": runs,
            "served": served(aws, request, place) if runs else None,
        }
    document = place.state.document
    return {
        "slots": slots,
        "stable": document["stable"],
        "before": document["before"],
        "airflow": _airflow(aws, request, document.get("airflow")),
        "containers": {place.name: up},
    }


def edge_of(aws: Aws, request: dict[str, Any], place: Place) -> Edge:
    """The service as people reach it: by its own domain, or by App Runner's."""
    return Edge(request["address"] or f"https://{place.service['ServiceUrl']}", aws.edge)


def served(aws: Aws, request: dict[str, Any], place: Place) -> Any:
    """Release and image digest as the service gives them."""
    return edge_of(aws, request, place).identity(request["service"]["version"])


def _airflow(aws: Aws, request: dict[str, Any], release: str | None) -> dict[str, Any] | None:
    if not request["mwaa"] or not release:
        return None
    versions, problem = mwaa.asked(aws, request["mwaa"])
    return {"release": release, "dags": versions, "problem": problem}
