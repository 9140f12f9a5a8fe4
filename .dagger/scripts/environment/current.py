"""What is there: as containers, HAProxy, the service and Airflow say, not as remembered."""

import json
from typing import Any

import dags
from edge import PUBLIC, SLOT_PORT, SLOTS, Edge
from host import Host
from refused import Refused
from state import State


def current(host: Host, state: State) -> dict[str, Any]:
    """The environment as it is."""
    running = Edge(host)
    up = host.running(running.name)
    weights = running.weights() if up else state.document["weights"]
    slots = {}
    for slot in SLOTS:
        release = state.document["slots"][slot]
        about = state.deployment(release)["service"] if release else None
        slots[slot] = {
            "release": release,
            "image": about["image"] if about else None,
            "weight": weights[slot],
            "running": host.running(f"{host.project}-service-{slot}"),
            "served": served(running, slot, about) if up and about else None,
        }
    return {
        "slots": slots,
        "stable": state.document["stable"],
        "before": state.document["before"],
        "airflow": _airflow(host, state),
        "containers": {name: host.running(name) for name in sorted(host.containers())},
    }


def served(running: Edge, slot: str, about: dict[str, Any]) -> dict[str, Any] | None:
    """Release and image digest as the service in a slot gives them."""
    return _identity(running.get("127.0.0.1", SLOT_PORT[slot], about["version"]))


def served_to_people(running: Edge, about: dict[str, Any]) -> dict[str, Any] | None:
    """The same through the public side of the edge."""
    return _identity(running.get("127.0.0.1", PUBLIC, about["version"]))


def _identity(answer: Any) -> dict[str, Any] | None:
    try:
        said = json.loads(answer.body) if answer and answer.status == 200 else None
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    return {"release": said.get("release_id"), "digest": said.get("image_digest")}


def _airflow(host: Host, state: State) -> dict[str, Any] | None:
    release = state.document["airflow"]
    if not release:
        return None
    try:
        seen = dags.ask(host)
    except Refused as refused:
        return {"release": release, "dags": None, "problem": str(refused)}
    return {"release": release, "dags": seen.versions, "problem": None}
