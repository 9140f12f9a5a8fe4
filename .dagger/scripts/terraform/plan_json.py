"""What `terraform show -json` says of a plan, without its secrets; digests; where blocks stand."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HIDDEN = "(sensitive)"

Json = Any


def without_sensitive(plan: Json) -> Json:
    """Terraform marks sensitive values beside the values themselves: those are taken out, and so are
    texts that are equal to one of them, since not every copy has a mark."""
    plan = {name: value for name, value in plan.items() if name != "timestamp"}
    hidden: set[str] = set()
    for change in _changes(plan):
        for side in ("before", "after"):
            marks = change.get(f"{side}_sensitive", False)
            change[side] = _hide(change.get(side), marks, hidden)
    for output in _outputs(plan):
        output["value"] = _hide(output.get("value"), output.get("sensitive", False), hidden)
    for resource in _resources(plan):
        marks = resource.get("sensitive_values", False)
        resource["values"] = _hide(resource.get("values"), marks, hidden)
    root = plan.get("configuration", {}).get("root_module", {})
    for module in _modules(root):
        for variable in module.get("variables", {}).values():
            if "default" in variable:
                marks = variable.get("sensitive", False)
                variable["default"] = _hide(variable["default"], marks, hidden)
    for name, variable in plan.get("variables", {}).items():
        marks = root.get("variables", {}).get(name, {}).get("sensitive", False)
        variable["value"] = _hide(variable.get("value"), marks, hidden)
    return scrubbed_plan(plan, lambda text: HIDDEN if text in hidden else text)


def scrubbed_plan(plan: Json, scrub: Callable[[str], str]) -> Json:
    """Values only: what a resource is called decides whether it is protected."""
    for change in _changes(plan):
        for side in ("before", "after"):
            change[side] = scrubbed(change.get(side), scrub)
    for output in (*_outputs(plan), *plan.get("variables", {}).values()):
        output["value"] = scrubbed(output.get("value"), scrub)
    for resource in _resources(plan):
        resource["values"] = scrubbed(resource.get("values"), scrub)
    for module in _modules(plan.get("configuration", {}).get("root_module", {})):
        for variable in module.get("variables", {}).values():
            if "default" in variable:
                variable["default"] = scrubbed(variable["default"], scrub)
    return plan


def _changes(plan: Json) -> Iterator[Json]:
    for each in (*plan.get("resource_changes", []), *plan.get("resource_drift", [])):
        yield each["change"]
    yield from plan.get("output_changes", {}).values()


def _outputs(plan: Json) -> Iterator[Json]:
    for values in _values(plan):
        yield from values.get("outputs", {}).values()


def _resources(plan: Json) -> Iterator[Json]:
    for values in _values(plan):
        yield from resources_of({"values": values})


def _values(plan: Json) -> tuple[Json, Json]:
    return plan.get("planned_values", {}), plan.get("prior_state", {}).get("values", {})


def resources_of(state: Json) -> Iterator[Json]:
    """The resources of a state as `show -json` writes it, those of its modules too."""
    modules = [state.get("values", {}).get("root_module", {})]
    while modules:
        module = modules.pop()
        modules += module.get("child_modules", [])
        yield from module.get("resources", [])


def _hide(value: Json, marks: Json, hidden: set[str]) -> Json:
    if marks is True:
        hidden.update(_texts(value))
        return None if value is None else HIDDEN
    if isinstance(value, dict) and isinstance(marks, dict):
        return {name: _hide(each, marks.get(name, False), hidden) for name, each in value.items()}
    if isinstance(value, list) and isinstance(marks, list):
        padded = marks + [False] * (len(value) - len(marks))
        return [_hide(each, mark, hidden) for each, mark in zip(value, padded, strict=False)]
    return value


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str) and len(value) > 3:
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(each)


def _modules(module: Json) -> Iterator[Json]:
    yield module
    for call in module.get("module_calls", {}).values():
        yield from _modules(call.get("module", {}))


def scrubbed(value: Json, scrub: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub(name): scrubbed(each, scrub) for name, each in value.items()}
    if isinstance(value, list):
        return [scrubbed(each, scrub) for each in value]
    return value


def digest_of(about: dict[str, Json], plan: Json) -> str:
    """Of what a plan would do, to what, and from where: two plans with one digest do the same."""
    changes = [
        {name: each.get(name) for name in ("address", "previous_address", "deposed", "change")}
        for each in plan.get("resource_changes", [])
        if each["mode"] == "managed"
    ]
    content = {
        **about,
        "changes": sorted(changes, key=lambda each: (each["address"], each["deposed"] or "")),
        "outputs": plan.get("output_changes", {}),
        "variables": plan.get("variables", {}),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def module_folders(root: Path) -> list[tuple[str, Path]]:
    """Modules of a root module: key (`network.subnets`, empty for itself) and folder."""
    manifest = root / ".terraform/modules/modules.json"
    if not manifest.exists():
        return [("", root)]
    modules = json.loads(manifest.read_text(encoding="utf-8"))["Modules"]
    return [(each["Key"], Path(os.path.normpath(root / each["Dir"]))) for each in modules]


def configuration_digest(base: Path, root: Path, more: list[Path]) -> str:
    """Of every file of the root module and of the modules that it uses."""
    files = {path for _, folder in module_folders(root) for path in _files(folder)} | set(more)
    whole = hashlib.sha256()
    for path in sorted(files, key=lambda each: os.fsencode(os.path.relpath(each, base))):
        name = os.fsencode(os.path.relpath(path, base))
        whole.update(name + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{whole.hexdigest()}"


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".terraform"]
        for name in names:
            path = Path(at, name)
            if path.is_file() and not re.search(r"\.tfstate(\..*)?$", name):
                yield path


BLOCK = re.compile(r'^[ \t]*(resource|data|module|variable|provider)[ \t]+"([^"]+)"(?:[ \t]+"([^"]+)")?', re.M)


def places(base: Path, root: Path) -> dict[str, Json]:
    """Where resources, modules, variables and providers stand, by their addresses without indices."""
    found: dict[str, Json] = {}
    for key, folder in module_folders(root):
        if ".terraform" in folder.relative_to(base).parts:
            continue  # not of this repository: the block that calls it is
        prefix = "".join(f"module.{name}." for name in key.split(".") if name)
        for path in sorted(folder.glob("*.tf")):
            text = path.read_text(encoding="utf-8", errors="replace")
            for match in BLOCK.finditer(text):
                kind, first, second = match.groups()
                name = {
                    "resource": f"{first}.{second}",
                    "data": f"data.{first}.{second}",
                    "module": f"module.{first}",
                    "variable": f"var.{first}",
                    "provider": f"provider.{first}",
                }[kind]
                line = text.count("\n", 0, match.start(1)) + 1
                found.setdefault(prefix + name, {"path": str(path.relative_to(base)), "line": line})
    return found
