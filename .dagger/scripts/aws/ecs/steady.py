"""Gives an ECS service what it is to run, and waits until it does."""

from typing import Any

from access import Aws
from ecs.logs import last_lines
from refused import Refused
from waiting import wait


def update(
    aws: Aws, cluster: str, service: dict[str, Any], task_definition: str, tasks: int
) -> None:
    """Ask an ECS service to run so many tasks of a task definition, when it does not yet."""
    if service["taskDefinition"] == task_definition and service["desiredCount"] == tasks:
        return
    aws.client("ecs").update_service(
        cluster=cluster,
        service=service["serviceName"],
        taskDefinition=task_definition,
        desiredCount=tasks,
    )


def settle(
    aws: Aws,
    cluster: str,
    name: str,
    task_definition: str,
    before: str,
    seconds: int,
    group: str | None,
) -> None:
    """Wait until a service runs its tasks, all of this task definition, and no others.

    Args:
        before: the one that it ran until now
        group: ARN of its target group

    Raises:
        Refused: ECS has given it up, somebody else has changed it, or it takes too long; with the
            last event that ECS gave, and the last lines of a task of it.
    """

    begun = False

    def look() -> str | None:
        nonlocal begun
        service = described(aws, cluster, name)
        first = next(each for each in service["deployments"] if each["status"] == "PRIMARY")
        if first["taskDefinition"] not in (task_definition, before):
            raise Refused(f"{name}: somebody else deploys {first['taskDefinition']} there")
        if first["taskDefinition"] != task_definition:
            if not begun:
                return "ECS has not begun"
            # With `rollback` in its circuit breaker.
            raise Refused(
                f"{name}: ECS has gone back to what ran before: {_failure(service)}"
                f"{last_lines(aws, cluster, name)}"
            )
        begun = True
        if first.get("rolloutState") == "FAILED":
            why = first.get("rolloutStateReason", "no reason given")
            raise Refused(
                f"{name}: ECS has given this release up: {why}{event(service)}"
                f"{last_lines(aws, cluster, name)}"
            )
        others = len(service["deployments"]) - 1
        state = (
            f"{first['runningCount']} of {first['desiredCount']} tasks run, "
            f"{first.get('failedTasks', 0)} failed"
            + (f", {others} older deployment{'s' if others > 1 else ''} end" if others else "")
        )
        done = first.get("rolloutState", "COMPLETED") == "COMPLETED" and not others
        if done and first["runningCount"] >= first["desiredCount"]:
            return None
        return state + event(service)

    words = wait(name, seconds, look)
    if words:
        raise Refused(
            f"{name} is not steady after {seconds} s: {words}{targets(aws, group)}"
            f"{last_lines(aws, cluster, name)}"
        )


def described(aws: Aws, cluster: str, name: str) -> dict[str, Any]:
    """An ECS service as it is now."""
    found = aws.client("ecs").describe_services(cluster=cluster, services=[name])["services"]
    if not found:
        raise Refused(f"ECS cluster {cluster} in {aws.region} has no service {name}")
    return dict(found[0])


def event(service: dict[str, Any]) -> str:
    """The last event of a service, in words."""
    events = service.get("events", [])
    return f"; last event: {events[0]['message']}" if events else ""


def _failure(service: dict[str, Any]) -> str:
    """Why a deployment failed that is no longer shown: the last event that says so."""
    said = [each["message"] for each in service.get("events", [])]
    return next((each for each in said if "deployment failed" in each), "no reason given")


def targets(aws: Aws, group: str | None) -> str:
    """Targets of a group that are not healthy, in words."""
    if not group:
        return ""
    answer = aws.client("elbv2").describe_target_health(TargetGroupArn=group)
    bad = [
        f"{each['Target']['Id']} {each['TargetHealth']['State']} "
        f"({each['TargetHealth'].get('Description', 'no reason given')})"
        for each in answer["TargetHealthDescriptions"]
        if each["TargetHealth"]["State"] != "healthy"
    ]
    return f"; targets: {', '.join(bad)}" if bad else ""
