"""What is there: as ECS, the load balancer, the service and Airflow say, not as remembered."""

from typing import Any

from access import Aws
from ecs import airflow
from ecs.find import find
from ecs.place import RELEASE, SLOTS, Place, cohort_header
from ecs.shifting import went_back
from edge import Edge
from memory import Memory
from state import State


def current(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The environment as it is."""
    place, state = find(aws, request), State(Memory(aws, request))
    found = seen(aws, request, place, state)
    return {**found, "wentBack": went_back(aws, state)} if request["strategy"] else found


def seen(aws: Aws, request: dict[str, Any], place: Place, state: State) -> dict[str, Any]:
    """The same of a place that is known."""
    weights = place.weights()
    edge = Edge(request["address"], aws.edge)
    slots = {}
    for name in SLOTS:
        slot = place.slots[name]
        release, image = deployed(aws, slot.service, slot.container)
        served = None
        if release and slot.running:
            header = cohort_header(aws, place, name)
            served = edge.identity(request["service"]["version"], header)
        slots[name] = {
            "release": release,
            "image": image,
            "weight": weights[name] if release else 0,
            "running": slot.running,
            "served": served,
        }
    return {
        "slots": slots,
        "stable": state.document["stable"],
        "before": state.document["before"],
        "airflow": airflow.current(aws, place, state.document["airflow"]),
        "containers": {
            each["serviceName"]: each["desiredCount"] > 0 and each["runningCount"] > 0
            for each in (*place.services, place.airflow)
            if each
        },
    }


def deployed(
    aws: Aws, service: dict[str, Any], container: str
) -> tuple[str, str] | tuple[None, None]:
    """Release and image that an ECS service is to run; both None when it was given no release."""
    if service["desiredCount"] == 0:
        return None, None
    answer = aws.client("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])
    for each in answer["taskDefinition"]["containerDefinitions"]:
        release = each.get("dockerLabels", {}).get(RELEASE)
        if each["name"] == container and release:
            return release, each["image"]
    return None, None
