"""What a service wrote, and what App Runner wrote of it."""

import re
from typing import Any

from access import Aws
from app_runner.place import find
from botocore.exceptions import ClientError
from problems import code_of
from refused import Refused

# A password within an address.
PASSWORD = re.compile(r"(?<=://)([^:@/\s]*):[^@/\s]+(?=@)")


def logs(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The end of the newest stream of each of its log groups.

    Raises:
        Refused: no lines are asked for.
    """
    lines = request["lines"]
    if lines < 1:
        raise Refused(f"{lines} lines of each log: ask for at least 1")
    service = find(aws, request).service
    group = f"/aws/apprunner/{service['ServiceName']}/{service['ServiceId']}"
    found = {kind: _last(aws, f"{group}/{kind}", lines) for kind in ("application", "service")}
    return {"logs": {f"{service['ServiceName']}-{kind}": text for kind, text in found.items()}}


def _last(aws: Aws, group: str, lines: int) -> str:
    client = aws.client("logs")
    try:
        streams = client.describe_log_streams(
            logGroupName=group, orderBy="LastEventTime", descending=True, limit=1
        )["logStreams"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":  # it has not begun to write
            return ""
        raise
    if not streams:
        return ""
    events = client.get_log_events(
        logGroupName=group, logStreamName=streams[0]["logStreamName"], limit=min(lines, 10000)
    )["events"]
    return PASSWORD.sub(r"\1:***", "\n".join(event["message"].rstrip("\n") for event in events))
