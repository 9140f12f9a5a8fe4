"""Environments of containers on a host with a Docker-compatible API (Docker, Podman).

    python environment COMMAND REQUEST RESULT

REQUEST and RESULT are JSON files. On failure one message on standard error and exit code 1; 3 when
somebody else moves the rollout.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from current import current
from deploy import deploy, rollback, set_weights
from docker_api import connected
from host import Host
from memory import append, present, recall, remember
from observe import observe
from refused import Overtaken, Refused
from remove import remove
from smoke import smoke
from state import State
from tunnel import reachable

Request = dict[str, Any]


def _deploy(host: Host, state: State, request: Request) -> Request:
    present(host, request["revision"])
    deploy(host, state, request)
    return current(host, state)


def _weights(host: Host, state: State, request: Request) -> Request:
    present(host, request["revision"])
    set_weights(host, state, request["weights"])
    return current(host, state)


def _rollback(host: Host, state: State, request: Request) -> Request:
    present(host, request["revision"])
    rollback(host, state, request)
    return current(host, state)


COMMANDS: dict[str, Callable[[Host, State, Request], Request]] = {
    "deploy": _deploy,
    "set-weights": _weights,
    "observe": lambda host, state, request: observe(host, state, request["seconds"]),
    "current": lambda host, state, request: current(host, state),
    "logs": lambda host, state, request: {"logs": host.logs(request["lines"])},
    "smoke": lambda host, state, request: smoke(host, state, request["slot"]),
    "rollback": _rollback,
    "recall": lambda host, state, request: recall(host, state),
    "remember": lambda host, state, request: remember(
        host, state, request["document"], request["revision"], request["expected"]
    ),
    "append": lambda host, state, request: append(host, state, request["line"], request["before"]),
    "remove": lambda host, state, request: remove(host, request["data"]),
}


def main(command: str, request_path: str, result_path: str) -> None:
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    if password := _secret("registry-password"):
        request["login"] = {"username": request["username"], "password": password}
    request["operator"] = _secret("airflow-password")
    with reachable(request["host"]) as address, connected(address) as client:
        host = Host(client, request["project"])
        state = State(host)
        if not state.exists and command not in ("deploy", "remove", "current", "recall"):
            raise Refused(f"{request['project']}: nothing was deployed there yet")
        answer = COMMANDS[command](host, state, request)
        result = {"environment": request["project"], **answer, "changes": host.changes}
    path = Path(result_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result), encoding="utf-8")


def _secret(name: str) -> str | None:
    path = Path("/run/secrets") / name
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as refused:
        print(refused, *getattr(refused, "__notes__", ()), sep="\n", file=sys.stderr)
        sys.exit(3 if isinstance(refused, Overtaken) else 1)
