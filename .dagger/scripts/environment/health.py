"""Waiting for containers: until they are well, or as long as they may take, and then why not."""

import json
import time
from collections.abc import Callable
from datetime import datetime

from edge import SLOT_PORT, Edge
from host import Host
from refused import Refused
from roles import AIRFLOW_PORT

Problem = str | None
AIRFLOW_JOBS = {
    "airflow-api": "metadatabase",
    "airflow-scheduler": "scheduler",
    "airflow-dags": "dag_processor",
}


def wait(host: Host, name: str, problem: Callable[[], Problem], seconds: int) -> None:
    """Wait until nothing is the matter with a container.

    Raises:
        Refused: it ended, or is still not well; with the last lines that it wrote.
    """
    end = time.monotonic() + seconds
    starts: set[str] = set()
    while True:
        state = (host.container(name) or {}).get("State", {})
        starts.add(state.get("StartedAt", ""))
        # The host starts it again and again: its exit code is seen only by chance.
        over = state.get("Status") in ("exited", "dead")
        if over or len(starts) > 3:
            ended = f"with exit code {state.get('ExitCode')}" if over else f"{len(starts) - 1} times"
            raise Refused(f"{name} ended {ended}: {host.last_lines(name)}")
        last = problem()
        if last is None:
            return
        if time.monotonic() > end:
            raise Refused(f"{name} is not well after {seconds} s: {last}; {host.last_lines(name)}")
        time.sleep(0.5)


def database(host: Host) -> Callable[[], Problem]:
    """PostgreSQL takes connections, and not only those of its own first start."""

    def problem() -> Problem:
        command = ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"]
        code, _, _ = host.ask(f"{host.project}-database", command)
        return None if code == 0 else "it takes no connections"

    return problem


def edge(running: Edge) -> Callable[[], Problem]:
    """HAProxy answers."""

    def problem() -> Problem:
        try:
            running.weights()
        except (Refused, ValueError) as error:
            return str(error)
        return None

    return problem


def service(running: Edge, slot: str, port: int, path: str) -> Callable[[], Problem]:
    """The service answers its health check with 200, and through the edge, too: that may find it by
    its name, and well, a moment later."""

    def problem() -> Problem:
        answer = running.get(f"service-{slot}", port, path)
        if answer is None:
            return f"it does not answer on port {port}"
        if answer.status != 200:
            return f"GET {path} is answered with {answer.status}"
        through = running.get("127.0.0.1", SLOT_PORT[slot], path)
        return None if through and through.status == 200 else "the edge does not reach it yet"

    return problem


def airflow(host: Host, running: Edge, part: str) -> Callable[[], Problem]:
    """Airflow's API server calls a part of it healthy, and has heard it since its start."""
    job = AIRFLOW_JOBS[part]

    def problem() -> Problem:
        answer = running.get("airflow", AIRFLOW_PORT, "/api/v2/monitor/health")
        if answer is None or answer.status != 200:
            return "Airflow's API server does not answer"
        said = json.loads(answer.body).get(job) or {}
        if said.get("status") != "healthy":
            return f"{job}: {said.get('status')}"
        heard = said.get(f"latest_{job}_heartbeat")
        started = (host.container(f"{host.project}-{part}") or {})["State"]["StartedAt"]
        if heard and datetime.fromisoformat(heard) < datetime.fromisoformat(started):
            return f"{job}: nothing was heard since it was started"
        return None

    return problem
