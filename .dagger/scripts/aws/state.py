"""What an environment remembers beside its rollouts: which slot serves, and how to go back."""

from typing import Any

from memory import Memory
from refused import Refused

SCHEMA = "kitchen.environment/1"
NEW: dict[str, Any] = {
    "schema": SCHEMA,
    "stable": None,
    "before": None,
    "airflow": None,
    "migrated": None,
    "releases": {},
}


class State:
    """``document`` has ``stable`` (the slot that last had all traffic), ``before`` (the one that
    had it until then), ``airflow`` (the release whose DAGs run), ``migrated`` (the image whose
    migrations ran last) and ``releases`` (release -> what runs it, for a way back)."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        found, self._version = memory.read("state")
        self.document: dict[str, Any] = found or {**NEW}
        if self.document.get("schema") != SCHEMA:
            made = self.document.get("schema")
            raise Refused(f"{memory.project}: its state was made by another version: {made}")

    def save(self, **changes: Any) -> None:
        """Remember; nothing is written when nothing changed."""
        changed = {**self.document, **changes}
        if changed == self.document:
            return
        self._memory.write("state", changed, self._version)
        self.document = changed
        _, self._version = self._memory.read("state")
