"""What a container is to be, as values; two that are equal have one digest."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

SPEC_LABEL = "kitchen.spec"


@dataclass(frozen=True)
class File:
    """A file that is put into a container. What it holds is not seen by ``inspect``."""

    path: str
    content: str
    mode: int = 0o444
    owner: int = 0
    folder: str = ""
    """A folder that is made for it; the others are there."""


@dataclass(frozen=True)
class Container:
    """A container as it is wanted."""

    name: str
    image: str
    command: list[str] | None = None
    entrypoint: list[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    volumes: Mapping[str, str] = field(default_factory=dict)
    """Path in the container -> name of the volume."""
    read_only: tuple[str, ...] = ()
    """Names of the volumes that it may only read."""
    ports: Mapping[int, str] = field(default_factory=dict)
    """Port in the container -> ``ADDRESS:PORT`` of the host."""
    network: str | None = None
    aliases: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_seconds: int = 10

    def digest(self, key: bytes) -> str:
        """Keyed, because it is a label that whoever may inspect the container can read."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
