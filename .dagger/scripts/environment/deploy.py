"""Bringing a release into an environment, so that whatever fails, the one before keeps serving."""

from typing import Any

import edge
import parts
from edge import SLOTS, Edge
from host import Host
from refused import Refused
from state import State
from undo import Undo, forget, take_back


def deploy(host: Host, state: State, request: dict[str, Any]) -> None:
    """Put a release into a slot, its DAGs into Airflow, and its migrations into the database.

    The slot gets no traffic by this, except when nothing serves yet.

    Raises:
        Refused: the release is not there; what was there before serves as before.
    """
    deployment = parts.complete(host, request)
    state.prepare(request["support"]["haproxy"], request["operator"])
    parts.foundations(host, state, request)
    slot = choose_slot(state.document, deployment["release"]["id"], request.get("slot"))
    parts.migrate(host, state, deployment, request)
    undo: Undo = []
    try:
        parts.service(host, state, slot, deployment, request, undo)
        if deployment["airflow"]:
            parts.airflow(host, state, deployment, request, undo)
    except BaseException as error:
        take_back(undo, error)
        raise
    state.keep(deployment)
    release = deployment["release"]["id"]
    slots = {**state.document["slots"], slot: release}
    before = None if state.document["before"] == slot else state.document["before"]
    unchanged = state.document["slots"][slot] == release
    state.save(
        slots=slots,
        airflow=release if deployment["airflow"] else state.document["airflow"],
        before=state.document["before"] if unchanged else before,
    )
    forget(host)
    if state.document["stable"] is None:
        set_weights(host, state, {each: 100 if each == slot else 0 for each in SLOTS})


def choose_slot(document: dict[str, Any], release: str, wanted: str | None) -> str:
    """The slot for a release: the one it is in, or the one without traffic.

    Raises:
        Refused: both serve, or the wanted one does.
    """
    slots, weights = document["slots"], document["weights"]
    holds = [slot for slot in SLOTS if slots[slot] == release]
    idle = [slot for slot in SLOTS if weights[slot] == 0]
    if wanted is None:
        if holds or idle:
            return (holds or idle)[0]
        raise Refused(
            f"both slots get traffic ({_shares(weights)}): finish that rollout, or roll it back"
        )
    if wanted in idle or wanted in holds:
        return wanted
    raise Refused(f"slot {wanted} gets {weights[wanted]} % of the traffic: deploy to the other one")


def set_weights(host: Host, state: State, weights: dict[str, int]) -> None:
    """Share the traffic between the slots.

    Raises:
        Refused: they do not sum up to 100, or a slot is to get traffic that has no release.
    """
    slots = state.document["slots"]
    if sum(weights.values()) != 100 or min(weights.values()) < 0:
        raise Refused(f"the weights are {_shares(weights)}: they have to sum up to 100")
    for slot in SLOTS:
        if weights[slot] and not slots[slot]:
            raise Refused(f"slot {slot} has no release: it cannot get {weights[slot]} %")
        if weights[slot] and not host.running(f"{host.project}-service-{slot}"):
            raise Refused(f"slot {slot} does not run: it cannot get {weights[slot]} %")
    running = Edge(host)
    if running.weights() != weights:
        running.set_weights(weights, edge.config(weights, parts.served(state)))
    full = next((slot for slot in SLOTS if weights[slot] == 100), None)
    stable, before = state.document["stable"], state.document["before"]
    if full and full != stable:
        stable, before = full, stable
    state.save(weights=weights, stable=stable, before=before)


def rollback(host: Host, state: State, request: dict[str, Any]) -> None:
    """Back to a release that is in a slot: traffic and DAGs together. The same again changes
    nothing.

    Raises:
        Refused: it is in no slot.
    """
    wanted, slots = request["to"], state.document["slots"]
    target = next((slot for slot in SLOTS if slots[slot] == wanted), None)
    if target is None:
        there = ", ".join(f"{slot} {slots[slot] or 'nothing'}" for slot in SLOTS)
        raise Refused(f"release {wanted} is in no slot: there are {there}")
    deployment = state.deployment(wanted)
    undo: Undo = []
    try:
        # What served before is started, not made anew, whatever made it.
        parts.service(host, state, target, deployment, request, undo, as_it_is=True)
        # People first: the traffic goes back before Airflow takes its time.
        set_weights(host, state, {slot: 100 if slot == target else 0 for slot in SLOTS})
        if deployment["airflow"]:
            parts.airflow(host, state, deployment, request, undo)
    except BaseException as error:
        take_back(undo, error)
        raise
    state.save(before=None, **({"airflow": wanted} if deployment["airflow"] else {}))
    forget(host)


def _shares(weights: dict[str, int]) -> str:
    return ", ".join(f"{slot} {weight} %" for slot, weight in weights.items())
