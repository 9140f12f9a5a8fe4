"""Bringing a release to App Runner, so that whatever fails, the one before keeps serving.

App Runner has no traffic to share: a release gets all of it, in one operation, or none. So what can
be done before is done by ``deploy`` (image, DAGs), and the probes come right after the exchange.
"""

import time
from typing import Any

import mwaa
from access import Aws
from app_runner.current import seen, served
from app_runner.place import SLOTS, Place, busy, find, run, settle
from app_runner.smoke import failed
from memory import present
from refused import Refused
from registry import must_have
from variables import variables

ALL_AT_ONCE = (
    "App Runner gives a release all traffic at once or none: for shares of it use an environment "
    "of kind ecs or docker"
)
PATIENCE = 60
"""Seconds until people get the new release, once App Runner says that it runs."""


def deploy(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Get a release ready to be run, and its DAGs into Airflow. It gets no traffic by this, except
    when nothing serves yet.

    Raises:
        Refused: the release is not there; what was there before serves as before.
    """
    place = find(aws, request)
    present(place.memory, request.get("revision"))
    release, about = request["release"]["id"], request["service"]
    must_have(aws, about["image"])
    slot = _choose(place, release, request["slot"])
    if place.running != release and (problem := busy(place)):
        raise Refused(problem)
    fresh = place.slots[slot] != release
    kept = {
        "image": about["image"],
        "variables": variables(about["env"], release, about["image"].split("@")[1]),
        "dags": mwaa.deploy(aws, request) if request["mwaa"] and request["dags"] else None,
    }
    there = {**place.slots, slot: release}
    before = place.state.document["before"]
    place.state.save(
        slots=there,
        releases={
            **{each: place.kept(each) for each in there.values() if each and each != release},
            release: kept,
        },
        before=None if fresh and before == slot else before,
        airflow=release if kept["dags"] else place.state.document.get("airflow"),
    )
    if place.state.document["stable"] is None:
        _exchange(aws, request, place, slot)
    return seen(aws, request, place)


def set_weights(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """All traffic to the release of a slot, for whom the rollout is as it was read.

    Raises:
        Refused: it is to get a part of it, or it does not answer as it should.
    """
    place = find(aws, request)
    present(place.memory, request["revision"])
    weights = request["weights"]
    said = ", ".join(f"{slot} {weight} %" for slot, weight in weights.items())
    if sum(weights.values()) != 100 or min(weights.values()) < 0:
        raise Refused(f"the weights are {said}: they have to sum up to 100")
    full = next((slot for slot in SLOTS if weights[slot] == 100), None)
    if full is None:
        raise Refused(f"the weights are {said}: {ALL_AT_ONCE}")
    if not place.slots[full]:
        raise Refused(f"slot {full} has no release: it cannot get 100 %")
    _exchange(aws, request, place, full)
    problems = failed(aws, request, place, full)
    if problems:
        head = f"{place.slots[full]} has all traffic, and does not answer as it should:"
        raise Refused("\n  ".join([head, *problems]))
    return seen(aws, request, place)


def rollback(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Back to a release that is in a slot: traffic and DAGs together. The same again changes
    nothing. An operation that is under way is waited for.

    Raises:
        Refused: it is in no slot.
    """
    place, wanted = find(aws, request), request["to"]
    present(place.memory, request.get("revision"))
    target = next((slot for slot in SLOTS if place.slots[slot] == wanted), None)
    if target is None:
        there = ", ".join(f"{slot} {place.slots[slot] or 'nothing'}" for slot in SLOTS)
        raise Refused(f"release {wanted} is in no slot: there are {there}")
    settle(place, request["startTimeout"])
    # People first: the traffic goes back before Airflow takes its time.
    _exchange(aws, request, place, target)
    dags = place.kept(wanted)["dags"]
    if request["mwaa"] and dags:
        mwaa.run(aws, request["mwaa"], dags)
    place.state.save(before=None, **({"airflow": wanted} if dags else {}))
    return seen(aws, request, place)


def _exchange(aws: Aws, request: dict[str, Any], place: Place, slot: str) -> None:
    """All traffic to a slot's release, by its own word."""
    release = place.slots[slot]
    assert release
    stable = place.state.document["stable"]
    run(place, release, request["startTimeout"])
    if stable != slot:
        place.state.save(stable=slot, before=stable)
    wanted = {"release": release, "digest": place.kept(release)["image"].split("@")[1]}
    end, said = time.monotonic() + PATIENCE, None
    while said != wanted and time.monotonic() < end:
        said = served(aws, request, place)
        time.sleep(0 if said == wanted else 2)
    if said != wanted:
        words = (
            f"release {said['release']} as {said['digest']}" if said else "nothing that says what"
        )
        raise Refused(
            f"App Runner service {place.name} runs {release}, and {PATIENCE} s later serves {words}"
        )


def _choose(place: Place, release: str, wanted: str | None) -> str:
    """The slot for a release: the one it is in, or the one that does not run.

    Raises:
        Refused: the wanted one runs another.
    """
    weights = place.weights()
    holds = [slot for slot in SLOTS if place.slots[slot] == release]
    # What Terraform made the service with is in no slot; what served last keeps its own.
    idle = [slot for slot in SLOTS if not weights[slot] and slot != place.state.document["stable"]]
    if wanted is None:
        return (holds or idle)[0]
    if wanted in holds or wanted in idle:
        return wanted
    raise Refused(f"slot {wanted} gets 100 % of the traffic: deploy to the other one")
