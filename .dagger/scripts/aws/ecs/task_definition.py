"""Task definitions of releases: Terraform's template with the release's images in it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from access import Aws
from botocore.exceptions import ClientError
from ecs.place import COMMIT, RELEASE
from problems import code_of
from refused import Refused

SPEC = "kitchen.spec"
"""Label: digest of all the rest, by which an equal one is known again."""

Container = dict[str, Any]


def register(
    aws: Aws,
    family: str,
    release: dict[str, str],
    change: Callable[[Container], Container],
    known: Iterable[str | None],
) -> str:
    """The task definition of a release; one that is there is not made again.

    Args:
        change: gives the containers of ``FAMILY-template`` what the release says of them
        known: ARNs of those that may be equal

    Returns: its ARN
    """
    wanted = _from_template(aws, family, release, change)
    labels = wanted["containerDefinitions"][0]["dockerLabels"]
    for arn in dict.fromkeys([*(each for each in known if each), family]):
        found = described(aws, arn)
        if (
            found
            and found["containerDefinitions"][0].get("dockerLabels", {}).get(SPEC) == (labels[SPEC])
        ):
            return str(found["taskDefinitionArn"])
    tags = [{"key": key, "value": labels[key]} for key in (RELEASE, COMMIT)]
    answer = aws.client("ecs").register_task_definition(**wanted, tags=tags)
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def described(aws: Aws, name: str) -> dict[str, Any] | None:
    """A task definition, or the newest of a family; None when there is none."""
    try:
        answer = aws.client("ecs").describe_task_definition(taskDefinition=name)
    except ClientError as error:
        if code_of(error) == "ClientException":
            return None
        raise
    return dict(answer["taskDefinition"])


def _from_template(
    aws: Aws, family: str, release: dict[str, str], change: Callable[[Container], Container]
) -> dict[str, Any]:
    template = described(aws, f"{family}-template")
    if template is None:
        raise Refused(
            f"{aws.region} has no task definition {family}-template: was its Terraform applied?"
        )
    # What may be registered is a part of what is described, and the API's own model says which.
    model = aws.client("ecs").meta.service_model.operation_model("RegisterTaskDefinition")
    wanted = {key: template[key] for key in model.input_shape.members if key in template}
    wanted["family"] = family
    labels = {RELEASE: release["id"], COMMIT: release["commit"]}
    wanted["containerDefinitions"] = [
        {**changed, "dockerLabels": {**changed.get("dockerLabels", {}), **labels}}
        for changed in map(change, template["containerDefinitions"])
    ]
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    for container in wanted["containerDefinitions"]:
        container["dockerLabels"][SPEC] = digest
    return wanted


def with_variables(container: Container, added: dict[str, str]) -> Container:
    """A container with these variables in place of the same ones it has."""
    found = {each["name"]: each["value"] for each in container.get("environment", [])}
    merged = {**found, **added}
    environment = [{"name": name, "value": merged[name]} for name in sorted(merged)]
    return {**container, "environment": environment}
