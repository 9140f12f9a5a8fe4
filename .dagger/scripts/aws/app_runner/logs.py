"""What a service wrote, and what App Runner wrote of it."""

from typing import Any

from access import Aws
from app_runner.place import find
from botocore.exceptions import ClientError
from log_lines import asked_for, last_of
from problems import code_of


def logs(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The end of the newest stream of each of its log groups.

    Raises:
        Refused: no lines are asked for.
    """
    lines = asked_for(request["lines"])
    service = find(aws, request).service
    name = service["ServiceName"]
    found = {}
    for kind in ("application", "service"):
        group = f"/aws/apprunner/{name}/{service['ServiceId']}/{kind}"
        stream = _newest(aws, group)
        text = stream and last_of(aws, group, stream, lines)
        found[f"{name}-{kind}"] = text or ""
    return {"logs": found}


def _newest(aws: Aws, group: str) -> str | None:
    try:
        streams = aws.client("logs").describe_log_streams(
            logGroupName=group, orderBy="LastEventTime", descending=True, limit=1
        )["logStreams"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":  # it has not begun to write
            return None
        raise
    return str(streams[0]["logStreamName"]) if streams else None
