"""One ECS service with two target groups, where ECS itself moves the weights.

A slot is what is remembered of it: a release and its task definition. Which of the target groups is
the slot's, and how many of its tasks run, ECS says by the revision with that task definition.
"""

from typing import Any

from access import Aws
from botocore.exceptions import ClientError
from ecs.pause import own
from ecs.place import (
    SLOTS,
    Place,
    Slot,
    load_balanced,
    load_balancer_of,
    services_of,
    weights_of,
)
from memory import Memory
from problems import code_of
from refused import Refused
from state import State

Revisions = dict[str, dict[str, Any]]


def find(aws: Aws, request: dict[str, Any]) -> Place:
    """What is there.

    Raises:
        Refused: the service is none of which ECS can move the weights.
    """
    cluster, name = request["cluster"], request["project"]
    airflow = request["airflowService"]
    services = services_of(aws, cluster, [name, *([airflow] if airflow else [])])
    service = services[name]
    behind, advanced = _shifted(service)
    groups = [behind["targetGroupArn"], advanced["alternateTargetGroupArn"]]
    rule = _rule(aws, name, advanced["productionListenerRule"])
    if not set(groups) & set(weights_of(rule["Actions"])):
        raise Refused(
            f"{rule['RuleArn']}: it forwards to neither {' nor '.join(groups)}: "
            f"it is the production listener rule of {name}"
        )
    return Place(
        cluster=cluster,
        slots=_slots(aws, service, behind, groups, State(Memory(aws, request)).document),
        services=[service],
        load_balancer=load_balancer_of(aws, groups),
        # A rule's ARN is its listener's and an id.
        listener=rule["RuleArn"].replace(":listener-rule/", ":listener/").rpartition("/")[0],
        actions=rule["Actions"],
        airflow=services[airflow] if airflow else None,
    )


def _shifted(service: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    name, behind = service["serviceName"], load_balanced(service)
    advanced = behind.get("advancedConfiguration", {})
    needed = ("alternateTargetGroupArn", "productionListenerRule", "roleArn")
    lacking = [each for each in needed if not advanced.get(each)]
    if lacking:
        raise Refused(
            f"ECS service {name} has no {', '.join(lacking)} (its advancedConfiguration): "
            "without them ECS moves no weights: make it with infra/modules/service and "
            "`shifting = true`, or leave out `strategy` in kitchen.yaml"
        )
    hooks = service.get("deploymentConfiguration", {}).get("lifecycleHooks", [])
    pauses = [each for each in hooks if each.get("targetType") == "PAUSE" and not own(each)]
    if pauses:
        stages = ", ".join(stage for each in pauses for stage in each["lifecycleStages"])
        raise Refused(
            f"ECS service {name} has pauses at {stages}: nobody lets a deployment of Kitchen's go "
            "on there: take these hooks away"
        )
    return behind, advanced


def _rule(aws: Aws, name: str, arn: str) -> dict[str, Any]:
    try:
        return dict(aws.client("elbv2").describe_rules(RuleArns=[arn])["Rules"][0])
    except ClientError as error:
        if code_of(error) not in ("RuleNotFound", "ValidationError"):
            raise
        raise Refused(
            f"ECS service {name}: its production listener rule {arn} is no rule of an Application "
            "Load Balancer's listener: was it deleted?"
        ) from error


def _slots(
    aws: Aws,
    service: dict[str, Any],
    behind: dict[str, Any],
    groups: list[str],
    remembered: dict[str, Any],
) -> dict[str, Slot]:
    releases = {name: remembered.get("slots", {}).get(name) for name in SLOTS}
    definitions = {
        name: remembered["releases"][release]["service"]
        for name, release in releases.items()
        if release
    }
    there = live(aws, service)
    taken = {name: there[each]["group"] for name, each in definitions.items() if each in there}
    free = [each for each in groups if each not in taken.values()]
    return {
        name: Slot(
            name,
            {
                **service,
                "taskDefinition": definitions.get(name, ""),
                "desiredCount": service["desiredCount"] if name in definitions else 0,
                "runningCount": there.get(definitions.get(name, ""), {}).get("running", 0),
            },
            taken.get(name) or free.pop(0),
            behind["containerName"],
            behind["containerPort"],
        )
        for name in SLOTS
    }


def live(aws: Aws, service: dict[str, Any]) -> Revisions:
    """Task definition -> target group and running tasks, of what ECS has at present."""
    counts = {
        each["arn"]: each.get("runningTaskCount", 0)
        for each in service.get("currentServiceRevisions", [])
    }
    if not counts:
        return {}
    answer = aws.client("ecs").describe_service_revisions(serviceRevisionArns=list(counts))
    # What was deployed twice: the revision that has more tasks is last.
    found = sorted(answer["serviceRevisions"], key=lambda each: counts[each["serviceRevisionArn"]])
    return {
        each["taskDefinition"]: {
            "group": each["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"],
            "running": counts[each["serviceRevisionArn"]],
        }
        for each in found
        if each.get("resolvedConfiguration", {}).get("loadBalancers")
    }
