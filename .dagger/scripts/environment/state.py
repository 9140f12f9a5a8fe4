"""What an environment remembers, in a volume on its own host: whoever comes next goes on there.

The volume belongs to a container that never runs, so that its files can be read and written by the
API of the host and by nobody in the network.
"""

import json
import secrets
from typing import Any

from edge import SLOTS
from host import Host
from refused import Refused
from spec import Container, File

STATE = "/state/state.json"
SECRETS = "/state/secrets.json"
SCHEMA = "kitchen.environment/1"
NEW: dict[str, Any] = {
    "schema": SCHEMA,
    "slots": dict.fromkeys(SLOTS),
    "weights": dict.fromkeys(SLOTS, 0),
    "stable": None,
    "before": None,
    "airflow": None,
    "migrated": {},
}
GENERATED = ("key", "database", "service", "airflow", "fernet", "jwt", "session", "operator")


class State:
    """``document`` has ``slots`` (slot -> id of a release), ``weights`` (slot -> percent),
    ``stable`` (the slot that last had all traffic), ``before`` (the one that had it until
    then), ``airflow`` (id of the release whose DAGs run)
    and ``migrated`` (component -> digest of the image whose migrations ran last)."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.name = f"{host.project}-state"
        self.document: dict[str, Any] = json.loads(json.dumps(NEW))
        self.secrets: dict[str, str] = {}
        if host.container(self.name):
            self._read()

    @property
    def exists(self) -> bool:
        """Whether anything was ever deployed here."""
        return bool(self.secrets)

    @property
    def key(self) -> bytes:
        """Key of the digests that containers are compared by."""
        return self.secrets["key"].encode()

    def prepare(self, image: str, operator: str | None) -> None:
        """Make the place that remembers, and the environment's passwords, once. ``operator``: the
        password of Airflow's user, when it is not to be one that nobody knows."""
        volume = self.name
        self._host.ensure_volume(volume)
        if not self._host.container(self.name):
            place = Container(
                name=self.name,
                image=image,
                command=["true"],
                volumes={"/state": volume},
                labels={"kitchen.role": "state"},
            )
            self._host.create(place, b"", restart=False)
            self._read()
        wanted = {name: self.secrets.get(name) or _generated(name) for name in GENERATED}
        wanted |= {"operator": operator} if operator else {}
        if wanted != self.secrets:
            self.secrets = wanted
            self._write(SECRETS, json.dumps(self.secrets, sort_keys=True))
        self._host.secrets = tuple(self.secrets.values())

    def save(self, **changes: Any) -> None:
        """Remember; nothing is written when nothing changed."""
        changed = {**self.document, **changes}
        if changed != self.document or self._host.read(self.name, STATE) is None:
            self.document = changed
            self._write(STATE, json.dumps(changed, sort_keys=True, indent=2))

    def keep(self, deployment: dict[str, Any]) -> None:
        """Remember how a release is deployed, for a later way back to it."""
        path = _path(deployment["release"]["id"])
        text = json.dumps(deployment, sort_keys=True)
        if self._host.read(self.name, path) != text:
            self._write(path, text)

    def deployment(self, release: str) -> dict[str, Any]:
        """How a release was deployed.

        Raises:
            Refused: this environment never had it.
        """
        text = self._host.read(self.name, _path(release))
        if text is None:
            raise Refused(f"{self._host.project} never had release {release}")
        found: dict[str, Any] = json.loads(text)
        return found

    def _read(self) -> None:
        kept = self._host.read(self.name, SECRETS)
        self.secrets = json.loads(kept) if kept else {}
        self._host.secrets = tuple(self.secrets.values())
        text = self._host.read(self.name, STATE)
        if text is not None:
            self.document = json.loads(text)
        if self.document.get("schema") != SCHEMA:
            raise Refused(f"{self.name}: made by another version: {self.document.get('schema')}")

    def _write(self, path: str, text: str) -> None:
        file = File(path, text, mode=0o400)
        self._host.write(self.name, (file,), "/state")


def _path(release: str) -> str:
    return f"/state/{release.replace(':', '-')}.json"


def _generated(name: str) -> str:
    # Airflow's key for its connections is 32 bytes in URL-safe base64.
    return secrets.token_urlsafe(32) + "=" if name == "fernet" else secrets.token_urlsafe(32)
