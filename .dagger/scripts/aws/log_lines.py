"""Lines of a log stream of CloudWatch Logs."""

import re

from access import Aws
from botocore.exceptions import ClientError
from problems import code_of
from refused import Refused

# Passwords in addresses: their values are nobody's to read who deploys.
PASSWORD = re.compile(r"(?<=://)([^:@/\s]*):[^@/\s]+(?=@)")
MOST = 10000  # that CloudWatch gives at once


def asked_for(lines: int) -> int:
    """How many lines are asked for.

    Raises:
        Refused: none are.
    """
    if lines < 1:
        raise Refused(f"{lines} lines of each log: ask for at least 1")
    return min(lines, MOST)


def last_of(aws: Aws, group: str, stream: str, lines: int) -> str | None:
    """The end of a stream; None when it has not begun to write."""
    try:
        events = aws.client("logs").get_log_events(
            logGroupName=group, logStreamName=stream, limit=min(lines, MOST)
        )["events"]
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return None
        raise
    return PASSWORD.sub(r"\1:***", "\n".join(event["message"].rstrip("\n") for event in events))
