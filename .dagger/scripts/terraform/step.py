"""One step with Terraform on one environment.

    step.py plan|open|apply|unlock|state

/kitchen/request.json says on what; secrets are environment variables that it names, and
/run/secrets/key. /src is the source, /bundle a saved plan. The state of a local backend is in
/state, which outlives the step; everything with secrets in it is in /work, which is in memory.
What came of it is in /result: answer.json (without secrets), and sealed: plan, outputs, state.
"""

import hashlib
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leftovers import Journal, keep_unsaved_state, now, send_unsaved_state
from plan_json import digest_of, resources_of, scrubbed, scrubbed_plan, without_sensitive
from run_terraform import Refused
from sealed import SealError, read_about, seal, unseal
from workspace import RESULT, Workspace

PLAN = Path("/work/plan")
BUNDLE = "the plan file"

Json = dict[str, Any]


def plan(at: Workspace) -> None:
    at.prepare()
    send_unsaved_state(at)
    given = [f"-var={each}" for each in at.request["vars"]]
    files = [f"-var-file={each}" for each in at.var_files]
    at.check(at.terraform.json("plan", "-json", at.lock, f"-out={PLAN}", *files, *given))
    describe(at, at.request["exact"])
    if at.key is not None:
        bound = ("environment", "configuration", "terraform", "state", "digest")
        about = {name: at.answer[name] for name in bound}
        # The secrets go with it: whoever opens it is to be shown none of them either.
        content = json.dumps(at.given).encode() + b"\n" + PLAN.read_bytes()
        (RESULT / "plan").write_bytes(seal(about, content, at.key))


def open_plan(at: Workspace) -> None:
    """What a saved plan would do, after everything that can be wrong with it was looked at."""
    about = unpack(at)
    describe(at, exact=True)
    if at.answer["digest"] != about["digest"]:
        raise Refused(
            "digest",
            f"{BUNDLE} does something else than it says: its digest is {at.answer['digest']}, not {about['digest']}",
        )
    refuse_stale(about["state"], at.pulled())


def apply(at: Workspace) -> None:
    about = unpack(at)
    send_unsaved_state(at)
    refuse_stale(about["state"], at.pulled())
    started, journal = now(), Journal(at)
    ran = at.terraform.json("apply", "-json", at.lock, str(PLAN), seen=journal.begin())
    applied: Json = {
        "started": started,
        "finished": now(),
        "resources": [each for event in ran.events for each in outcome(event)],
    }
    at.answer["applied"] = applied
    keep_unsaved_state(at)
    journal.end(ran.code == 0 or len(applied["resources"]) > 0)
    if any(each["summary"] == "Saved plan is stale" for each in ran.errors):
        refuse_stale(about["state"], at.pulled())
    at.check(ran)
    applied["state"] = at.pulled()
    outputs = json.loads(at.asked("output", "-json"))
    applied["outputs"] = {
        name: {"type": each["type"], "sensitive": True} if each["sensitive"] else each
        for name, each in outputs.items()
    }
    secret = {name: each["value"] for name, each in outputs.items() if each["sensitive"]}
    at.sealed("outputs", json.dumps(secret).encode())


def unlock(at: Workspace) -> None:
    at.prepare()
    at.asked("force-unlock", "-force", at.request["lockId"])


def state(at: Workspace) -> None:
    at.prepare()
    send_unsaved_state(at)
    at.sealed("state", at.asked("state", "pull").encode())


