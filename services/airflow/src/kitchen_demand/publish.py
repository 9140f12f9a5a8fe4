"""Publish: put a model where the API reads it, in one step, and keep every version."""

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

CURRENT = "demand.json"
VERSIONS = "versions"


def publish(content: bytes, folder: Path) -> str:
    """Store ``content`` as ``versions/<sha256>.json`` and make it ``demand.json``.

    Both files appear complete or not at all, so a reader never sees half a model; publishing the
    same content again changes nothing but the time of ``demand.json``.

    Returns:
        The SHA-256 of the content, in hex.
    """
    digest = hashlib.sha256(content).hexdigest()
    versions = folder / VERSIONS
    versions.mkdir(parents=True, exist_ok=True)
    _replace(versions / f"{digest}.json", content)
    _replace(folder / CURRENT, content)
    return digest


def _replace(path: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
