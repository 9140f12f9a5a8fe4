"""What Terraform has made for the releases."""

from dataclasses import dataclass
from typing import Any

from access import Aws
from botocore.exceptions import ClientError
from problems import code_of
from refused import Refused

SLOTS = ("blue", "green")
COMMIT, RELEASE = "kitchen.commit", "kitchen.release"
"""Labels of the service's container."""


@dataclass(frozen=True)
class Slot:
    """A service that runs one release, and what gets requests to it."""

    name: str
    service: dict[str, Any]
    """As DescribeServices gives it; of one that both slots share, what is of this slot."""
    target_group: str
    """ARN"""
    container: str
    port: int

    @property
    def running(self) -> bool:
        """Whether tasks of it run."""
        return bool(self.service["desiredCount"] > 0 and self.service["runningCount"] > 0)


@dataclass
class Place:
    """Two slots behind a listener of a load balancer."""

    cluster: str
    slots: dict[str, Slot]
    services: list[dict[str, Any]]
    """The ECS services that the slots are, Airflow's not; as DescribeServices gives them."""
    load_balancer: str
    """ARN"""
    listener: str
    """ARN"""
    actions: list[dict[str, Any]]
    """What shares the requests between the slots."""
    airflow: dict[str, Any] | None
    """As DescribeServices gives it."""

    def weights(self) -> dict[str, int]:
        """Percent of the requests for each slot, as the listener shares them."""
        found = weights_of(self.actions)
        parts = {name: found.get(slot.target_group, 0) for name, slot in self.slots.items()}
        whole = sum(parts.values())
        return {name: round(100 * part / whole) if whole else 0 for name, part in parts.items()}


def load_balanced(service: dict[str, Any]) -> dict[str, Any]:
    """Where a load balancer sends an ECS service's requests, as DescribeServices gives it.

    Raises:
        Refused: no load balancer does.
    """
    for each in service.get("loadBalancers", []):
        if each.get("targetGroupArn"):
            return dict(each)
    raise Refused(
        f"ECS service {service['serviceName']} has no target group: "
        "no load balancer sends requests to it"
    )


def cohort_header(aws: Aws, place: Place, slot: str) -> dict[str, str]:
    """The header by which a request gets to a slot, whatever its weight.

    Raises:
        Refused: the listener has no rule for it.
    """
    group = place.slots[slot].target_group
    rules = aws.pages("elbv2", "describe_rules", "Rules", ListenerArn=place.listener)
    for rule in rules:
        if list(weights_of(rule["Actions"])) != [group]:
            continue
        for condition in rule["Conditions"]:
            about = condition.get("HttpHeaderConfig")
            if condition["Field"] == "http-header" and about:
                return {about["HttpHeaderName"]: about["Values"][0]}
    raise Refused(
        f"{place.listener}: no rule sends requests with a header to {slot}: "
        "its Terraform makes one for each slot"
    )


def services_of(aws: Aws, cluster: str, names: list[str]) -> dict[str, dict[str, Any]]:
    """ECS services by their names."""
    try:
        answer = aws.client("ecs").describe_services(cluster=cluster, services=names)
    except ClientError as error:
        if code_of(error) != "ClusterNotFoundException":
            raise
        raise Refused(
            f"{aws.region} has no ECS cluster {cluster}: "
            "is the region right, and was its Terraform applied?"
        ) from error
    found = {each["serviceName"]: each for each in answer["services"] if each["status"] == "ACTIVE"}
    missing = [name for name in names if name not in found]
    if missing:
        raise Refused(
            f"ECS cluster {cluster} in {aws.region} has no service {' and none '.join(missing)}: "
            "was its Terraform applied?"
        )
    return found


def load_balancer_of(aws: Aws, arns: list[str]) -> str:
    """The load balancer that sends requests to both target groups."""
    groups = aws.pages("elbv2", "describe_target_groups", "TargetGroups", TargetGroupArns=arns)
    found = {group["TargetGroupArn"]: group.get("LoadBalancerArns", []) for group in groups}
    for arn in arns:
        if not found.get(arn):
            raise Refused(f"target group {arn} is attached to no load balancer")
    shared = [arn for arn in found[arns[0]] if arn in found[arns[1]]]
    if not shared:
        raise Refused(
            f"target groups {' and '.join(arns)} are attached to different load balancers"
        )
    return str(shared[0])


def weights_of(actions: list[dict[str, Any]]) -> dict[str, int]:
    """Target group -> weight, of the actions that forward."""
    return {
        group["TargetGroupArn"]: group.get("Weight", 1)
        for action in actions
        if action["Type"] == "forward"
        for group in action.get("ForwardConfig", {}).get("TargetGroups")
        or [{"TargetGroupArn": action.get("TargetGroupArn")}]
    }
