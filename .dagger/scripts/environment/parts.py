"""The parts of an environment, brought to what a release wants them to be."""

from dataclasses import replace
from typing import Any

import dags
import edge
import health
import roles
from edge import SLOTS, Edge, Served
from host import Host
from refused import Refused
from spec import Container
from state import State
from undo import Undo, exchange


def complete(host: Host, request: dict[str, Any]) -> dict[str, Any]:
    """The deployment that is asked for, with what only the images know: their users."""
    for part in ("haproxy", "postgres"):
        host.ensure_image(request["support"][part], request.get("login"))
    found = {"release": request["release"], "service": dict(request["service"])}
    found["airflow"] = dict(request["airflow"]) if request.get("airflow") else None
    for part in (found["service"], found["airflow"]):
        if not part:
            continue
        host.ensure_image(part["image"], request.get("login"))
        about = host.client.inspect_image(part["image"])["Config"]
        user = str(about.get("User") or "0").split(":")[0]
        part["owner"] = int(user) if user.isdigit() else 0
        env = dict(each.split("=", 1) for each in about.get("Env") or [])
        part["home"] = env.get("AIRFLOW_HOME", "/opt/airflow")
    return found


def foundations(host: Host, state: State, request: dict[str, Any]) -> None:
    """Network, volumes, database and edge."""
    project, support, limit = host.project, request["support"], request["limits"]["start"]
    host.ensure_network(project)
    written = edge.config(state.document["weights"], served(state, request["service"]))
    wanted = edge.container(project, support["haproxy"], request["address"], written)
    running = Edge(host)
    # The configuration holds the weights, which change while it runs: compared apart.
    bare = replace(wanted, files=())
    if not host.matches(bare, state.key):
        host.stop(wanted.name, wanted.stop_seconds)
        host.remove(wanted.name)
        host.create(wanted, state.key, compared=bare)
    elif host.read(wanted.name, edge.CONFIG) != written:
        if host.running(wanted.name):
            running.must_find_servers()
            running.reload(written)
        else:
            host.write(wanted.name, wanted.files)
    if not host.running(wanted.name):
        try:
            host.start(wanted.name)
        except Refused:
            host.remove(wanted.name)  # else it would stay behind with a port that it cannot have
            raise
    health.wait(host, wanted.name, health.edge(running), limit)

    database = roles.database(project, support["postgres"], state.secrets)
    host.ensure_volume(f"{project}-database")
    if not host.matches(database, state.key):
        host.stop(database.name, database.stop_seconds)
        host.remove(database.name)
        host.create(database, state.key)
    if not host.running(database.name):
        host.start(database.name)
    health.wait(host, database.name, health.database(host), limit)


def served(state: State, coming: dict[str, Any] | None = None) -> dict[str, Served]:
    """Where each slot's release answers. An empty slot gets what is said of the service that is
    ``coming``, else of the other slot's."""
    releases = state.document["slots"].items()
    services = {slot: state.deployment(each)["service"] for slot, each in releases if each}
    other = coming or next(iter(services.values()))
    found = {slot: services.get(slot, other) for slot in SLOTS}
    return {slot: Served(about["port"], about["health"]) for slot, about in found.items()}


def migrate(host: Host, state: State, deployment: dict[str, Any], request: dict[str, Any]) -> None:
    """Each image's migrations run once, before anything of the release gets traffic."""
    project, migrated = host.project, state.document["migrated"]
    about = deployment["service"]
    todo = []
    if about["migrate"]:
        todo.append(
            (roles.service(project, "migrate", deployment, state.secrets), about["migrate"])
        )
    if deployment["airflow"]:
        first = roles.airflow(project, deployment, state.secrets, "")[0]
        todo.append((first, ["airflow", "db", "migrate"]))
    for like, command in todo:
        role = like.labels["kitchen.role"]
        if migrated.get(role) == like.image:
            continue
        wanted = Container(
            name=f"{project}-migrate",
            image=like.image,
            entrypoint=command,
            command=[],
            env=like.env,
            files=like.files,
            network=project,
            labels={"kitchen.role": "migration"},
        )
        host.run(wanted, state.key, request["limits"]["start"])
        state.save(migrated={**state.document["migrated"], role: like.image})


def service(
    host: Host,
    state: State,
    slot: str,
    deployment: dict[str, Any],
    request: dict[str, Any],
    undo: Undo,
    as_it_is: bool = False,
) -> None:
    """The service in one slot, well. ``as_it_is``: a container that is there is not made anew."""
    running = Edge(host)
    about = deployment["service"]
    wanted = roles.service(host.project, slot, deployment, state.secrets)
    _volume_for(host, deployment, "models", state)
    _ask_there(running, state, slot, about, undo)
    kept = as_it_is and host.container(wanted.name)
    if not kept and not host.matches(wanted, state.key):
        running.drained(slot, request["limits"]["drain"])
        exchange(host, wanted, state.key, undo)
    elif not host.running(wanted.name):
        host.start(wanted.name)
    ready = health.service(running, slot, about["port"], about["health"])
    health.wait(host, wanted.name, ready, request["limits"]["start"])


def _ask_there(running: Edge, state: State, slot: str, about: dict[str, Any], undo: Undo) -> None:
    """The edge asks a slot where its next release answers, and the other one where it did."""
    weights, before = state.document["weights"], served(state, about)
    after = {**before, slot: Served(about["port"], about["health"])}
    if after != before:
        running.must_find_servers()
        undo.append(lambda: running.reload(edge.config(weights, before)))
        running.reload(edge.config(weights, after))


def airflow(
    host: Host, state: State, deployment: dict[str, Any], request: dict[str, Any], undo: Undo
) -> None:
    """Airflow's parts, and its word that it runs the DAGs of this release."""
    address = request.get("airflowAddress") or ""
    parts = roles.airflow(host.project, deployment, state.secrets, address)
    for volume in ("models", "airflow-logs", "airflow-runs"):
        _volume_for(host, deployment, volume, state)
    # The one that starts tasks ends first and starts last.
    changed = [part for part in parts if not host.matches(part, state.key)]
    for part in reversed(changed):
        exchange(host, part, state.key, undo, start=False)
    for part in parts:
        if not host.running(part.name):
            host.start(part.name)
    running, limit = Edge(host), request["limits"]["start"]
    for part in parts:
        role = part.labels["kitchen.role"]
        health.wait(host, part.name, health.airflow(host, running, role), limit)
    dags.wait_for(host, deployment["airflow"]["image"].split("@")[1], limit)


def _volume_for(host: Host, deployment: dict[str, Any], name: str, state: State) -> None:
    """A volume that belongs to the user of Airflow's image, who writes there."""
    volume, about = f"{host.project}-{name}", deployment["airflow"] or deployment["service"]
    if not host.ensure_volume(volume):
        return
    owner = about["owner"]
    wanted = Container(
        name=f"{host.project}-volume",
        image=about["image"],
        entrypoint=["chown", f"{owner}:{owner}", "/volume"],
        command=[],
        volumes={"/volume": volume},
        user="0",
        labels={"kitchen.role": "volume"},
    )
    host.run(wanted, state.key, 60)