def unpack(at: Workspace) -> Json:
    """Opens a saved plan, and refuses one that is not of what is here now."""
    bundle = Path("/bundle").read_bytes()
    about = read_about(bundle, BUNDLE)
    assert at.key is not None
    secrets, _, content = unseal(bundle, at.key, BUNDLE).partition(b"\n")
    at.terraform.hide(json.loads(secrets))
    PLAN.write_bytes(content)
    ours, wanted = at.request["environment"], at.request["digest"]
    if about["environment"] != ours:
        raise Refused("environment", f"the plan is one of {about['environment']}, not of {ours}")
    if wanted is not None and wanted != about["digest"]:
        raise Refused("digest", f"the plan's digest is {about['digest']}, not {wanted}")
    at.prepare()
    if about["terraform"] != at.answer["terraform"]:
        raise Refused(
            "terraform",
            f"the plan was made by Terraform {about['terraform']}, and this is {at.answer['terraform']}: plan again",
        )
    if about["configuration"] != at.answer["configuration"]:
        raise Refused(
            "configuration",
            f"the plan was made from another configuration ({about['configuration']}) than the one here ({at.answer['configuration']}): plan again, or apply it from the commit that it was made from",
        )
    return about


def describe(at: Workspace, exact: bool) -> None:
    """What the plan in /work would do."""
    with zipfile.ZipFile(PLAN) as parts:
        before = json.loads(parts.read("tfstate"))
    at.answer["state"] = {"lineage": before["lineage"], "serial": before["serial"]}
    shown = json.loads(at.asked("show", "-json", str(PLAN)))
    found = without_sensitive(shown)
    bound = ("environment", "configuration", "terraform", "state")
    about: Json = {name: at.answer[name] for name in bound}
    # A saved plan is meant to the byte; without one, what it would do is what counts.
    about["file"] = hashlib.sha256(PLAN.read_bytes()).hexdigest() if exact else None
    at.answer["digest"] = digest_of(about, found)
    at.answer["plan"] = found
    Journal(at).tell({each["address"] for each in resources_of(found.get("prior_state", {}))})


def refuse_stale(planned: Json, found: Json) -> None:
    if planned == found:
        return
    if planned["lineage"] not in ("", found["lineage"]):
        raise Refused(
            "stale",
            f"the plan was made for another state (lineage {planned['lineage']}) than the one that is there now (lineage {found['lineage'] or 'none'}): plan again",
        )
    raise Refused(
        "stale",
        f"the plan is stale: it was made at serial {planned['serial']} of the state, which is at {found['serial']} now: plan again",
    )


def outcome(event: Json) -> Iterator[Json]:
    """What became of a resource, from what `apply -json` says."""
    ended = {"apply_complete": "done", "apply_errored": "failed"}.get(event.get("type", ""))
    if ended is not None:
        hook = event["hook"]
        yield {
            "address": hook["resource"]["addr"],
            "action": hook["action"],
            "outcome": ended,
            "seconds": hook.get("elapsed_seconds", 0),
        }


COMMANDS = {"plan": plan, "open": open_plan, "apply": apply, "unlock": unlock, "state": state}


def main(command: str) -> int:
    os.umask(0o077)
    RESULT.mkdir(exist_ok=True)
    request = json.loads(Path("/kitchen/request.json").read_text(encoding="utf-8"))
    at = Workspace(request)
    try:
        COMMANDS[command](at)
    except (Refused, SealError) as error:
        kind = error.kind if isinstance(error, Refused) else "sealed"
        at.answer["problem"] = {"kind": kind, "message": str(error)}
    (RESULT / "answer.json").write_text(json.dumps(without_secrets(at)), encoding="utf-8")
    return 1 if "problem" in at.answer else 0


def without_secrets(at: Workspace) -> Json:
    """The answer, without any secret that the step was given, wherever it turns up in words and
    values. Names and digests stay."""
    answer, scrub = dict(at.answer), at.terraform.scrub
    for name in ("problem", "diagnostics", "notes", "holder"):
        answer[name] = scrubbed(answer.get(name), scrub)
    if "plan" in answer:
        answer["plan"] = scrubbed_plan(answer["plan"], scrub)
    for output in answer.get("applied", {}).get("outputs", {}).values():
        if "value" in output:
            output["value"] = scrubbed(output["value"], scrub)
    return answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
