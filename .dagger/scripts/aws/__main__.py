"""Environments on AWS.

    python aws COMMAND REQUEST RESULT

REQUEST and RESULT are JSON files; ``kind`` in the request says which kind of environment. On
failure one message on standard error and exit code 1; 3 when somebody else moves the rollout.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from access import Aws
from app_runner.commands import COMMANDS as APP_RUNNER
from botocore.exceptions import BotoCoreError, ClientError
from ecs.commands import COMMANDS as ECS
from problems import explained
from refused import Overtaken, Refused

Command = Callable[[Aws, dict[str, Any]], dict[str, Any]]

KINDS: Mapping[str, Mapping[str, Command]] = {"app-runner": APP_RUNNER, "ecs": ECS}


def main(command: str, request_path: str, result_path: str) -> None:
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    aws = None
    try:
        aws = Aws(request["aws"], request["region"])
        answer = KINDS[request["kind"]][command](aws, request)
    except (BotoCoreError, ClientError) as error:
        raise _with_changes(Refused(explained(error, request["region"])), aws, error) from error
    except Refused as refused:
        raise _with_changes(refused, aws, refused) from refused
    result = {"environment": request["project"], **answer, "changes": aws.changes}
    path = Path(result_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result), encoding="utf-8")


def _with_changes(refused: Refused, aws: Aws | None, cause: BaseException) -> Refused:
    """Nothing is half done that is not named."""
    for note in getattr(cause, "__notes__", ()):
        if cause is not refused:
            refused.add_note(note)
    if aws and aws.changes:
        refused.add_note(f"done until then: {', '.join(aws.changes)}")
    return refused


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as refused:
        print(refused, *getattr(refused, "__notes__", ()), sep="\n", file=sys.stderr)
        sys.exit(3 if isinstance(refused, Overtaken) else 1)
