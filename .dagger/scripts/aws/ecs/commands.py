"""What can be asked of an environment of kind ``ecs``."""

from collections.abc import Callable, Mapping
from typing import Any

from access import Aws
from ecs.current import current
from ecs.deploy import deploy, rollback
from ecs.logs import logs
from ecs.observe import observe
from ecs.ready import ready
from ecs.remove import remove
from ecs.smoke import smoke
from ecs.weights import set_weights
from memory import append, recall, remember

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
