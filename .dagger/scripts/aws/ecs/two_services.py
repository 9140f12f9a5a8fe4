"""An ECS service for each slot, behind a listener whose weights the rollout moves."""

from typing import Any

from access import Aws
from ecs.place import SLOTS, Place, Slot, load_balanced, load_balancer_of, services_of, weights_of
from refused import Refused


def find(aws: Aws, request: dict[str, Any]) -> Place:
    """What is there.

    Raises:
        Refused: a cluster, service, target group or listener is not.
    """
    cluster, project = request["cluster"], request["project"]
    wanted = [f"{project}-{slot}" for slot in SLOTS]
    airflow = request["airflowService"]
    services = services_of(aws, cluster, [*wanted, *([airflow] if airflow else [])])
    slots = {slot: _slot(slot, services[f"{project}-{slot}"]) for slot in SLOTS}
    load_balancer = load_balancer_of(aws, [slot.target_group for slot in slots.values()])
    listener = _listener(aws, load_balancer, slots)
    return Place(
        cluster=cluster,
        slots=slots,
        services=[slot.service for slot in slots.values()],
        load_balancer=load_balancer,
        listener=listener["ListenerArn"],
        actions=listener["DefaultActions"],
        airflow=services[airflow] if airflow else None,
    )


def _slot(name: str, service: dict[str, Any]) -> Slot:
    about = load_balanced(service)
    return Slot(
        name, service, about["targetGroupArn"], about["containerName"], about["containerPort"]
    )


def _listener(aws: Aws, load_balancer: str, slots: dict[str, Slot]) -> dict[str, Any]:
    arns = {slot.target_group for slot in slots.values()}
    listeners = aws.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=load_balancer)
    for listener in listeners:
        if arns <= set(weights_of(listener["DefaultActions"])):
            return dict(listener)
    raise Refused(
        f"{load_balancer}: no listener shares its requests between {' and '.join(sorted(arns))}"
    )
