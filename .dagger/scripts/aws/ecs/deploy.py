"""Bringing a release into an environment, so that whatever fails, the one before keeps serving."""

from collections.abc import Callable
from typing import Any

from access import Aws
from botocore.exceptions import BotoCoreError, ClientError
from ecs import airflow, one_off, steady
from ecs.current import deployed, seen
from ecs.find import find
from ecs.place import SLOTS, Place, Slot
from ecs.shifting import bring, take_back
from ecs.task_definition import register, with_variables
from ecs.weights import share, words_of
from memory import Memory, present
from problems import explained
from refused import Refused
from registry import must_have
from state import State
from variables import variables

Undo = list[tuple[str, Callable[[], None]]]


def deploy(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Put a release into a slot, its DAGs into Airflow, and its migrations into the database.

    The slot gets no traffic by this, except when nothing serves yet.

    Raises:
        Refused: the release is not there; what was there before serves as before.
    """
    memory = Memory(aws, request)
    place, state = find(aws, request), State(memory)
    present(memory, request["revision"])
    release, image = request["release"], request["service"]["image"]
    must_have(aws, image)
    if request["airflow"]:
        must_have(aws, request["airflow"]["image"])
    holds = {
        name: deployed(aws, slot.service, slot.container)[0] for name, slot in place.slots.items()
    }
    slot = place.slots[_choose(holds, place.weights(), release["id"], request["slot"])]
    kept = state.document["releases"].get(release["id"], {})
    known = [slot.service["taskDefinition"], kept.get("service")]
    _migrate(aws, request, place, state, slot)
    wanted = _task_definition(aws, request, slot, known)
    undo: Undo = []
    pipeline = None
    try:
        _run(aws, request, place, state, slot, wanted, undo)
        if request["airflow"] and place.airflow:
            pipeline = airflow.deploy(aws, request, place, kept.get("airflow"), undo)
    except (Refused, ClientError, BotoCoreError) as error:
        _take_back(aws, undo, error)
        raise
    there = {**holds, slot.name: release["id"]}
    releases = {
        each: about
        for each, about in state.document["releases"].items()
        if each in there.values() and each != release["id"]
    }
    releases[release["id"]] = {"service": wanted, "airflow": pipeline}
    before = state.document["before"]
    fresh = holds[slot.name] != release["id"] and before == slot.name
    state.save(
        releases=releases,
        before=None if fresh else before,
        airflow=release["id"] if pipeline else state.document["airflow"],
        **({"slots": there} if request["strategy"] else {}),
    )
    place = find(aws, request)
    if state.document["stable"] is None:
        all_of_it = {each: 100 if each == slot.name else 0 for each in SLOTS}
        place = share(aws, request, place, state, all_of_it)
    return seen(aws, request, place, state)


def rollback(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Back to a release that is in a slot: traffic and DAGs together. The same again changes
    nothing.

    Raises:
        Refused: it is in no slot.
    """
    memory = Memory(aws, request)
    place, state = find(aws, request), State(memory)
    present(memory, request["revision"])
    holds = {
        name: deployed(aws, slot.service, slot.container)[0] for name, slot in place.slots.items()
    }
    target = next((name for name in SLOTS if holds[name] == request["to"]), None)
    if target is None:
        there = ", ".join(f"{name} {holds[name] or 'nothing'}" for name in SLOTS)
        raise Refused(f"release {request['to']} is in no slot: there are {there}")
    slot = place.slots[target]
    undo: Undo = []
    try:
        if not request["strategy"]:
            _run(aws, request, place, state, slot, slot.service["taskDefinition"], undo)
            place = find(aws, request)
        # People first: the traffic goes back before Airflow takes its time.
        all_of_it = {name: 100 if name == target else 0 for name in SLOTS}
        share(aws, request, place, state, all_of_it, back=True)
        pipeline = state.document["releases"].get(request["to"], {}).get("airflow")
        if pipeline and place.airflow:
            airflow.run(aws, request, place, pipeline, undo)
    except (Refused, ClientError, BotoCoreError) as error:
        _take_back(aws, undo, error)
        raise
    state.save(before=None, **({"airflow": request["to"]} if pipeline else {}))
    return seen(aws, request, find(aws, request), state)


def _choose(
    holds: dict[str, str | None], weights: dict[str, int], release: str, wanted: str | None
) -> str:
    """The slot for a release: the one it is in, or the one without traffic.

    Raises:
        Refused: both serve, or the wanted one does.
    """
    # A weight that leads nowhere is no traffic: it is what Terraform began with.
    serving = {slot: weights[slot] if holds[slot] else 0 for slot in SLOTS}
    own = [slot for slot in SLOTS if holds[slot] == release]
    idle = [slot for slot in SLOTS if serving[slot] == 0]
    if wanted is None:
        if own or idle:
            return (own or idle)[0]
        raise Refused(
            f"both slots get traffic ({words_of(weights)}): finish that rollout, or roll it back"
        )
    if wanted in idle or wanted in own:
        return wanted
    raise Refused(f"slot {wanted} gets {weights[wanted]} % of the traffic: deploy to the other one")


def _task_definition(
    aws: Aws,
    request: dict[str, Any],
    slot: Slot,
    known: list[str | None],
    command: list[str] | None = None,
) -> str:
    about, release = request["service"], request["release"]
    added = variables(about["env"], release["id"], about["image"].split("@")[1])
    # An entry point cannot be exchanged for one run of a task, only in its definition.
    own = {"entryPoint": command, "command": []} if command else {}

    def change(container: dict[str, Any]) -> dict[str, Any]:
        if container["name"] != slot.container:
            return container
        return with_variables({**container, **own, "image": about["image"]}, added)

    return register(aws, request["project"], release, change, known)


def _migrate(aws: Aws, request: dict[str, Any], place: Place, state: State, slot: Slot) -> None:
    """An image's migrations run once, before anything of the release gets traffic."""
    about = request["service"]
    command = about["migrate"]
    if not command or state.document["migrated"] == about["image"]:
        return
    wanted = _task_definition(aws, request, slot, [], command)
    one_off.run(aws, place, slot, wanted, " ".join(command), request["startTimeout"])
    state.save(migrated=about["image"])


def _run(
    aws: Aws,
    request: dict[str, Any],
    place: Place,
    state: State,
    slot: Slot,
    wanted: str,
    undo: Undo,
) -> None:
    service, cluster = slot.service, place.cluster
    if request["strategy"]:
        undo.append((service["serviceName"], lambda: take_back(aws, request, place, wanted)))
        bring(aws, request, place, state, slot, wanted)
        return
    name, tasks = service["serviceName"], request["tasks"]
    before = (service["taskDefinition"], service["desiredCount"])

    def back() -> None:
        steady.update(aws, cluster, steady.described(aws, cluster, name), *before)

    undo.append((name, back))
    steady.update(aws, cluster, service, wanted, tasks)
    steady.settle(aws, cluster, name, wanted, before[0], request["startTimeout"], slot.target_group)


def _take_back(aws: Aws, undo: Undo, error: BaseException) -> None:
    """Services run again what they did; what cannot be taken back is named."""
    for name, back in reversed(undo):
        try:
            back()
        except (Refused, ClientError, BotoCoreError) as problem:
            said = problem if isinstance(problem, Refused) else explained(problem, aws.region)
            error.add_note(f"{name} could not be put back to what it ran before: {said}")
