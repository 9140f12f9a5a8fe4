"""What is in a release's way, before anything is done."""

from typing import Any

import mwaa
from access import Aws
from app_runner.place import busy, find
from preflight import found_by
from registry import must_have


def ready(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """All that can be seen to be in its way, a line each; nothing is changed."""
    return found_by(
        (
            lambda: busy(find(aws, request)),
            lambda: must_have(aws, request["service"]["image"]),
            lambda: mwaa.busy(aws, request) if request["mwaa"] and request["dags"] else None,
        )
    )
