"""What an apply leaves on this machine when it cannot end as it should, so that nothing is lost.

A state that the backend did not take is kept, and sent by the next step. What an apply has done is
written down while it works: Terraform saves the state to a backend every 20 seconds at best, and
what a killed apply made since then is in no state.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from run_terraform import Refused, locked
from workspace import STATE, Workspace

Json = dict[str, Any]


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def keep_unsaved_state(at: Workspace) -> None:
    """After an apply: Terraform writes what it could not save beside the configuration."""
    errored = at.root / "errored.tfstate"
    if not errored.exists():
        return
    kept = _unsaved(at)
    shutil.copyfile(errored, kept)
    kept.chmod(0o600)
    if _sent(at) is not None:
        at.answer["notes"].append(
            "the backend did not take the state: it is kept on this machine, and the next plan or apply here sends it"
        )


def send_unsaved_state(at: Workspace) -> None:
    """Before anything else is done."""
    refusal = _sent(at)
    if refusal is not None:
        raise Refused(
            "unsaved-state",
            f"the state of the last apply is kept on this machine only, and the backend does not take it: {refusal}",
        )


def _unsaved(at: Workspace) -> Path:
    return STATE / f"unsaved-{at.mark()}.tfstate"


def _sent(at: Workspace) -> str | None:
    """Why what is kept could not be sent; None when nothing is kept any more."""
    kept = _unsaved(at)
    refusal = None
    with locked(STATE / ".lock"):
        for pause in (0, 1, 3):
            if not kept.exists():
                return None
            time.sleep(pause)
            ran = at.terraform.text("state", "push", at.lock, str(kept))
            refusal = " ".join(ran.stderr.split())
            if ran.code == 0:
                kept.unlink()
                at.answer["notes"].append(
                    "the state that an apply could not save was sent to the backend"
                )
            elif re.search("newer state|lineage", refusal):
                _set_aside(at, kept)
    return refusal


def _set_aside(at: Workspace, kept: Path) -> None:
    """The backend's state went on without it: nobody can merge the two but people."""
    text = kept.read_text(encoding="utf-8")
    made = sorted({f"{each['type']}.{each['name']}" for each in json.loads(text)["resources"]})
    kept.rename(kept.with_suffix(f".{now().replace(':', '')}.superseded"))
    at.answer["notes"].append(
        f"a state that an apply could not save is older than the backend's now, and was set aside: look whether the backend's has all of {', '.join(made)}, and import what it lacks"
    )


class Journal:
    """What an apply has done so far. It is gone once the state has it."""

    def __init__(self, at: Workspace) -> None:
        self.path = STATE / f"applying-{at.mark()}.jsonl"
        self.file: IO[str] | None = None
        self.at = at

    def begin(self) -> Callable[[Json], None]:
        self.size = self.path.stat().st_size if self.path.exists() else 0
        # Held for as long as this process lives: what can be locked is of one that was killed.
        self.file = open(self.path, "a", encoding="utf-8")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file = None  # another apply is at it, and Terraform's own lock decides
            return lambda _: None
        self._write({"started": now(), "actor": self.at.request["actor"]})
        return self._seen

    def _seen(self, event: Json) -> None:
        if event.get("type") == "apply_complete":
            hook = event["hook"]
            id_value = hook.get("id_value", "")
            made = {"address": hook["resource"]["addr"], "action": hook["action"], "id": id_value}
            self._write(made)

    def _write(self, line: Json) -> None:
        assert self.file is not None
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())

    def end(self, has_begun: bool) -> None:
        """An apply that did nothing leaves what one before it wrote."""
        if self.file is None:
            return
        if has_begun or self.size == 0:
            self.path.unlink(missing_ok=True)
        else:
            os.truncate(self.path, self.size)
        self.file.close()

    def tell(self, known: set[str]) -> None:
        """A note on an apply that was killed: what it made that the state does not have."""
        if not self.path.exists():
            return
        with open(self.path, encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return  # it is at work
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        begun = [line for line in lines if "started" in line]
        made = [line for line in lines if line.get("action") == "create"]
        lost = [f"{each['address']} (id {each['id']})" for each in made if each["address"] not in known]
        if not begun:
            return
        who = f"an apply by {begun[-1]['actor']} that began at {begun[-1]['started']} did not come to its end"
        if lost:
            self.at.answer["notes"].append(
                f"{who}: it made what the state does not have: {', '.join(lost)}: import it (terraform import), or delete it, before it is made again"
            )
        else:
            self.at.answer["notes"].append(f"{who}: the state has everything that it made")
