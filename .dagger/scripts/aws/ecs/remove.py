"""Takes releases away."""

from typing import Any

from access import Aws
from ecs.deployment import stop, under_way
from ecs.find import find
from memory import Memory
from refused import Refused
from state import State


def remove(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Stop every task. What they ran in is Terraform's, and stays.

    Raises:
        Refused: data is to go, too.
    """
    if request["data"]:
        raise Refused(
            f"{request['project']}: databases, files and the history are Terraform's here: "
            "`terraform destroy` takes them away"
        )
    place, state = find(aws, request), State(Memory(aws, request))
    if request["strategy"] and (now := under_way(aws, place)):
        stop(aws, place, now, request["startTimeout"])
    services = [*place.services, place.airflow]
    names = [each["serviceName"] for each in services if each and each["desiredCount"] > 0]
    for name in names:
        aws.client("ecs").update_service(cluster=place.cluster, service=name, desiredCount=0)
    state.save(stable=None, before=None, airflow=None, releases={})
    if request["strategy"]:
        state.save(slots={}, deployment=None)
    kept = [each["serviceName"] for each in services if each] if names else []
    return {"removed": [f"the tasks of {name}" for name in names], "kept": kept}
