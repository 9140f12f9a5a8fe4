"""What can be asked of an environment of kind ``app-runner``."""

from collections.abc import Callable, Mapping
from typing import Any

from access import Aws
from app_runner.current import current
from app_runner.deploy import deploy, rollback, set_weights
from app_runner.logs import logs
from app_runner.observe import observe
from app_runner.ready import ready
from app_runner.smoke import smoke
from memory import append, recall, remember
from refused import Refused


def remove(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Refused: there is nothing of Kitchen's own to take away."""
    raise Refused(
        f"{request['project']}: the App Runner service is Terraform's, and a service without an "
        "image cannot be: `terraform destroy` takes it away"
    )


COMMANDS: Mapping[str, Callable[[Aws, dict[str, Any]], dict[str, Any]]] = {
    "ready": ready,
    "deploy": deploy,
    "set-weights": set_weights,
    "observe": observe,
    "current": current,
    "logs": logs,
    "smoke": smoke,
    "rollback": rollback,
    "recall": recall,
    "remember": remember,
    "append": append,
    "remove": remove,
}
