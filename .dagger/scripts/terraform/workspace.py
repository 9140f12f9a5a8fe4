"""A root module in memory, made ready for Terraform: source, modules, providers, backend."""

import base64
import hashlib
import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

from lock_holder import http_lock_holder
from plan_json import configuration_digest, places
from run_terraform import Ran, Refused, Terraform, locked
from sealed import SHORTEST_KEY, seal

STATE = Path("/state")
PLUGINS = Path("/plugins")
RESULT = Path("/result")
BASE = Path("/work/src")
KEY = Path("/run/secrets/key")
OVERRIDE = "kitchen_state_override.tf"

Json = dict[str, Any]


class Workspace:
    def __init__(self, request: Json) -> None:
        self.request = request
        self.root = BASE / request["root"]
        self.answer: Json = {"notes": [], "diagnostics": [], "environment": request["environment"]}
        self.given = [os.environ[name] for name in request["secrets"]]
        deadline = time.monotonic() + request["limit"]
        self.key = KEY.read_bytes().strip() if KEY.exists() else None
        self.terraform = Terraform(self.root, self.given, deadline)
        if self.key is not None and len(self.key) >= SHORTEST_KEY:
            self.terraform.hide([self.key.decode(errors="replace")])
        self.lock = f"-lock-timeout={request['lockTimeout']}s"
        self.var_files = [BASE / each for each in request["varFiles"]]

    def prepare(self) -> None:
        shutil.copytree("/src", BASE, symlinks=True)
        if Path("/modules").is_dir():
            shutil.copytree("/modules", self.root / ".terraform/modules", symlinks=True)
        for path in self.var_files:
            if not path.is_file():
                name = self.request["environment"]
                raise Refused("var-file", f"varFiles of {name}: there is no {path.relative_to(BASE)}")
        self.answer["configuration"] = configuration_digest(BASE, self.root, self.var_files)
        version = json.loads(self.asked("version", "-json"))
        self.answer["terraform"] = version["terraform_version"]
        self.answer["places"] = places(BASE, self.root)
        self.answer["backend"] = declared_backend(self.root)
        # Terraform says who holds a lock by the user's name.
        users = Path("/etc/passwd").read_text(encoding="utf-8")
        users = re.sub(r"^[^:]*:x:0:", lambda _: f"{self.request['actor']}:x:0:", users, flags=re.M)
        Path("/etc/passwd").write_text(users, encoding="utf-8")
        self._choose_providers()
        self._init()

    def _choose_providers(self) -> None:
        env = self.terraform.env
        env["TF_PLUGIN_CACHE_DIR"] = str(PLUGINS)
        if not (self.root / ".terraform.lock.hcl").exists():
            env["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "1"
        mirror = Path("/mirror")
        if not mirror.is_dir():
            return
        # HOST/NAMESPACE/TYPE: those come from the mirror, all others from their registry.
        there = sorted({"/".join(path.parts[2:5]) for path in mirror.glob("*/*/*/*")})
        listed = json.dumps(there)
        rules = Path("/work/terraform.rc")
        rules.write_text(
            "provider_installation {\n"
            f'  filesystem_mirror {{\n    path    = "/mirror"\n    include = {listed}\n  }}\n'
            f"  direct {{\n    exclude = {listed}\n  }}\n}}\n",
            encoding="utf-8",
        )
        env["TF_CLI_CONFIG_FILE"] = str(rules)

    def _init(self) -> None:
        readonly = ["-lockfile=readonly"] if (self.root / ".terraform.lock.hcl").exists() else []
        # Two that install the same provider into the cache at once break it.
        with locked(PLUGINS / ".lock"):
            ran = self.terraform.json("init", "-json", *readonly)
        self.check(ran)
        self.answer["backend"] = self.backend()["type"]
        if self.answer["backend"] != "local":
            return
        if self.request["stateName"] is None:
            name = self.request["environment"]
            raise Refused(
                "state-name",
                f"the backend of {name} is local, and nothing says which state on this machine is its: set environments.{name}.state in kitchen.yaml to a name that nothing else here has, or repository to the repository's address",
            )
        (self.root / OVERRIDE).write_text(
            'terraform {\n  backend "local" {\n    path = "/state/terraform.tfstate"\n  }\n}\n',
            encoding="utf-8",
        )
        self.check(self.terraform.json("init", "-json", "-reconfigure"))

    def backend(self) -> Json:
        """As `terraform init` understood it."""
        path = self.root / ".terraform/terraform.tfstate"
        none: Json = {"type": "local", "config": {}}
        if not path.exists():
            return none
        found: Json = json.loads(path.read_text(encoding="utf-8")).get("backend") or none
        return found

    def mark(self) -> str:
        """A name for files about this state, which is another for another backend."""
        text = json.dumps(self.backend(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def pulled(self) -> Json:
        """Lineage and serial of the state as it is."""
        text = self.asked("state", "pull")
        found = json.loads(text) if text.strip() else {"lineage": "", "serial": 0}
        return {"lineage": found["lineage"], "serial": found["serial"]}

    def asked(self, *args: str) -> str:
        ran = self.terraform.text(*args)
        if ran.code != 0:
            raise Refused("terraform-failed", f"terraform {args[0]}: {ran.stderr}")
        return ran.stdout

    def check(self, ran: Ran) -> None:
        """Keeps what Terraform had to say, and refuses when it failed."""
        self.answer["diagnostics"] += [self._placed(each) for each in ran.diagnostics]
        if ran.code == 0:
            return
        if not ran.in_time:
            raise Refused("timeout", f"took longer than {self.request['limit']} s (stages.terraform.timeout in kitchen.yaml) and was ended")
        if not ran.errors:
            raise Refused("terraform-failed", ran.stderr or f"terraform: exit code {ran.code}")
        backend = self.backend()
        isheld = any(each["summary"] == "Error acquiring the state lock" for each in ran.errors)
        if isheld and backend["type"] == "http":
            self.answer["holder"] = http_lock_holder(backend["config"])
        raise Refused("diagnostics", "")

    def _placed(self, diagnostic: Json) -> Json:
        """Terraform's places are relative to the root module, Kitchen's to the repository."""
        found = {name: diagnostic.get(name, "") for name in ("severity", "summary", "detail")}
        if "range" in diagnostic:
            where = diagnostic["range"]
            path = os.path.normpath(os.path.join(self.request["root"], where["filename"]))
            start = where["start"]
            found |= {"path": path, "line": start["line"], "column": start["column"]}
        return found

    def sealed(self, name: str, content: bytes) -> None:
        """A result that only the module itself reads."""
        assert self.key is not None
        sealed = seal({"environment": self.request["environment"]}, content, self.key)
        (RESULT / name).write_bytes(base64.b64encode(sealed))


def declared_backend(root: Path) -> str:
    """As it is written, for messages about one that Terraform cannot set up."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in root.glob("*.tf")]
    found = re.search(r'^\s*backend\s+"(\w+)"', "\n".join(texts), re.M)
    return found[1] if found else "local"
