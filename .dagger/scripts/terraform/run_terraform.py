"""Runs Terraform itself: its words to people, its diagnostics as data, in time, without secrets."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GRACE = 120  # seconds in which Terraform may end what it is at, and save the state
LEAST = 20.0  # seconds for what is to be told or saved after the time is over


class Refused(Exception):
    """Why it was not done; `kind` is for programs."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class Ran:
    code: int
    events: list[dict[str, Any]] = field(default_factory=list)
    stdout: str = ""
    stderr: str = ""
    in_time: bool = True

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        return [each["diagnostic"] for each in self.events if each.get("type") == "diagnostic"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [each for each in self.diagnostics if each["severity"] == "error"]


class Terraform:
    """Terraform in a root module's folder."""

    def __init__(self, root: Path, secrets: Iterable[str], deadline: float) -> None:
        self.root = root
        self.deadline = deadline
        self.env = {
            **os.environ,
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
        }
        self.secrets: list[str] = []
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        words = {part for secret in secrets for part in (secret, *secret.splitlines())}
        # Shorter ones are everywhere. Longer ones first: they may hold others.
        more = {each for each in words if len(each) > 3}
        self.secrets = sorted({*self.secrets, *more}, key=len, reverse=True)

    def scrub(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def json(self, *args: str, seen: Callable[[dict[str, Any]], None] = lambda _: None) -> Ran:
        """A command that has -json: what it says is shown as it is said."""
        ran = Ran(0)
        with self._started(*args) as process:
            for line in process.stdout or ():
                try:
                    event = json.loads(line)
                except ValueError:
                    event = {"@message": line.rstrip()}
                ran.events.append(event)
                seen(event)
                print(self.scrub(event.get("@message", "")), flush=True)
        ran.code = process.returncode
        ran.stderr = self._words()
        ran.in_time = time.monotonic() < self.deadline
        return ran

    def text(self, *args: str) -> Ran:
        """A command whose output is its answer, and is not shown."""
        with self._started(*args) as process:
            stdout = process.stdout.read() if process.stdout else ""
        in_time = time.monotonic() < self.deadline
        return Ran(process.returncode, stdout=stdout, stderr=self._words(), in_time=in_time)

    @contextmanager
    def _started(self, *args: str) -> Iterator[subprocess.Popen[str]]:
        with open("/work/stderr", "w", encoding="utf-8") as stderr:
            process = subprocess.Popen(
                ["terraform", *args],
                cwd=self.root,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        # Asked to end, Terraform finishes what it is at, saves the state and releases its lock.
        ended = signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        left = max(LEAST, self.deadline - time.monotonic())
        timers = [
            threading.Timer(left, process.send_signal, [signal.SIGINT]),
            threading.Timer(left + GRACE, process.kill),
        ]
        for timer in timers:
            timer.start()
        try:
            yield process
            process.wait()
        finally:
            for timer in timers:
                timer.cancel()
            signal.signal(signal.SIGTERM, ended)

    def _words(self) -> str:
        words = Path("/work/stderr").read_text(encoding="utf-8", errors="replace")
        words = re.sub(r"\x1b\[[0-9;]*m", "", words)
        words = re.sub(r"^[│╷╵ ]+", "", words, flags=re.M).strip()
        if words:
            print(self.scrub(words), file=sys.stderr, flush=True)
        return words


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one step at a time, on this machine."""
    with open(path, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
