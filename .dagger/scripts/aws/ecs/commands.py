"""What can be asked of an environment of kind ``ecs``."""

from collections.abc import Callable, Mapping
from typing import Any

from access import Aws
from memory import append, recall, remember

from ecs.current import current

COMMANDS: Mapping[str, Callable[[Aws, dict[str, Any]], dict[str, Any]]] = {
    "current": current,
    "recall": recall,
    "remember": remember,
    "append": append,
}
