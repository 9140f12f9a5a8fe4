"""The real server: started as the container starts it, asked as its health check asks."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kitchen_api.healthcheck import healthy

SOURCE = Path(__file__).parent.parent / "src"
PATIENCE_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**settings: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if "KITCHEN_API" not in name},
        "PYTHONPATH": str(SOURCE),
        **{f"KITCHEN_API_{name.upper()}": value for name, value in settings.items()},
    }


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a server on a database file; the server is ended as an orchestrator ends it."""
    chosen = free_port()
    settings = environment(port=str(chosen), database_url=f"sqlite:///{tmp_path}/kitchen.db")
    with subprocess.Popen([sys.executable, "-m", "kitchen_api"], env=settings) as server:
        try:
            yield chosen
        finally:
            server.terminate()
    assert server.returncode == -15 or server.returncode == 0


def test_it_starts_and_its_health_check_agrees(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not healthy(port):
        assert time.monotonic() < deadline, "the server did not answer in time"
        time.sleep(0.05)
    check = [sys.executable, "-m", "kitchen_api.healthcheck"]
    assert subprocess.run(check, env=environment(port=str(port)), check=False).returncode == 0
    other = environment(port=str(free_port()))
    assert subprocess.run(check, env=other, check=False).returncode == 1


def test_a_wrong_setting_ends_it_with_the_setting_s_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kitchen_api"],
        env=environment(stations="many"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "stations\n  Input should be a valid integer" in done.stderr
