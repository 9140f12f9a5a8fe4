"""What a service wrote, and what App Runner wrote of it."""

from typing import Any

from access import Aws
from app_runner.place import find
from log_lines import asked_for, last_of


def logs(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The end of the newest stream of each of its log groups.

    Raises:
        Refused: no lines are asked for.
    """
    lines = asked_for(request["lines"])
    service = find(aws, request).service
    name = service["ServiceName"]
    group = f"/aws/apprunner/{name}/{service['ServiceId']}"
    return {
        "logs": {
            f"{name}-{kind}": last_of(aws, f"{group}/{kind}", None, lines) or ""
            for kind in ("application", "service")
        }
    }
