"""Airflow as an ECS service, all of its containers from the release's image."""

from collections.abc import Callable
from typing import Any

from access import Aws
from ecs import steady
from ecs.place import Place
from ecs.task_definition import register, with_variables


def deploy(
    aws: Aws,
    request: dict[str, Any],
    place: Place,
    known: str | None,
    undo: list[tuple[str, Callable[[], None]]],
) -> str:
    """Airflow with the release's DAGs, well. Returns the ARN of its task definition."""
    assert place.airflow
    about = request["airflow"]

    def change(container: dict[str, Any]) -> dict[str, Any]:
        return with_variables({**container, "image": about["image"]}, about["env"])

    candidates = [place.airflow["taskDefinition"], known]
    wanted = register(aws, place.airflow["serviceName"], request["release"], change, candidates)
    run(aws, request, place, wanted, undo)
    return wanted


def run(
    aws: Aws,
    request: dict[str, Any],
    place: Place,
    wanted: str,
    undo: list[tuple[str, Callable[[], None]]],
) -> None:
    """Airflow from a task definition that is there."""
    assert place.airflow
    service, cluster = place.airflow, place.cluster
    name, before = (
        service["serviceName"],
        (service["taskDefinition"], service["desiredCount"]),
    )

    def back() -> None:
        steady.update(aws, cluster, steady.described(aws, cluster, name), *before)

    undo.append((name, back))
    steady.update(aws, cluster, service, wanted, 1)
    steady.settle(aws, cluster, name, wanted, before[0], request["startTimeout"], None)
