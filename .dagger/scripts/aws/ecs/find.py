"""What there is for the releases, whoever moves the weights."""

from typing import Any

from access import Aws
from ecs import one_service, two_services
from ecs.place import Place


def find(aws: Aws, request: dict[str, Any]) -> Place:
    """What is there.

    Raises:
        Refused: something that Terraform makes is not.
    """
    if request["strategy"]:
        return one_service.find(aws, request)
    return two_services.find(aws, request)
