"""Publish: complete or not at all, and every version kept."""

import os
from pathlib import Path

import pytest

from kitchen_demand.publish import publish


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_current_model_and_its_version(tmp_path: Path) -> None:
    digest = publish(b"one", tmp_path / "models")
    assert names(tmp_path / "models") == ["demand.json", f"versions/{digest}.json"]
    assert (tmp_path / "models" / "demand.json").read_bytes() == b"one"


def test_an_older_version_stays(tmp_path: Path) -> None:
    digests = [publish(content, tmp_path) for content in (b"one", b"two", b"one")]
    assert digests[0] == digests[2]
    assert (tmp_path / "demand.json").read_bytes() == b"one"
    assert len(names(tmp_path)) == 3


def test_another_user_can_read_it(tmp_path: Path) -> None:
    publish(b"one", tmp_path)
    assert (tmp_path / "demand.json").stat().st_mode & 0o777 == 0o644


def test_a_failure_leaves_the_old_model_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = publish(b"one", tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        publish(b"two", tmp_path)
    assert names(tmp_path) == ["demand.json", f"versions/{digest}.json"]
    assert (tmp_path / "demand.json").read_bytes() == b"one"
