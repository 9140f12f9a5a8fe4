"""What tasks wrote, as CloudWatch Logs has it."""

from collections.abc import Iterator
from typing import Any

from access import Aws
from ecs.find import find
from log_lines import asked_for, last_of


def logs(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The end of what each container wrote, ``SERVICE-CONTAINER-TASK`` -> text.

    Raises:
        Refused: no lines are asked for.
    """
    lines = asked_for(request["lines"])
    place = find(aws, request)
    found = {}
    for service in (*place.services, place.airflow):
        if not service:
            continue
        name = service["serviceName"]
        for task in _tasks(aws, place.cluster, name, "RUNNING"):
            for container, text in _written(aws, task, lines):
                found[f"{name}-{container}-{_id(task)[:8]}"] = text
    return {"logs": found}


def last_lines(aws: Aws, cluster: str, service: str) -> str:
    """The end of what a task of a service wrote, for people; one that has ended comes first."""
    for status in ("STOPPED", "RUNNING"):
        tasks = _tasks(aws, cluster, service, status)
        if tasks:
            newest = max(tasks, key=lambda task: str(task.get("createdAt", "")))
            return of_task(aws, newest)
    return ""


def of_task(aws: Aws, task: dict[str, Any], lines: int = 20) -> str:
    """Why a task ended, and the end of what its containers wrote."""
    why = task.get("stoppedReason")
    said = f"\ntask {_id(task)} ended: {why}" if why else f"\ntask {_id(task)}"
    for container, text in _written(aws, task, lines):
        said += f"\n{container}, its last lines:\n{text}"
    return said


def _tasks(aws: Aws, cluster: str, service: str, status: str) -> list[dict[str, Any]]:
    ecs = aws.client("ecs")
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus=status)["taskArns"]
    if not arns:
        return []
    return list(ecs.describe_tasks(cluster=cluster, tasks=arns[:100])["tasks"])


def _written(aws: Aws, task: dict[str, Any], lines: int) -> Iterator[tuple[str, str]]:
    answer = aws.client("ecs").describe_task_definition(taskDefinition=task["taskDefinitionArn"])
    for container in answer["taskDefinition"]["containerDefinitions"]:
        about = container.get("logConfiguration", {})
        if about.get("logDriver") != "awslogs":
            continue
        options, name = about["options"], container["name"]
        stream = f"{options['awslogs-stream-prefix']}/{name}/{_id(task)}"
        text = last_of(aws, options["awslogs-group"], stream, lines)
        if text is not None:
            yield name, text


def _id(task: dict[str, Any]) -> str:
    return str(task["taskArn"]).rsplit("/", 1)[-1]
