"""Runs a load test in this container, as one of these parts:

    run.py alone PROCESSES LOCUSTFILE    everything here
    run.py master WORKERS LOCUSTFILE     waits for workers, adds up, then serves what it wrote
    run.py worker MASTER LOCUSTFILE      makes load
    run.py collect MASTER                fetches what the master serves

The load's settings are in KITCHEN_LOAD_TEST. What is written goes to the folder that they name:
load-test.json, Locust's own HTML and CSV, locust.log. Exits with 0 when the load was made, however
the target fared; 3 when the target cannot be reached; otherwise with Locust's own code.
"""

import http.client
import http.server
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

LOCUST = "/opt/venv/bin/locust"
PLUGIN = str(Path(__file__).with_name("kitchen_locustfile.py"))
PATIENCE = 15
"""Seconds that a target may take until it answers for the first time."""

PORT = 5556
"""Where a master serves what it wrote; Locust's own port is the next one."""

GRACE = 10
"""Seconds that users may take to finish what they are doing when the time is up."""

UNREACHABLE = 3


def main(role: str, *given: str) -> int:
    settings = json.loads(os.environ["KITCHEN_LOAD_TEST"])
    output = Path(settings["output"])
    output.mkdir(parents=True, exist_ok=True)
    match role, given:
        case "alone", (processes, locustfile):
            more = ["--processes", processes] if int(processes) > 1 else []
            return lead(settings, output, locustfile, more)
        case "master", (workers, locustfile):
            offer = serve()
            more = ["--master", "--expect-workers", workers, "--expect-workers-max-wait", "60"]
            offer(output, lead(settings, output, locustfile, more))
        case "worker", (master, locustfile):
            return locust(["--worker", "--master-host", master], locustfile, None)
        case "collect", (master,):
            return collect(master, output, settings["warm_up"] + settings["duration"] + 180)
    raise SystemExit(__doc__)


def lead(settings: dict, output: Path, locustfile: str, more: list[str]) -> int:
    """Make the load, and leave Locust's report beside our own."""
    target = settings["target"]
    problem = unreachable(target)
    if problem is not None:
        print(f"cannot reach {target}: {problem} (tried for {PATIENCE} s)", file=sys.stderr)
        return UNREACHABLE
    args = ["--headless", "--host", target, "--users", str(settings["users"])]
    args += ["--spawn-rate", str(settings["spawn_rate"]), "--stop-timeout", str(GRACE)]
    args += ["--html", str(output / "locust.html"), "--csv", str(output / "locust")]
    args += ["--csv-full-history", "--exit-code-on-error", "0", "--only-summary"]
    return locust([*args, *more], locustfile, output / "locust.log")


def locust(args: list[str], locustfile: str, log: Path | None) -> int:
    command = [LOCUST, "-f", f"{PLUGIN},{locustfile}", *args]
    if log is None:
        return subprocess.run(command, check=False).returncode
    with log.open("wb") as file:
        code = subprocess.run(command, stdout=file, stderr=file, check=False).returncode
    sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))
    return code


def unreachable(target: str) -> str | None:
    """None as soon as something answers HTTP there, whatever it says; otherwise why not."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(target, timeout=PATIENCE).close()  # nosec B310
            return None
        except urllib.error.HTTPError:
            return None
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = str(getattr(error, "reason", error)) or type(error).__name__
        if time.monotonic() > end:
            return problem
        time.sleep(0.5)


def serve() -> Callable[[Path, int], None]:
    """Listen at once, so that others know this container is there; what there is comes later."""
    files = Path("/tmp/served")  # nosec B108
    files.mkdir(exist_ok=True)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(files))
    server = http.server.ThreadingHTTPServer(("", PORT), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def offer(output: Path, code: int) -> None:
        (output / "exit-code").write_text(str(code), encoding="utf-8")
        with tarfile.open(files / "part", "w") as archive:
            archive.add(output, ".")
        (files / "part").rename(files / "written.tar")
        thread.join()

    return offer


def collect(master: str, output: Path, limit: int) -> int:
    """Wait for what the master serves, at most ``limit`` seconds; its exit code is ours."""
    end = time.monotonic() + limit
    address = f"http://{master}:{PORT}/written.tar"
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:  # nosec B310
                with tarfile.open(fileobj=answer, mode="r|") as archive:
                    archive.extractall(output, filter="data")
            break
        except (OSError, http.client.HTTPException, tarfile.TarError) as error:
            if time.monotonic() > end:
                print(f"the master has not ended after {limit} s: {error}", file=sys.stderr)
                return 1
        time.sleep(1)
    log = output / "locust.log"
    if log.exists():
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))
    return int((output / "exit-code").read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
