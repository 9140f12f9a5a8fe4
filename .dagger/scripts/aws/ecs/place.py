"""What Terraform has made for the releases, found by the names of the ECS services."""

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
    """One of the two ECS services and what gets requests to it."""

    name: str
    service: dict[str, Any]
    """As DescribeServices gives it."""
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
    """An ECS service for each slot behind a listener of a load balancer."""

    cluster: str
    slots: dict[str, Slot]
    load_balancer: str
    """ARN"""
    listener: dict[str, Any]
    """As DescribeListeners gives it."""
    airflow: dict[str, Any] | None
    """As DescribeServices gives it."""

    def weights(self) -> dict[str, int]:
        """Percent of the requests for each slot, as the listener shares them."""
        found = _weights_of(self.listener)
        parts = {name: found.get(slot.target_group, 0) for name, slot in self.slots.items()}
        whole = sum(parts.values())
        return {name: round(100 * part / whole) if whole else 0 for name, part in parts.items()}


def find(aws: Aws, request: dict[str, Any]) -> Place:
    """What is there.

    Raises:
        Refused: a cluster, service, target group or listener is not.
    """
    cluster, project = request["cluster"], request["project"]
    wanted = [f"{project}-{slot}" for slot in SLOTS]
    airflow = request["airflowService"]
    services = _services(aws, cluster, [*wanted, *([airflow] if airflow else [])])
    slots = {slot: _slot(slot, services[f"{project}-{slot}"]) for slot in SLOTS}
    load_balancer = _load_balancer(aws, slots)
    return Place(
        cluster=cluster,
        slots=slots,
        load_balancer=load_balancer,
        listener=_listener(aws, load_balancer, slots),
        airflow=services[airflow] if airflow else None,
    )


def cohort_header(aws: Aws, place: Place, slot: str) -> dict[str, str]:
    """The header by which a request gets to a slot, whatever its weight.

    Raises:
        Refused: the listener has no rule for it.
    """
    group = place.slots[slot].target_group
    rules = aws.pages("elbv2", "describe_rules", "Rules", ListenerArn=place.listener["ListenerArn"])
    for rule in rules:
        if list(_weights_of({"DefaultActions": rule["Actions"]})) != [group]:
            continue
        for condition in rule["Conditions"]:
            about = condition.get("HttpHeaderConfig")
            if condition["Field"] == "http-header" and about:
                return {about["HttpHeaderName"]: about["Values"][0]}
    raise Refused(
        f"{place.listener['ListenerArn']}: no rule sends requests with a header to {slot}: "
        "its Terraform makes one for each slot"
    )


def _services(aws: Aws, cluster: str, names: list[str]) -> dict[str, dict[str, Any]]:
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


def _slot(name: str, service: dict[str, Any]) -> Slot:
    behind = [each for each in service.get("loadBalancers", []) if each.get("targetGroupArn")]
    if not behind:
        raise Refused(
            f"ECS service {service['serviceName']} has no target group: "
            "no load balancer sends requests to it"
        )
    about = behind[0]
    return Slot(
        name, service, about["targetGroupArn"], about["containerName"], about["containerPort"]
    )


def _load_balancer(aws: Aws, slots: dict[str, Slot]) -> str:
    arns = [slot.target_group for slot in slots.values()]
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


def _listener(aws: Aws, load_balancer: str, slots: dict[str, Slot]) -> dict[str, Any]:
    arns = {slot.target_group for slot in slots.values()}
    listeners = aws.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=load_balancer)
    for listener in listeners:
        if arns <= set(_weights_of(listener)):
            return dict(listener)
    raise Refused(
        f"{load_balancer}: no listener shares its requests between {' and '.join(sorted(arns))}"
    )


def _weights_of(listener: dict[str, Any]) -> dict[str, int]:
    """Target group -> weight, of the actions that forward."""
    return {
        group["TargetGroupArn"]: group.get("Weight", 1)
        for action in listener["DefaultActions"]
        if action["Type"] == "forward"
        for group in action.get("ForwardConfig", {}).get("TargetGroups")
        or [{"TargetGroupArn": action.get("TargetGroupArn")}]
    }
