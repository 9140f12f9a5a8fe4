"""What is in a release's way where ECS moves the weights, before anything is done."""

from typing import Any

from access import Aws
from ecs.deployment import under_way
from ecs.find import find
from ecs.shifting import busy
from preflight import found_by
from registry import must_have


def ready(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """All that can be seen to be in its way, a line each; nothing is changed."""

    def at_work() -> str | None:
        place = find(aws, request)
        now = under_way(aws, place)
        return busy(place, now) if now else None

    return found_by((at_work, lambda: must_have(aws, request["service"]["image"])))
